"""What messages say of a notice: the event's fields by their dotted names, and a few of ours. No packet bytes, no bodies."""

from datetime import UTC, datetime
from typing import Any, Final

from podlynx.manager.webhooks.rounds import Notice, Rest
from podlynx.models.alert import iso
from podlynx.models.flat import flat

MAX_TEXT: Final = 1_000
"""Characters of one value: what a sender put on the wire must not become a long message."""
_REQUEST: Final = "podlynx.http.request_line"


def of_notice(notice: Notice) -> dict[str, Any]:
    """The fields of the event; `count`, `more` (alike ones beside it), `first_time`, `last_time`, `summary`."""
    document = notice.document
    values = {name: _short(value) for name, value in flat(document).items()}
    if _REQUEST in values:
        values[_REQUEST] = str(values[_REQUEST]).partition("?")[0]  # what follows is as good as a body
    values |= {
        "count": notice.count,
        "more": notice.count - 1,
        "first_time": iso(document.podlynx.time),
        "last_time": iso(max(notice.last, document.podlynx.time)),
        "summary": summary_of(notice),
    }
    return values


def of_rest(rest: Rest) -> dict[str, Any]:
    """The same names, as far as they mean anything for many alerts."""
    most = rest.notices[0].document if rest.notices else None
    severity = max((each.document.severity for each in rest.notices), default=0)
    return {
        "summary": f"and {rest.alerts} more alerts in {len(rest.notices)} groups",
        "description": "; ".join(f"{count} times {_short(name)}" for name, count in rest.names()),
        "name": "More alerts than are told one by one",
        "type": most.type if most else "",
        "severity": severity,
        "count": rest.alerts,
        "more": rest.alerts,
        "last_time": iso(max((each.last for each in rest.notices), default=0)),
    }


def summary_of(notice: Notice) -> str:
    """One line: what, from where, to where, how often."""
    document = notice.document
    ends = (
        f"{_end(document.source_namespace, document.source_name, document.source_ip, document.source_port)} → "
        f"{_end(document.dest_namespace, document.dest_name, document.dest_ip, document.dest_port)}"
    )
    times = f" ({notice.count} times)" if notice.count > 1 else ""
    return f"{_short(document.name)}: {ends}{times}"


def now() -> str:
    """ISO 8601, in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _end(namespace: str, name: str, ip: str, port: int | None) -> str:
    place = ip if port is None else f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
    return f"{namespace}/{name} ({place})" if name else place


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return value[:MAX_TEXT] + "…"
    return value[:32] if isinstance(value, list) else value
