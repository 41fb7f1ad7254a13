"""What each consumer is sent, by the shapes of their documentation."""

import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from tests.engine_events import START, event_document

from podlynx.manager.webhooks.messages import Shape, messages_of
from podlynx.manager.webhooks.rounds import Round
from podlynx.manager.webhooks.templates import BadTemplate
from podlynx.models.engine_event import HttpSummary

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def sent(consumer, *documents, **shape):
    found = Round()
    for each in documents or [event_document(source="shop/web-1", dest="pay/db-0")]:
        found.add(each)
    return [json.loads(each.body) for each in messages_of(found, Shape(consumer, "w", **shape), NOW)]


def test_slack():
    (body,) = sent("Slack", labels={"team": "<blue>"}, page="https://podlynx.example")
    assert set(body) == {"text", "blocks"}
    assert body["text"] == "MALWARE-BACKDOOR back door reached: shop/web-1 (10.0.0.1:51234) → pay/db-0 (10.0.0.2:8080)".replace(
        ">", "&gt;"
    )
    header, section, details, context = body["blocks"]
    assert header == {
        "type": "header",
        "text": {"type": "plain_text", "text": "MALWARE-BACKDOOR back door reached", "emoji": False},
    }
    assert section["text"]["type"] == details["text"]["type"] == "mrkdwn"
    assert "*Rule:* 1:57461:1" in details["text"]["text"]
    assert "*team:* &lt;blue&gt;" in details["text"]["text"]
    assert context["elements"][0]["text"].endswith("https://podlynx.example")


def test_nobody_on_the_wire_writes_links_or_mentions_into_slack():
    (body,) = sent("Slack", event_document(msg="<!channel> <https://evil.example|click>"))
    told = json.dumps(
        [body["text"], [block["text"] for block in body["blocks"] if block.get("text", {}).get("type") == "mrkdwn"]]
    )
    assert "<" not in told


def test_jira():
    (body,) = sent(
        "Jira", event_document(msg="line\nbreak {code}" + "x" * 300), project="SEC", issue_type="Bug", labels={"team": "blue"}
    )
    fields = body["fields"]
    assert (fields["project"], fields["issuetype"]) == ({"key": "SEC"}, {"name": "Bug"})
    assert len(fields["summary"]) <= 255
    assert "\n" not in fields["summary"]
    assert "{code}" not in fields["description"].replace("{noformat}", "")
    assert fields["description"].count("{noformat}") == 2
    assert "team: blue" in fields["description"]


def test_alertmanager():
    body = sent(
        "Alertmanager",
        event_document(dest="pay/db-0"),
        event_document(sid=2, priority=3),
        labels={"9 team": "blue"},
        page="https://p.example",
    )[0]
    first, second = body
    assert first["labels"]["alertname"] == "PodlynxAlert"
    assert (first["labels"]["severity"], second["labels"]["severity"]) == ("critical", "info")
    assert (first["labels"]["rule"], first["labels"]["dest_namespace"], first["labels"]["_9_team"]) == (
        "1:57461:1",
        "pay",
        "blue",
    )
    assert all(value for alert in body for value in alert["labels"].values()), "an Alertmanager refuses empty labels"
    assert first["startsAt"].startswith("2023-11-14T22:13:20")
    assert first["endsAt"] == "2026-03-01T01:00:00.000Z"
    assert first["generatorURL"] == "https://p.example"


def test_alertmanager_takes_a_hundred_at_once_and_the_rest_as_one():
    documents = [event_document(sid=number) for number in range(1, 201)]
    (body,) = sent("Alertmanager", *documents)
    assert len(body) == 100
    assert body[-1]["annotations"]["summary"] == "and 101 more alerts in 101 groups"
    assert body[-1]["annotations"]["count"] == "101"


def test_generic():
    (body,) = sent("Generic", *[event_document(time=START + n) for n in range(3)], labels={"team": "blue"})
    assert (body["title"], body["count"], body["more"], body["labels"]) == (
        "MALWARE-BACKDOOR back door reached",
        3,
        2,
        {"team": "blue"},
    )
    assert body["event"]["dest_port"] == 8080
    assert body["event"]["record.snort_signature_id"] == "57461"


def test_no_packet_bytes_and_no_query_string_leave():
    document = event_document(
        http=HttpSummary("GET /a?token=s3cret HTTP/1.1", "h", "u"), rule_text="", packet=b"p4cket", payload=b"p4yload"
    )
    for consumer in ("Generic", "Slack", "Jira", "Alertmanager"):
        told = json.dumps(sent(consumer, document))
        for secret in (b"p4cket", b"p4yload", b"X-CMD"):
            assert secret.decode() not in told
            assert b64encode(secret).decode().rstrip("=") not in told
        assert "s3cret" not in told


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            '{"a": "${name}", "n": "${severity}", "s": "severity ${severity}"}',
            {"a": "MALWARE-BACKDOOR back door reached", "n": 100, "s": "severity 100"},
        ),
        (
            '["${count}", {"x": ["${labels.team}", 7, null]}, "${not.there}", "[${not.there}]"]',
            [1, {"x": ["blue", 7, None]}, None, "[]"],
        ),
    ],
)
def test_a_template_of_generic_is_json(template, expected):
    assert sent("Generic", template=template, labels={"team": "blue"}) == [expected]


def test_what_a_sender_wrote_cannot_break_out_of_a_template():
    (body,) = sent("Generic", event_document(msg='", "admin": true, "x": "${severity}'), template='{"a": "${name}"}')
    assert body == {"a": '", "admin": true, "x": "${severity}'}


@pytest.mark.parametrize("template", ["{", "[" * 40 + "]" * 40, " " * 20_000])
def test_templates_that_cannot_be(template):
    with pytest.raises(BadTemplate, match="template: "):
        sent("Generic", template=template)


def test_templates_of_texts():
    assert sent(
        "Slack",
        template="*${name}* on <${host}>",
    ) == [{"text": "*MALWARE-BACKDOOR back door reached* on <node-1>"}]
    assert sent("Jira", template="{panel}${name}{panel}")[0]["fields"]["description"].startswith("{panel}MALWARE")
    assert sent("Alertmanager", template="rule ${sid} ${podlynx.sid}")[0][0]["annotations"]["description"] == "rule  57461"
