"""Writes a batch of documents: what is new, the groups it belongs to, and the groups' figures."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any, Final

import apsw
import msgspec

from podlynx.models.event import EventDocument
from podlynx.models.identity import EventKey, with_ordinal
from podlynx.store.sqlite.bodies import packed_all
from podlynx.store.sqlite.rows import GroupColumns, TraitColumns, group_columns, jsons
from podlynx.store.sqlite.setwise import PIECES, answer, bound, columns, insert, insert_pieces, rows
from podlynx.store.sqlite.traits import Hours, Requests, Traits

_ORDINALS: Final = 16
"""Events of one id that are told apart by counting; further ones by their fingerprint, which needs no search."""


_OWN_COLUMNS: Final = ("seq", "id", "fingerprint", "time", "source_port", "trait_id", "request_id")
_SHARED_COLUMNS: Final = ("group_id", *TraitColumns._fields)
_INSERT_EVENTS: Final = f"""
INSERT INTO events ({", ".join((*_OWN_COLUMNS, "stored", *_SHARED_COLUMNS))})
SELECT {columns(len(_OWN_COLUMNS), binary=(2,))}, ?, {", ".join(f"t.{name}" for name in _SHARED_COLUMNS)}
FROM jsonb_each(?) CROSS JOIN traits t ON t.id = value ->> {_OWN_COLUMNS.index("trait_id")}
"""
"""An event has the columns of its trait too: a search reads one table or the other."""
_INSERT_DOCUMENTS: Final = f"INSERT INTO documents (seq, body) {PIECES}"
_GROUP_COLUMNS: Final = ("id", *GroupColumns._fields, "first_time", "last_time", "first_seq", "last_seq", "last_event")
_INSERT_GROUPS: Final = (
    f"INSERT INTO groups ({', '.join(_GROUP_COLUMNS)}) "
    f"{rows(len(_GROUP_COLUMNS), binary=[1 + GroupColumns._fields.index(name) for name in ('source_ip_key', 'dest_ip_key')])}"
)
_UPDATE_GROUPS: Final = """
UPDATE groups SET
    count = groups.count + more.count, open_count = groups.open_count + more.count, last_seq = more.last_seq,
    priority = more.priority, severity = more.severity, classtype = more.classtype,
    first_time = min(groups.first_time, more.first_time),
    last_event = iif(more.last_time >= groups.last_time, more.last_event, groups.last_event),
    last_time = max(groups.last_time, more.last_time)
