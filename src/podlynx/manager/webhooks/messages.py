"""What each consumer is sent. Pure.

Slack: incoming webhooks and Block Kit. Jira: REST API v2, create issue. Alertmanager: API v2, POST /alerts.
Generic: one JSON object.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from podlynx.manager.webhooks import facts
from podlynx.manager.webhooks.rounds import Notice, Rest, Round
from podlynx.manager.webhooks.templates import json_of, text_of

MAX_MESSAGES: Final = 10
"""Messages of one round, the one that counts the rest among them."""
MAX_ALERTS: Final = 100
"""Alerts in one message to an Alertmanager."""
RESOLVE_AFTER: Final = timedelta(hours=1)
"""An attack has no end that could be told: the Alertmanager takes it for over after this, unless it comes again."""
_SLACK_TEXT: Final = 3_000
_SLACK_HEADER: Final = 150
_JIRA_SUMMARY: Final = 255
_LABEL: Final = 256
_SEVERE, _MIDDLE = 90, 50


@dataclass(frozen=True)
class Message:
    """A body to post, and how many alerts it tells of; `folded`: those of them without words of their own."""

    body: bytes
    alerts: int
    folded: int = 0


@dataclass(frozen=True)
class Shape:
    """What a webhook's settings say of its messages."""

    consumer: str
    webhook: str
    labels: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    project: str = ""
    issue_type: str = ""
    page: str = ""
    """Address of the Alerts page; empty: not known."""


def messages_of(found: Round, shape: Shape, now: datetime) -> list[Message]:
    """The messages of a round, in order. Raises BadTemplate."""
    if shape.consumer == "Alertmanager":
        return [_to_alertmanager(*found.split(MAX_ALERTS), shape, now)]
    notices, rest = found.split(MAX_MESSAGES)
    write = _WRITERS[shape.consumer]
    made = [Message(_json(write(facts.of_notice(each), shape)), each.count, each.count - 1) for each in notices]
    return [*made, Message(_json(write(facts.of_rest(rest), shape)), rest.alerts, rest.alerts)] if rest else made


def _json(body: Any) -> bytes:
    return msgspec.json.encode(body)


def _slack(values: Mapping[str, Any], shape: Shape) -> Any:
    summary = _escaped(str(values["summary"]))
    if shape.template:
        return {"text": text_of(shape.template, values, _escaped)[:_SLACK_TEXT]}
    lines = [
        ("Severity", values.get("severity")),
        ("Rule", _rule(values)),
        ("Resource", values.get("origin")),
        ("Node", values.get("host")),
    ]
    lines += [("Tactic", values.get("mitre_tactic")), *shape.labels.items()]
    said = "\n".join(f"*{_escaped(str(name))}:* {_escaped(str(value))}" for name, value in lines if value not in (None, ""))
    blocks: list[Any] = [
        {"type": "header", "text": {"type": "plain_text", "text": str(values["name"])[:_SLACK_HEADER], "emoji": False}},
        {"type": "section", "text": {"type": "mrkdwn", "text": summary[:_SLACK_TEXT], "verbatim": True}},
    ]
    if said:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": said[:_SLACK_TEXT], "verbatim": True}})
    last = f"{values.get('description') or ''} · {values.get('last_time') or ''}" + (f" · {shape.page}" if shape.page else "")
    blocks.append({"type": "context", "elements": [{"type": "plain_text", "text": last[:_SLACK_TEXT], "emoji": False}]})
    return {"text": summary[:_SLACK_TEXT], "blocks": blocks}


