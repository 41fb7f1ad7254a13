"""One alert: in full, dismissed, restored. An id may be an event's or a group's."""

from typing import Any, Final, NamedTuple

import apsw
import msgspec

from podlynx.expressions.nodes import Query
from podlynx.models.alert import AlertDetail, AlertRow
from podlynx.models.event import EventDocument
from podlynx.store.protocol import Change, Changes
from podlynx.store.sqlite.alert_rows import EVENT_OPEN, GROUP_ROW, WIDTH, alert_row
from podlynx.store.sqlite.bodies import unpacked
from podlynx.store.sqlite.hiding import Hiding, row_of

_DOCUMENT: Final = msgspec.json.Decoder(EventDocument)
_DETAIL: Final = f"""
SELECT d.body, NOT {EVENT_OPEN}, g.key, g.count, g.first_time, g.last_time
FROM events e JOIN groups g ON g.id = e.group_id JOIN documents d ON d.seq = e.seq
"""

_OPEN_EVENT: Final = "SELECT g.id FROM events e JOIN groups g ON g.id = e.group_id WHERE e.seq = ?"


class _Target(NamedTuple):
    """What an id names: a group, or one event of it."""

    group: int
    event: int | None


def detail(connection: apsw.Connection, identifier: str, hidden: tuple[Query, ...] = ()) -> AlertDetail | None:
    """The event of that id, or the newest event of that group that is not hidden; the figures are of what is not hidden."""
    found = _of(connection, identifier, hidden)
    if found is None or not hidden:
        return found
    group = connection.execute("SELECT id FROM groups WHERE key = ?", (found.group_id,)).get
    row = row_of(connection, group, Hiding(hidden))
    if row is None:
        return found
    return msgspec.structs.replace(found, group_count=row[1], first_time=str(row[2]), last_time=str(row[3]))


def _of(connection: apsw.Connection, identifier: str, hidden: tuple[Query, ...]) -> AlertDetail | None:
    newest, values = Hiding(hidden).newest("o.seq")
    of_group = f"{_DETAIL} WHERE e.seq = (SELECT {newest} FROM groups g WHERE g.key = ?)"
    for sql, bound in ((f"{_DETAIL} WHERE e.id = ?", ()), (of_group, values)):
        row = connection.execute(sql, (*bound, identifier)).fetchone()
        if row:
            return _detail(*row)
    return None


def _detail(body: bytes, dismissed: int, key: str, count: int, first: int, last: int) -> AlertDetail:  # noqa: PLR0917
    document = _DOCUMENT.decode(unpacked(body))
    fields = {name: getattr(document, name) for name in EventDocument.__struct_fields__}
    fields["dismissed"] = bool(dismissed)
    return AlertDetail(**fields, group_id=key, group_count=count, first_time=str(first), last_time=str(last))


def dismiss(connection: apsw.Connection, identifier: str) -> bool:
    """Hides an event, or all that a group holds now. False where the id names neither."""
    return _mark(connection, identifier, dismissed=True)


def restore(connection: apsw.Connection, identifier: str) -> bool:
    """Shows an event, or all of a group, again. False where the id names neither."""
    return _mark(connection, identifier, dismissed=False)


def dismiss_events(connection: apsw.Connection, seqs: list[int]) -> int:
    """Hides these events; answers how many of them were open."""
    return sum(_dismiss_event(connection, seq) for seq in seqs)


def _dismiss_event(connection: apsw.Connection, seq: int) -> bool:
    group = connection.execute(f"{_OPEN_EVENT} AND {EVENT_OPEN}", (seq,)).get
    if group is None:  # dismissed or forgotten meanwhile
        return False
    _mark_event(connection, seq, group, dismissed=True)
    return True


def _mark(connection: apsw.Connection, identifier: str, *, dismissed: bool) -> bool:
    target = _target(connection, identifier)
    if target is None:
        return False
    if target.event is None:
        _mark_group(connection, target.group, dismissed=dismissed)
    else:
        _mark_event(connection, target.event, target.group, dismissed=dismissed)
    return True


def _target(connection: apsw.Connection, identifier: str) -> _Target | None:
    event = connection.execute("SELECT group_id, seq FROM events WHERE id = ?", (identifier,)).fetchone()
    if event:
        return _Target(*event)
    group = connection.execute("SELECT id FROM groups WHERE key = ?", (identifier,)).get
    return None if group is None else _Target(group, None)


def _mark_group(connection: apsw.Connection, group: int, *, dismissed: bool) -> None:
    """Costs the same however many events the group has: only those that were marked singly are touched."""
    connection.execute("UPDATE events SET dismissed = NULL WHERE group_id = ? AND dismissed IS NOT NULL", (group,))
    through, still_open = ("last_seq", "0") if dismissed else ("0", "count")
    connection.execute(f"UPDATE groups SET dismissed_through = {through}, open_count = {still_open} WHERE id = ?", (group,))


def _mark_event(connection: apsw.Connection, seq: int, group: int, *, dismissed: bool) -> None:
    is_open = f"SELECT {EVENT_OPEN} FROM events e JOIN groups g ON g.id = e.group_id WHERE e.seq = ?"
    was_open = bool(connection.execute(is_open, (seq,)).get)
    if was_open == dismissed:
        connection.execute("UPDATE events SET dismissed = ? WHERE seq = ?", (dismissed, seq))
        by = -1 if dismissed else 1
        connection.execute("UPDATE groups SET open_count = open_count + ? WHERE id = ?", (by, group))


def rows_of_groups(connection: apsw.Connection, groups: list[int]) -> dict[int, AlertRow]:
    """The rows of these groups, by group id."""
    sql = f"""SELECT g.id, {GROUP_ROW} FROM json_each(?) wanted
              CROSS JOIN groups g ON g.id = wanted.value CROSS JOIN events e ON e.seq = g.last_event"""
    rows: list[tuple[Any, ...]] = connection.execute(sql, (msgspec.json.encode(groups).decode(),)).fetchall()
    return {row[0]: alert_row(row[1 : 1 + WIDTH]) for row in rows}


def changes_since(connection: apsw.Connection, cursor: int, limit: int, hidden: tuple[Query, ...] = ()) -> Changes:
    """Groups that got events after `cursor`, the oldest change first; `hidden` events are none."""
    hiding = Hiding(hidden)
    group_shown, group_values = hiding.group_shown()
    event_shown, event_values = hiding.exists("o.seq > ?") if hiding.within_groups else ("1", ())
    place = (cursor,) if hiding.within_groups else ()
    sql = f"""SELECT g.last_seq, g.id, {GROUP_ROW} FROM groups g CROSS JOIN events e ON e.seq = g.last_event
              WHERE g.last_seq > ? AND {group_shown} AND {event_shown} ORDER BY g.last_seq LIMIT ?"""
    values = (cursor, *group_values, *place, *event_values, limit + 1)
    rows: list[tuple[Any, ...]] = connection.execute(sql, values).fetchall()
    changes = []
    for seq, group, *row in rows[:limit]:
        shown = row_of(connection, group, hiding) if hiding.within_groups else tuple(row[:WIDTH])
        if shown:
            changes.append(Change(seq, alert_row(shown)))
    return Changes(changes, complete=len(rows) <= limit)
