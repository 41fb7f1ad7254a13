"""From an event document to what is stored of it, and back."""

from typing import Any, Final

import msgspec

from podlynx.expressions.text import words
from podlynx.models.alert import AlertEnd, AlertRow, RuleName, iso
from podlynx.models.event import DESCRIPTION, EventDocument
from podlynx.models.identity import EventKey, group_key, split_origin
from podlynx.store.search.fields import ENDS
from podlynx.store.sqlite.rows import WordColumns, request_words, word_columns

ROW_FIELDS: Final = (
    *("id", "name", "severity", "protocol", "host", "dismissed", "store.group", "store.seq"),
    *(f"{end}_{part}" for end in ("source", "dest") for part in ("ip", "port", "name", "namespace")),
    *(f"podlynx.{part}" for part in ("time", "gid", "sid", "rev", "msg", "classtype", "priority")),
)
"""What a row of a list needs of a stored document."""


HTTP: Final = "http"
WORD_FIELDS: Final = (*WordColumns._fields, HTTP)
"""What is searched word by word."""


class NewEvent(msgspec.Struct, frozen=True):
    """One event, ready to be stored."""

    document: EventDocument
    key: EventKey
    group: str


def new_event(document: EventDocument) -> NewEvent:
    """With what tells it from others, and whom it is like."""
    group = group_key(document.podlynx, document.source_namespace, document.dest_namespace)
    return NewEvent(document, EventKey(document.id, document.fingerprint), group)


def source_of(event: NewEvent, identifier: str, seq: int, stored: int) -> bytes:
    """The JSON to store; `stored` is the time of arrival in epoch seconds. `store.bytes`, its size, lets readers plan."""
    document = event.document
    if document.id != identifier:
        document = msgspec.structs.replace(document, id=identifier)
    body = msgspec.json.encode(document)
    beside = {
        "seq": seq,
        "group": event.group,
        "fingerprint": event.key.fingerprint.hex(),
        "stored": stored,
        "bytes": len(body),
        "same": [part for part in ENDS if _same(document, part)],
        "origin_namespace": split_origin(document.origin)[0],
        "words": _words(document),
    }
    return body[:-1] + b',"store":' + msgspec.json.encode(beside) + b"}"


def _same(document: EventDocument, part: str) -> bool:
    return bool(getattr(document, f"source_{part}") == getattr(document, f"dest_{part}"))


def _words(document: EventDocument) -> dict[str, str]:
    """Split into words here, so that a search means the same on every engine as on SQLite."""
    texts = {**word_columns(document)._asdict(), HTTP: request_words(document)}
    return {name: " ".join(words(text)) for name, text in texts.items()}


def document_of(source: Any) -> EventDocument:
    """The document of a stored one."""
    return msgspec.convert(source, EventDocument, strict=False)


class Figures(msgspec.Struct, frozen=True):
    """What a group's row says of all its events."""

    count: int
    first: int
    dismissed: bool


def row_of(source: Any, group: Figures | None = None) -> AlertRow:
    """The row of a stored event: by itself, or as the newest of a group."""
    event = source["podlynx"]
    time = int(event["time"])
    return AlertRow(
        id=source["store"]["group"] if group else source["id"],
        event_id=source["id"],
        count=group.count if group else 1,
        first_time=str(group.first if group else time),
        last_time=str(time),
        last_seen=iso(time),
        severity=source["severity"],
        rule=RuleName(event["gid"], event["sid"], event["rev"], event["msg"], event["classtype"], event["priority"]),
        source=_end(source, "source"),
        destination=_end(source, "dest"),
        protocol=source["protocol"],
        host=source["host"],
        dismissed=group.dismissed if group else bool(source["dismissed"]),
        description=source.get("description") or DESCRIPTION,
    )


def _end(source: Any, end: str) -> AlertEnd:
    return AlertEnd(source[f"{end}_ip"], source.get(f"{end}_port"), source[f"{end}_name"], source[f"{end}_namespace"])