def _escaped(text: str) -> str:
    """Slack's three control characters: without them no link and no mention can be smuggled in."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _jira(values: Mapping[str, Any], shape: Shape) -> Any:
    summary = " ".join(str(values["summary"]).split())[:_JIRA_SUMMARY]
    if shape.template:
        description = text_of(shape.template, values, _plain)
    else:
        names = (
            "summary",
            "description",
            "severity",
            "origin",
            "host",
            "mitre_tactic",
            "mitre_ids",
            "first_time",
            "last_time",
            "count",
        )
        lines = [f"{name}: {_plain(_said(values[name]))}" for name in names if values.get(name) not in (None, "", [])]
        lines += [f"{name}: {_plain(value)}" for name, value in shape.labels.items()]
        lines += [f"rule: {_rule(values)}"] if _rule(values) else []
        lines += [shape.page] if shape.page else []
        alert = values.get("record.snort_alert")
        description = "\n".join(lines) + (f"\n\n{{noformat}}{_plain(str(alert))}{{noformat}}" if alert else "")
    fields = {
        "project": {"key": shape.project},
        "issuetype": {"name": shape.issue_type},
        "summary": summary,
        "description": description,
    }
    return {"fields": fields}


def _plain(text: str) -> str:
    """Without the braces of Jira's macros."""
    return text.replace("{", "(").replace("}", ")")


def _generic(values: Mapping[str, Any], shape: Shape) -> Any:
    if shape.template:
        return json_of(shape.template, {**values, **{f"labels.{name}": value for name, value in shape.labels.items()}})
    ours = {name: values.get(name) for name in ("summary", "description", "severity", "count", "more", "first_time", "last_time")}
    event = {name: value for name, value in values.items() if name not in ours}
    return {
        "webhook": shape.webhook,
        **ours,
        "title": values["name"],
        "labels": dict(shape.labels),
        "url": shape.page,
        "event": event,
    }


def _to_alertmanager(notices: list[Notice], rest: Rest | None, shape: Shape, now: datetime) -> Message:
    alerts = [_alert(facts.of_notice(each), shape, now) for each in notices]
    if rest:
        alerts.append(_alert({**facts.of_rest(rest), "origin": ""}, shape, now))
    told = sum(each.count for each in notices)
    folded = told - len(notices) + (rest.alerts if rest else 0)
    return Message(_json(alerts), told + (rest.alerts if rest else 0), folded)


def _alert(values: Mapping[str, Any], shape: Shape, now: datetime) -> Any:
    labels = {
        "alertname": "PodlynxAlert",
        "severity": _level(int(values.get("severity") or 0)),
        "rule": _rule(values),
        "name": values["name"],
        "webhook": shape.webhook,
        **{name: values.get(name) for name in ("type", "origin", "host", "cluster", "source_ip", "dest_ip", "dest_port")},
        **{name: values.get(name) for name in ("source_namespace", "source_name", "dest_namespace", "dest_name", "mitre_tactic")},
        **{_label_name(name): value for name, value in shape.labels.items()},
    }
    annotations = {
        "summary": str(values["summary"]),
        "description": text_of(shape.template, values) if shape.template else str(values.get("description") or ""),
        "count": str(values["count"]),
    }
    alert = {
        "labels": {
            name: str(value)[:_LABEL] for name, value in labels.items() if value not in (None, "")
        },  # it refuses empty ones
        "annotations": {name: value for name, value in annotations.items() if value},
        "startsAt": values.get("first_time") or _rfc3339(now),
        "endsAt": _rfc3339(now + RESOLVE_AFTER),
    }
    return {**alert, "generatorURL": shape.page} if shape.page else alert


def _label_name(name: str) -> str:
    kept = "".join(each if each.isascii() and (each.isalnum() or each == "_") else "_" for each in name)
    return f"_{kept}" if kept[:1].isdigit() else kept


def _level(severity: int) -> str:
    return "critical" if severity >= _SEVERE else "warning" if severity >= _MIDDLE else "info"


def _rule(values: Mapping[str, Any]) -> str:
    parts = [values.get(f"podlynx.{part}") for part in ("gid", "sid", "rev")]
    return ":".join(map(str, parts)) if parts[1] is not None else ""


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _rfc3339(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_WRITERS: Final[dict[str, Callable[[Mapping[str, Any], Shape], Any]]] = {"Slack": _slack, "Jira": _jira, "Generic": _generic}
