"""Forgets the oldest events, by age and by size, in small steps between other work."""

from typing import Any, Final

import apsw
import msgspec

from podlynx.store.sqlite.levels import PLACES, RULES, TRAITS, Level
from podlynx.store.sqlite.traits import HOUR

_STEP: Final = 500
"""Events that one step forgets at least; twice what was just written, if that is more, so that it always catches up."""
_MARGIN: Final = 20
"""By size, a twentieth more than needed goes, so that not every write has to make room."""
_MERGE_PAGES: Final = 64


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How long, and how much, is kept. Seconds since arrival; bytes of the database in use."""

    seconds: int = 30 * 86_400
    bytes: int = 2 * 1024**3


class Trimmed(msgspec.Struct, frozen=True):
    """Events that a step forgot."""

    by_age: int = 0
    by_size: int = 0


def used_bytes(connection: apsw.Connection) -> int:
    """Bytes in use: the file less its free pages, which are filled again before it grows."""
    pages = connection.pragma("page_count") - connection.pragma("freelist_count")
    return int(pages * connection.pragma("page_size"))


def trim(connection: apsw.Connection, retention: Retention, now: int, written: int) -> Trimmed:
    """One step, in a transaction of its own. `now` is in epoch seconds; `written` events came since the last step."""
    step = max(_STEP, 2 * written)
    with connection:
        if aged := _aged(connection, now - retention.seconds, step):
            return Trimmed(by_age=_forget(connection, aged))
        over = used_bytes(connection) - retention.bytes
        if over > 0 and (oldest := _aged(connection, 2**62, min(step, _worth(connection, over + retention.bytes // _MARGIN)))):
            return Trimmed(by_size=_forget(connection, oldest))
    return Trimmed()


def _worth(connection: apsw.Connection, size: int) -> int:
    """How many events fill that many bytes, on the average; at least one."""
    events: int = connection.execute("SELECT events FROM totals").get
    return max(1, events * size // used_bytes(connection))


def _aged(connection: apsw.Connection, before: int, step: int) -> int:
    """The seq up to which the oldest `step` events were stored before then; 0 where none was."""
    oldest = "SELECT seq, stored FROM events ORDER BY seq LIMIT ?"
    return int(connection.execute(f"SELECT max(seq) FROM ({oldest}) WHERE stored < ?", (step, before)).get or 0)


def _forget(connection: apsw.Connection, through: int) -> int:
    """Deletes events up to that seq; groups lose them from their figures and go with their last event, so do their namespaces."""
    run = connection.execute
    touched = run(
        """SELECT e.group_id, count(*), sum(ifnull(NOT e.dismissed, e.seq > g.dismissed_through))
           FROM events e JOIN groups g ON g.id = e.group_id WHERE e.seq <= ? GROUP BY e.group_id""",
        (through,),
    ).fetchall()
    count: int = run("SELECT count(*) FROM events WHERE seq <= ?", (through,)).get
    traits, requests = _shared(connection, through)
    run("DELETE FROM documents WHERE seq <= ?", (through,))
    run("DELETE FROM absorbed WHERE seq <= ?", (through,))
    run("DELETE FROM events WHERE seq <= ?", (through,))
    connection.executemany(_LESSEN, [(gone, opened, group) for group, gone, opened in touched])
    emptied = connection.executemany(_DELETE_EMPTY, [(group,) for group, _, _ in touched]).fetchall()
    connection.executemany(_DELETE_NAMESPACE, [(name,) for name in {each for ends in emptied for each in ends}])
    connection.executemany(_RENEW, [(group,) for group, _, _ in touched])
    _forget_shared(connection, traits, requests)
    run("UPDATE totals SET events = events - ?", (count,))
    for table in ("words", "request_words"):
        run(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", (_MERGE_PAGES,))
    return count


def _shared(connection: apsw.Connection, through: int) -> tuple[list[Any], list[Any]]:
    """Traits and requests of events up to that seq, after taking these out of the hours' counts."""
    found = connection.execute("SELECT DISTINCT trait_id FROM events WHERE seq <= ?", (through,)).fetchall()
    for level in (TRAITS, RULES, PLACES):
        _lessen(connection, level, through)
    requests = "SELECT DISTINCT request_id FROM events WHERE seq <= ? AND request_id IS NOT NULL"
    return found, connection.execute(requests, (through,)).fetchall()


def _lessen(connection: apsw.Connection, level: Level, through: int) -> None:
    """Takes these events out of the sums of a level."""
    of_trait = f"traits.{level.column}" if level is not TRAITS else "trait_id"
    joined = "JOIN traits ON traits.id = trait_id" if level is not TRAITS else ""
    sums = f"SELECT count(*), time / {HOUR} AS hour, {of_trait} AS which FROM events {joined} WHERE seq <= ? GROUP BY hour, which"
    hours: list[Any] = connection.execute(sums, (through,)).fetchall()
    keyed = f"hour = ? AND {level.column} = ?"
    connection.executemany(f"UPDATE {level.hours} SET count = count - ? WHERE {keyed}", hours)
    connection.executemany(f"DELETE FROM {level.hours} WHERE {keyed} AND count <= 0", [row[1:] for row in hours])


def _forget_shared(connection: apsw.Connection, traits: list[Any], requests: list[Any]) -> None:
    """Traits and requests go with their last event, and so do their words; rules and places with their last trait."""
    gone = _unused(connection, "traits", "events", "trait_id", traits, "id, rule_id, place_id")
    connection.executemany("DELETE FROM words WHERE rowid = ?", [row[:1] for row in gone])
    for place, level in enumerate((RULES, PLACES), start=1):
        _unused(connection, level.table, "traits", level.column, sorted({(row[place],) for row in gone}))
    requested = _unused(connection, "requests", "events", "request_id", requests)
    connection.executemany("DELETE FROM request_words WHERE rowid = ?", requested)


def _unused(  # noqa: PLR0917
    connection: apsw.Connection, table: str, by: str, column: str, ids: list[Any], told: str = "id"
) -> list[Any]:
    """Deletes those of these ids that no row of the table `by` has in `column`."""
    used = f"EXISTS (SELECT 1 FROM {by} WHERE {column} = {table}.id)"
    return connection.executemany(f"DELETE FROM {table} WHERE id = ? AND NOT {used} RETURNING {told}", ids).fetchall()


_LESSEN: Final = "UPDATE groups SET count = count - ?, open_count = open_count - ? WHERE id = ?"
_DELETE_EMPTY: Final = "DELETE FROM groups WHERE id = ? AND count = 0 RETURNING source_namespace, dest_namespace"
_DELETE_NAMESPACE: Final = """
DELETE FROM namespaces WHERE name = ?
    AND NOT EXISTS (SELECT 1 FROM groups WHERE source_namespace = name)
    AND NOT EXISTS (SELECT 1 FROM groups WHERE dest_namespace = name)
"""
_RENEW: Final = """
UPDATE groups SET
    first_time = (SELECT min(time) FROM events WHERE group_id = groups.id),
    last_time = (SELECT max(time) FROM events WHERE group_id = groups.id),
    last_event = (SELECT seq FROM events WHERE group_id = groups.id ORDER BY time DESC, seq DESC LIMIT 1)
WHERE id = ?
"""
