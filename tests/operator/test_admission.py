"""What the webhook refuses, with which words; and what it lets pass."""

import msgspec
import pytest

from podlynx.kubernetes.calico import Found
from podlynx.kubernetes.crds import KINDS
from podlynx.operator.admission import answer
from podlynx.operator.groups import decide

V3, OPERATOR = "projectcalico.org/v3", "operator.tigera.io/v1"


def ask(kind, spec, *, group=V3, name="web", before=None, operation=None, kinds=KINDS, **metadata):
    api, version = group.split("/")
    written = {"apiVersion": group, "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}
    request = {
        "uid": "u-1",
        "kind": {"group": api, "version": version, "kind": kind},
        "operation": operation or ("CREATE" if before is None else "UPDATE"),
        "object": written,
        "oldObject": None if before is None else {**written, "spec": before},
    }
    review = msgspec.json.decode(answer(msgspec.json.encode({"request": request}), kinds))
    assert review["response"]["uid"] == "u-1"
    return review["response"]


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        ("app == frontend", "Behind == a value in quotes is missing.\n  app == frontend\n         ^^^^^^^^\n"),
        ('app == "x', 'This quotation mark is never closed.\n  app == "x\n         ^\n'),
        ("app in 'a'", "Behind in a set is missing.\n  app in 'a'\n      ^^\n"),
        ("(has(a)", "This parenthesis is never closed.\n  (has(a)\n  ^"),
    ],
)
def test_a_wrong_selector_is_refused_with_a_caret_under_the_spot(selector, said):
    response = ask("DeepPacketInspection", {"selector": selector})
    assert response["allowed"] is False
    assert response["status"]["message"].startswith(f"spec.selector: {said}")


@pytest.mark.parametrize("selector", ["", "all()", 'app == "frontend"', "!has(a) && b in {'c'}"])
@pytest.mark.parametrize("group", [V3, "crd.projectcalico.org/v1", "podlynx.io/v1"])
def test_a_selector_that_can_be_read_passes(selector, group):
    assert ask("DeepPacketInspection", {"selector": selector}, group=group) == {"uid": "u-1", "allowed": True}


@pytest.mark.parametrize(
    ("choice", "group", "allowed"),
    [
        (decide("auto", Found()), V3, False),
        (decide("auto", Found()), "podlynx.io/v1", True),
        (decide("auto", Found(aggregated=True)), V3, True),
        (decide("auto", Found(controller=True)), V3, True),
        (decide("sideBySide", Found(controller=True)), V3, True),
        (decide("sideBySide", Found(controller=True)), "podlynx.io/v1", False),
    ],
)
def test_only_what_is_ours_in_this_cluster_is_judged(choice, group, allowed):
    wrong = {"selector": "app == frontend"}
    assert ask("DeepPacketInspection", wrong, group=group, kinds=choice.kinds)["allowed"] is allowed


def test_a_second_intrusion_detection_is_refused():
    response = ask("IntrusionDetection", {}, group=OPERATOR, name="second")
    assert response["status"]["message"] == (
        "There is one IntrusionDetection and its name is tigera-secure, not second: rename it."
    )
    assert ask("IntrusionDetection", {}, group=OPERATOR, name="tigera-secure")["allowed"] is True


URL = {"name": "url", "valueFrom": {"secretKeyRef": {"name": "slack", "key": "url"}}}
WEBHOOK = {"consumer": "Slack", "state": "Enabled", "config": [URL]}
EXCEPTION = {"description": "d", "startTime": "2026-01-01T00:00:00Z", "selector": "type = x"}


@pytest.mark.parametrize(
    ("kind", "spec", "said"),
    [
        ("SecurityEventWebhook", {**WEBHOOK, "query": "type ="}, "spec.query: Behind = a value is missing.\n  type =\n       ^"),
        (
            "AlertException",
            {**EXCEPTION, "selector": "type & x"},
            "spec.selector: '&' does not belong here.\n  type & x\n       ^",
        ),
        ("AlertException", {**EXCEPTION, "selector": " "}, "spec.selector: an empty one would hide every alert"),
        ("AlertException", {**EXCEPTION, "startTime": "yesterday"}, "spec.startTime: 'yesterday' is no time"),
        ("AlertException", {**EXCEPTION, "endTime": "2026-01-01T00:00:00Z"}, "spec.endTime: 2026-01-01T00:00:00Z is not after"),
        ("SecurityEventWebhook", {**WEBHOOK, "query": "", "config": []}, "spec.config: Slack needs url"),
        ("SecurityEventWebhook", {**WEBHOOK, "query": "", "config": [URL, URL]}, "spec.config[1] (url): there are two"),
        (
            "SecurityEventWebhook",
            {**WEBHOOK, "query": "", "config": [{"name": "url"}]},
            "spec.config[0] (url): give exactly one of value, valueFrom.configMapKeyRef and valueFrom.secretKeyRef.",
        ),
        (
            "SecurityEventWebhook",
            {**WEBHOOK, "query": "", "consumer": "Jira", "config": [{"name": "apiToken", "value": "t0p"}]},
            "spec.config[0] (apiToken): this is a secret: keep it in a Secret",
        ),
        (
            "SecurityEventWebhook",
            {**WEBHOOK, "query": "", "consumer": "Generic", "config": [{"name": "headers", "value": "Authorization: t0p"}]},
            "spec.config[0] (headers): this is a secret: keep it in a Secret",
        ),
    ],
)
def test_a_wrong_query_is_refused(kind, spec, said):
    assert ask(kind, spec)["status"]["message"].startswith(said)


@pytest.mark.parametrize(
    ("kind", "group", "name", "spec", "metadata", "words"),
    [
        (
            "SecurityEventWebhook",
            V3,
            "w",
            {**WEBHOOK, "query": "orgin = x"},
            {},
            "no event has the field orgin: did you mean origin?",
        ),
        (
            "SecurityEventWebhook",
            V3,
            "w",
            {**WEBHOOK, "query": "", "config": [{"name": "url", "value": "https://x"}]},
            {},
            "Secret",
        ),
        ("AlertException", V3, "e", {**EXCEPTION, "selector": "hots IN {'a'}"}, {}, "did you mean host?"),
        ("IntrusionDetection", OPERATOR, "tigera-secure", {"anomalyDetection": {}}, {}, "without effect"),
        (
            "DeepPacketInspection",
            "crd.projectcalico.org/v1",
            "web",
            {},
            {"ownerReferences": [{"apiVersion": V3, "kind": "DeepPacketInspection", "name": "web", "uid": "1"}]},
            "what is changed here is changed back",
        ),
    ],
)
def test_what_people_should_know_is_a_warning(kind, group, name, spec, metadata, words):
    response = ask(kind, spec, group=group, name=name, **metadata)
    assert response["allowed"] is True
    assert words in response["warnings"][0]
    assert all(len(warning) <= 256 for warning in response["warnings"])


def test_an_object_that_is_wrong_already_still_takes_a_label_and_can_go():
    wrong = {"selector": "a =="}
    assert ask("DeepPacketInspection", wrong, before=wrong)["allowed"] is True
    assert ask("DeepPacketInspection", wrong, before={}, deletionTimestamp="2026-01-01T00:00:00Z")["allowed"] is True
    assert ask("DeepPacketInspection", wrong, before={})["allowed"] is False


def test_what_is_not_ours_passes():
    assert ask("Gizmo", {"selector": "=="}, group="example.com/v1")["allowed"] is True


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"{}", b'{"request": {}}'])
def test_what_is_no_question_is_an_error(body):
    with pytest.raises(msgspec.MsgspecError):
        answer(body, KINDS)