FROM (
    SELECT
        value ->> 0 AS id, value ->> 1 AS count, value ->> 2 AS first_time, value ->> 3 AS last_time, value ->> 4 AS last_event,
        value ->> 5 AS last_seq, value ->> 6 AS priority, value ->> 7 AS severity, value ->> 8 AS classtype
    FROM jsonb_each(?)
) AS more
WHERE groups.id = more.id
"""
_TAKEN: Final = """
SELECT json_group_array(json_array(id, lower(hex(fingerprint)))) FROM (
    SELECT id, fingerprint FROM events WHERE id IN (SELECT value FROM json_each(?1))
    UNION ALL SELECT id, fingerprint FROM absorbed WHERE id IN (SELECT value FROM json_each(?1))
)
"""
_FINGERPRINT: Final = "SELECT fingerprint FROM events WHERE id = ? UNION ALL SELECT fingerprint FROM absorbed WHERE id = ?"
_GROUP_IDS: Final = "SELECT json_group_array(json_array(key, id)) FROM groups WHERE key IN (SELECT value FROM json_each(?))"


class _Figures(msgspec.Struct):
    """What a batch adds to one group. `newest`: the document that came last."""

    id: int
    count: int
    first_time: int
    last_time: int
    last_event: int
    last_seq: int
    newest: EventDocument

    def add(self, document: EventDocument, time: int, seq: int) -> None:
        self.count += 1
        self.first_time = min(self.first_time, time)
        if time >= self.last_time:
            self.last_time, self.last_event = time, seq
        self.last_seq, self.newest = seq, document

    def row(self) -> tuple[int | str, ...]:
        """As `_UPDATE_GROUPS` takes it."""
        event = self.newest.podlynx
        figures = (self.id, self.count, self.first_time, self.last_time, self.last_event, self.last_seq)
        return (*figures, event.priority, self.newest.severity, event.classtype)


class Written(msgspec.Struct, frozen=True):
    """What became of a batch: counts, and the ids of the groups that changed, by the seq of their newest event."""

    accepted: int
    duplicates: int
    changed: list[tuple[int, int]]


def write(connection: apsw.Connection, documents: Sequence[EventDocument], stored: int) -> Written:
    """Writes what is not there yet. `stored` is the time of arrival in epoch seconds."""
    fresh = list(_fresh(connection, documents))
    if not fresh:
        return Written(0, len(documents), [])
    new = [document for _, document in fresh]
    groups, hours, first = _Groups(connection), Hours(), _next_seq(connection)
    traits = Traits(connection).of(new, lambda places: groups.of([(new[place], first + place) for place in places]))
    events: list[Any] = []
    for seq, (identifier, document), trait, request in zip(count(first), fresh, traits, Requests(connection).of(new)):
        event = document.podlynx
        events.append((seq, identifier, document.fingerprint.hex(), event.time, document.source_port, trait.id, request))
        groups.add(trait.group, document, event.time, seq)
        hours.add(event.time, trait.id)
    connection.execute(_INSERT_EVENTS, (stored, bound(events)))
    bodies = packed_all(jsons(fresh))
    insert_pieces(connection, _INSERT_DOCUMENTS, first, bodies)
    hours.write(connection, traits)
    connection.execute("UPDATE totals SET events = events + ?", (len(fresh),))
    return Written(len(fresh), len(documents) - len(fresh), groups.write())


def _next_seq(connection: apsw.Connection) -> int:
    newest = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").get
    return (newest or 0) + 1


def _fresh(connection: apsw.Connection, documents: Sequence[EventDocument]) -> Iterator[tuple[str, EventDocument]]:
    """Those that are no repeats, each under an id that is free."""
    taken = _Taken(connection, [document.id for document in documents])
    for document in documents:
        fingerprint = document.fingerprint
        for identifier in candidates(EventKey(document.id, fingerprint)):
            known = taken.fingerprint(identifier)
            if known == fingerprint:
                break
            if known is None:
                taken.take(identifier, fingerprint)
                yield identifier, document
                break


def candidates(event: EventKey) -> Iterator[str]:
    """The ids that an event may be stored under, the likeliest first."""
    for ordinal in range(_ORDINALS):
        yield with_ordinal(event.id, ordinal)
    yield with_ordinal(event.id, int.from_bytes(event.fingerprint))


class _Taken:
    """Which ids are taken, and by what: in the tables, and in the batch so far.

    Most ids of a batch are free, so all are asked for at once; one with an ordinal is asked for by itself.
    """

    def __init__(self, connection: apsw.Connection, ids: list[str]) -> None:
        self._connection = connection
        self._asked = set(ids)
        self._known = {identifier: bytes.fromhex(each) for identifier, each in answer(connection, _TAKEN, ids)}

    def fingerprint(self, identifier: str) -> bytes | None:
        if identifier in self._known:
            return self._known[identifier]
        if identifier in self._asked:
            return None
        stored: bytes | None = self._connection.execute(_FINGERPRINT, (identifier, identifier)).get
        return stored

    def take(self, identifier: str, fingerprint: bytes) -> None:
        self._known[identifier] = fingerprint


class _Groups:
    """The groups of one batch."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._figures: dict[int, _Figures] = {}

    def of(self, events: Sequence[tuple[EventDocument, int]]) -> list[int]:
        """The id of each one's group, made where there is none; they are counted by `add`. The numbers are their seqs."""
        groups = [group_columns(document) for document, _ in events]
        ids: dict[str, int] = dict(answer(self._connection, _GROUP_IDS, list({group.key for group in groups})))
        following: int = self._connection.execute("SELECT ifnull(max(id), 0) + 1 FROM groups").get
        new: list[tuple[object, ...]] = []
        for group, (document, seq) in zip(groups, events, strict=True):
            if group.key not in ids:
                ids[group.key] = following + len(new)
                time = document.podlynx.time
                new.append((ids[group.key], *group, time, time, seq, seq, seq))
        insert(self._connection, _INSERT_GROUPS, new)
        return [ids[group.key] for group in groups]

    def add(self, group: int, document: EventDocument, time: int, seq: int) -> None:
        """Counts an event of that group."""
        figures = self._figures.get(group)
        if figures is None:
            figures = self._figures[group] = _Figures(group, 0, time, time, seq, seq, document)
        figures.add(document, time, seq)

    def write(self) -> list[tuple[int, int]]:
        """Adds up; answers (seq of the newest event, group id), oldest change first."""
        insert(self._connection, _UPDATE_GROUPS, [figures.row() for figures in self._figures.values()])
        return sorted((figures.last_seq, figures.id) for figures in self._figures.values())
