"""Writes a batch of documents: what is new, the groups it belongs to, and the groups' figures."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import apsw
import msgspec

from podlynx.models.event import EventDocument
from podlynx.models.identity import EventKey, with_ordinal
from podlynx.store.sqlite.rows import EventColumns, GroupColumns, NewEvent, body_of, new_event
from podlynx.store.sqlite.traits import Hours, Requests, Traits, json_texts

_ORDINALS: Final = 16
"""Events of one id that are told apart by counting; further ones by their fingerprint, which needs no search."""


def _placeholders(count: int) -> str:
    return ", ".join("?" * count)


_INSERT_EVENT: Final = f"INSERT INTO events VALUES ({_placeholders(8 + len(EventColumns._fields))})"
_INSERT_GROUP: Final = (
    f"INSERT INTO groups ({', '.join(GroupColumns._fields)}, first_time, last_time, first_seq, last_seq, last_event) "
    f"VALUES ({_placeholders(len(GroupColumns._fields) + 5)}) RETURNING id"
)
_UPDATE_GROUP: Final = """
UPDATE groups SET
    count = count + :count, open_count = open_count + :count, last_seq = :last_seq,
    priority = :priority, severity = :severity, classtype = :classtype,
    first_time = min(first_time, :first_time),
    last_event = iif(:last_time >= last_time, :last_event, last_event),
    last_time = max(last_time, :last_time)
WHERE id = :id
"""


_TAKEN: Final = "SELECT id, fingerprint FROM events WHERE id IN (SELECT value FROM json_each(?))"
_ABSORBED: Final = "SELECT id, fingerprint FROM absorbed WHERE id IN (SELECT value FROM json_each(?))"
_FINGERPRINT: Final = "SELECT fingerprint FROM events WHERE id = ? UNION ALL SELECT fingerprint FROM absorbed WHERE id = ?"
_GROUP_IDS: Final = "SELECT key, id FROM groups WHERE key IN (SELECT value FROM json_each(?))"


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

    def parameters(self) -> dict[str, int | str]:
        group = self.group
        rule: dict[str, int | str] = {"priority": group.priority, "severity": group.severity, "classtype": group.classtype}
        figures = {name: getattr(self, name) for name in self.__struct_fields__ if name != "group"}
        return {**figures, **rule}


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
    events, bodies = [], []
    for (identifier, event), seq, group, trait, request in zip(fresh, seqs, group_ids, traits, requests, strict=True):
        events.append((seq, identifier, event.fingerprint, group, stored, None, *event.columns, trait, request))
        bodies.append((seq, body_of(event.document, identifier)))
        hours.add(event.columns.time, trait)
    connection.executemany(_INSERT_EVENT, events)
    connection.executemany("INSERT INTO documents VALUES (?, ?)", bodies)
    hours.write(connection)
    connection.execute("UPDATE totals SET events = events + ?", (len(fresh),))
    _note_namespaces(connection, new)
    return Written(len(fresh), len(documents) - len(fresh), groups.write())


def _note_namespaces(connection: apsw.Connection, events: Iterable[NewEvent]) -> None:
    found = {name for event in events for name in (event.columns.source_namespace, event.columns.dest_namespace) if name}
    connection.executemany("INSERT OR IGNORE INTO namespaces VALUES (?)", [(name,) for name in found])


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
        wanted = json_texts(ids)
        self._known: dict[str, bytes] = dict(connection.execute(_TAKEN, (wanted,)))
        self._known |= dict(connection.execute(_ABSORBED, (wanted,)))

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
        keys = json_texts({event.group.key for event in events})
        self._ids: dict[str, int] = dict(connection.execute(_GROUP_IDS, (keys,)))

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
            found = self._connection.execute(_INSERT_GROUP, (*group, time, time, seq, seq, seq)).get
        return int(found or 0)

    def write(self) -> list[tuple[int, int]]:
        """Adds up; answers (seq of the newest event, group id), oldest change first."""
        self._connection.executemany(_UPDATE_GROUP, [figures.parameters() for figures in self._figures.values()])
        return sorted((figures.last_seq, figures.id) for figures in self._figures.values())
