"""Reads single events one after the other: all that match, newest first, or what arrived after a cursor."""

from typing import Any, Final

import apsw
import msgspec

from podlynx.models.event import EventDocument
from podlynx.store.protocol import MAX_ARRIVALS, Arrival, Arrivals, Selection
from podlynx.store.sqlite.alert_rows import EVENT_OPEN, newest_seq
from podlynx.store.sqlite.bodies import unpacked
from podlynx.store.sqlite.listing import events

MAX_KEYS: Final = 50_000
"""Places that a scan notes at once: finding the next ones may cost a search over all events, so it is not done for a few."""
BATCH_DOCUMENTS: Final = 200
BATCH_BYTES: Final = 4 * 1024 * 1024
"""A batch ends with the document that reaches either; a document may have a megabyte."""
_DOCUMENT: Final = msgspec.json.Decoder(EventDocument)
_BODY: Final = f"""
SELECT d.body, NOT {EVENT_OPEN} FROM events e JOIN groups g ON g.id = e.group_id JOIN documents d ON d.seq = e.seq WHERE e.seq = ?
"""

Key = tuple[int, int]
"""(time, seq) of an event: its place in the order of a scan."""


class Scan:
    """Where one scan stands, that notes so many places at once. What was stored after its first step is left out."""

    def __init__(self, selection: Selection, at_once: int) -> None:
        self._events = events(selection)
        self._at_once = at_once
        self._before: Key = (2**63 - 1, 2**63 - 1)
        self._moment: int | None = None
        self._over = False

    def keys(self, connection: apsw.Connection) -> list[Key]:
        """The next events' places; none at the end."""
        if self._over:
            return []
        if self._moment is None:
            self._moment = newest_seq(connection)
        listing = self._events
        sql = (
            f"{listing.head}SELECT e.time, e.seq FROM {listing.tables} WHERE e.seq <= ? AND (e.time, e.seq) < (?, ?) "
            f"AND {listing.where} ORDER BY e.time DESC, e.seq DESC LIMIT ?"
        )
        rows: list[Any] = connection.execute(sql, (*listing.bound(self._moment, *self._before), self._at_once)).fetchall()
        found: list[Key] = [(time, seq) for time, seq in rows]
        self._over = len(found) < self._at_once
        self._before = found[-1] if found else self._before
        return found


def documents(connection: apsw.Connection, keys: list[Key]) -> tuple[list[EventDocument], int]:
    """The documents at the first of these places, a batch of them; and how many places were gone through."""
    found: list[EventDocument] = []
    size = taken = 0
    row: Any
    for _, seq in keys[:BATCH_DOCUMENTS]:
        taken += 1
        row = connection.execute(_BODY, (seq,)).fetchone()
        if row is None:  # forgotten meanwhile
            continue
        body = unpacked(row[0])
        found.append(_document(body, row[1]))
        size += len(body)
        if size >= BATCH_BYTES:
            break
    return found, taken


def arrivals(connection: apsw.Connection, selection: Selection, after: int, limit: int) -> Arrivals:
    """What was stored after a cursor and matches, in that order."""
    listing, wanted = events(selection), min(limit, MAX_ARRIVALS)
    sql = (
        f"{listing.head}SELECT e.seq FROM {listing.tables} "
        f"WHERE e.seq > ? AND e.seq <= ? AND {listing.where} ORDER BY e.seq LIMIT ?"
    )
    with connection:
        newest = newest_seq(connection)
        seqs = [row[0] for row in connection.execute(sql, (*listing.bound(after, newest), wanted))]
        found, taken = _arrived(connection, seqs)
    if len(seqs) < wanted and taken == len(seqs):
        return Arrivals(found, max(after, newest), complete=True)
    return Arrivals(found, seqs[taken - 1], complete=False)


def _arrived(connection: apsw.Connection, seqs: list[int]) -> tuple[list[Arrival], int]:
    found: list[Arrival] = []
    row: Any
    size = 0
    for seq in seqs:
        row = connection.execute(_BODY, (seq,)).fetchone()
        body = unpacked(row[0])
        found.append(Arrival(seq, _document(body, row[1])))
        size += len(body)
        if size >= BATCH_BYTES:
            break
    return found, len(found)


def _document(body: bytes, dismissed: int) -> EventDocument:
    document = _DOCUMENT.decode(body)
    return msgspec.structs.replace(document, dismissed=True) if dismissed else document
