"""Writes a batch of documents: what is new, the groups it belongs to, and the groups' figures."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import apsw
import msgspec

from podlynx.models.event import EventDocument
from podlynx.models.identity import EventKey, with_ordinal
from podlynx.store.sqlite.bodies import packed_all
from podlynx.store.sqlite.rows import EventColumns, GroupColumns, NewEvent, json_of, new_event
from podlynx.store.sqlite.setwise import answer, insert, rows
from podlynx.store.sqlite.traits import Hours, Requests, Traits

_ORDINALS: Final = 16
"""Events of one id that are told apart by counting; further ones by their fingerprint, which needs no search."""


_OWN_COLUMNS: Final = ("seq", "id", "fingerprint", "group_id", "stored", "dismissed", "trait_id", "request_id")
_KEYS: Final = [
    len(_OWN_COLUMNS) + place for place, name in enumerate(EventColumns._fields) if name in {"source_ip_key", "dest_ip_key"}
]
_INSERT_EVENTS: Final = (
    f"INSERT INTO events ({', '.join((*_OWN_COLUMNS, *EventColumns._fields))}) "
    f"{rows(len(_OWN_COLUMNS) + len(EventColumns._fields), binary=(2, *_KEYS))}"
)
_INSERT_DOCUMENTS: Final = f"INSERT INTO documents (seq, body) {rows(2, binary=(1,))}"
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
    """What a batch adds to one group."""

    id: int
    count: int
    first_time: int
    last_time: int
    last_event: int
    last_seq: int
    group: GroupColumns

    def add(self, time: int, seq: int) -> None:
        self.count += 1
        self.first_time = min(self.first_time, time)
        if time >= self.last_time:
            self.last_time, self.last_event = time, seq
        self.last_seq = seq

    def row(self) -> tuple[int | str, ...]:
        """As `_UPDATE_GROUPS` takes it."""
        figures = (self.id, self.count, self.first_time, self.last_time, self.last_event, self.last_seq)
        return (*figures, self.group.priority, self.group.severity, self.group.classtype)


class Written(msgspec.Struct, frozen=True):
    """What became of a batch: counts, and the ids of the groups that changed, by the seq of their newest event."""

    accepted: int
    duplicates: int
    changed: list[tuple[int, int]]


def write(connection: apsw.Connection, documents: Sequence[EventDocument], stored: int) -> Written:
    """Writes what is not there yet. `stored` is the time of arrival in epoch seconds."""
    fresh = list(_fresh(connection, [new_event(document) for document in documents]))
    if not fresh:
        return Written(0, len(documents), [])
    new = [event for _, event in fresh]
    groups, hours = _Groups(connection, new), Hours()
    seqs = range(_next_seq(connection), _next_seq(connection) + len(fresh))
    group_ids = [groups.of(event, seq) for event, seq in zip(new, seqs, strict=True)]
    traits, requests = Traits(connection).of(new, group_ids), Requests(connection).of(new)
    events: list[Any] = []
    for (identifier, event), seq, group, trait, request in zip(fresh, seqs, group_ids, traits, requests, strict=True):
        own = (seq, identifier, event.fingerprint.hex(), group, stored, None, trait, request)
        events.append((*own, *event.columns))
        hours.add(event.columns.time, trait)
    bodies = packed_all([json_of(event.document, identifier) for identifier, event in fresh])
    insert(connection, _INSERT_EVENTS, events)
    insert(connection, _INSERT_DOCUMENTS, [(seq, body.hex()) for seq, body in zip(seqs, bodies, strict=True)])
    hours.write(connection)
    connection.execute("UPDATE totals SET events = events + ?", (len(fresh),))
    _note_namespaces(connection, new)
    return Written(len(fresh), len(documents) - len(fresh), groups.write())


def _note_namespaces(connection: apsw.Connection, events: Iterable[NewEvent]) -> None:
    found = {name for event in events for name in (event.columns.source_namespace, event.columns.dest_namespace) if name}
    insert(connection, f"INSERT OR IGNORE INTO namespaces {rows(1)}", [(name,) for name in found])


def _next_seq(connection: apsw.Connection) -> int:
    newest = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").get
    return (newest or 0) + 1


def _fresh(connection: apsw.Connection, events: Sequence[NewEvent]) -> Iterator[tuple[str, NewEvent]]:
    """Those that are no repeats, each under an id that is free."""
    taken = _Taken(connection, [event.document.id for event in events])
    for event in events:
        for identifier in candidates(EventKey(event.document.id, event.fingerprint)):
            known = taken.fingerprint(identifier)
            if known == event.fingerprint:
                break
            if known is None:
                taken.take(identifier, event.fingerprint)
                yield identifier, event
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

    def __init__(self, connection: apsw.Connection, events: Iterable[NewEvent]) -> None:
        self._connection = connection
        self._figures: dict[str, _Figures] = {}
        keys = list({event.group.key for event in events})
        self._ids: dict[str, int] = dict(answer(connection, _GROUP_IDS, keys))
        self._following: int = connection.execute("SELECT ifnull(max(id), 0) + 1 FROM groups").get
        self._new: list[tuple[object, ...]] = []

    def of(self, event: NewEvent, seq: int) -> int:
        """The id of the event's group, made where there is none; the event is counted."""
        time = event.columns.time
        figures = self._figures.get(event.group.key)
        if figures is None:
            identifier = self._find(event.group, time, seq)
            figures = self._figures[event.group.key] = _Figures(identifier, 0, time, time, seq, seq, event.group)
        figures.group = event.group
        figures.add(time, seq)
        return figures.id

    def _find(self, group: GroupColumns, time: int, seq: int) -> int:
        found = self._ids.get(group.key)
        if found is None:
            found = self._following + len(self._new)
            self._new.append((found, *group, time, time, seq, seq, seq))
        return found

    def write(self) -> list[tuple[int, int]]:
        """Adds up; answers (seq of the newest event, group id), oldest change first."""
        insert(self._connection, _INSERT_GROUPS, self._new)
        insert(self._connection, _UPDATE_GROUPS, [figures.row() for figures in self._figures.values()])
        return sorted((figures.last_seq, figures.id) for figures in self._figures.values())
