"""What is told of stored events later: who else saw one, which packets followed. And which namespaces they are of."""

from typing import Final

import apsw
import msgspec

from podlynx.models.event import EventDocument
from podlynx.models.identity import EventKey
from podlynx.store.protocol import Observation
from podlynx.store.sqlite.bodies import packed, unpacked
from podlynx.store.sqlite.ingest import candidates

MAX_OBSERVERS: Final = 16
"""Observers that a document names; a packet passes two monitored ends, more see it only where routes change."""
_DOCUMENT: Final = msgspec.json.Decoder(EventDocument)


def observe(connection: apsw.Connection, observations: list[Observation]) -> list[bool]:
    """Adds what is new of the observers to each stored event, and notes the absorbed ones under it."""
    return [_observe(connection, each) for each in observations]


def _observe(connection: apsw.Connection, observation: Observation) -> bool:
    seq = _seq_of(connection, observation.event)
    if seq is None:
        return False
    _add(connection, seq, observation)
    rows = [(*each, seq) for each in observation.absorbed]
    connection.executemany("INSERT OR IGNORE INTO absorbed VALUES (?, ?, ?)", rows)
    return True


def _seq_of(connection: apsw.Connection, event: EventKey) -> int | None:
    """The event's own row, or that of the event which stands for it."""
    for identifier in candidates(event):
        row = connection.execute("SELECT seq, fingerprint FROM events WHERE id = ?", (identifier,)).fetchone()
        row = row or connection.execute("SELECT seq, fingerprint FROM absorbed WHERE id = ?", (identifier,)).fetchone()
        if row is None:
            return None
        if row[1] == event.fingerprint:
            return int(row[0])
    return None


def _add(connection: apsw.Connection, seq: int, observation: Observation) -> None:
    body = connection.execute("SELECT body FROM documents WHERE seq = ?", (seq,)).get
    stored = _DOCUMENT.decode(unpacked(body))
    known = with_observation(stored, observation)
    if known is not stored:
        connection.execute("UPDATE documents SET body = ? WHERE seq = ?", (packed(msgspec.json.encode(known)), seq))


def with_observation(stored: EventDocument, observation: Observation) -> EventDocument:
    """The document with what is new of observers and packets; itself where nothing is."""
    fresh = [each for each in observation.observers if each not in stored.observers]
    if fresh:
        stored = msgspec.structs.replace(stored, observers=[*stored.observers, *fresh][:MAX_OBSERVERS])
    if observation.after is not None:
        event, later = stored.podlynx, observation.after
        capture = event.capture.followed_by(later) if event.capture is not None else later
        if capture is not event.capture:
            stored = msgspec.structs.replace(stored, podlynx=msgspec.structs.replace(event, capture=capture))
    return stored


def namespaces(connection: apsw.Connection) -> list[str]:
    """Every namespace that an alert has an end in, in order."""
    return [row[0] for row in connection.execute("SELECT name FROM namespaces ORDER BY name")]
