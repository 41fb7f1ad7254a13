"""What exceptions hide, as SQL: whole groups where all that is asked for is the same in a group, else event by event.

Nothing is marked in the tables, so that an exception begins and ends at once. A group that is hidden only in part costs a look at
its events; how many of them are counted is capped.
"""

from dataclasses import dataclass
from typing import Any, Final

import apsw

from podlynx.expressions.nodes import Query
from podlynx.store.sqlite.alert_rows import EVENT_COLUMNS, EVENT_OPEN, WIDTH
from podlynx.store.sqlite.conditions import Condition, Table, condition

COUNTED_EVENTS: Final = 100_000
"""Newest events of a group that are looked at for its count; older ones are taken for shown."""
FIRST_PLACE: Final = (2**63 - 1, 2**63 - 1)
_ALL: Final[Condition] = ("1", ())


@dataclass(frozen=True)
class Hiding:
    """What is hidden, by any of these. `g` is a group of the statement, `o` an event of it."""

    hidden: tuple[Query, ...]

    @property
    def within_groups(self) -> bool:
        """Whether a group may be hidden in part."""
        return any(query.level == "event" for query in self.hidden)

    def group_shown(self) -> Condition:
        """Groups that are not hidden as a whole."""
        return _none([query for query in self.hidden if query.level == "group"], "g")

    def event_shown(self, alias: str, *, traits: bool = False) -> Condition:
        """Events, or traits, that are not hidden."""
        return _none(self.hidden, alias, traits=traits)

    def newest(self, column: str, further: str = "1") -> Condition:
        """A column of the newest event of `g` that is not hidden; null where there is none."""
        return self._first(column, further, "DESC")

    def oldest(self, column: str) -> Condition:
        """Of the oldest one."""
        return self._first(column, "1", "ASC")

    def _first(self, column: str, further: str, order: str) -> Condition:
        shown, values = self._event()
        where = f"o.group_id = g.id AND {shown} AND {further}"
        return f"(SELECT {column} FROM events o WHERE {where} ORDER BY o.time {order}, o.seq {order} LIMIT 1)", values

    def state(self, *, dismissed: bool | None) -> Condition:
        """Groups with an event that is shown, by whether one of those is open."""
        there, values = self.exists("1")
        if dismissed is None:
            return there, values
        is_open, open_values = self.exists(EVENT_OPEN.replace("e.", "o."))
        if dismissed:
            return f"({there} AND NOT {is_open})", (*values, *open_values)
        return f"(g.open_count > 0 AND {is_open})", open_values

    def exists(self, further: str) -> Condition:
        """Groups with an event that is shown and fulfils `further`."""
        shown, values = self._event()
        return f"EXISTS (SELECT 1 FROM events o WHERE o.group_id = g.id AND {further} AND {shown})", values

    def count(self) -> Condition:
        """How many events of `g` are shown."""
        shown, values = self._event()
        newest = f"SELECT o.* FROM events o WHERE o.group_id = g.id ORDER BY o.time DESC LIMIT {COUNTED_EVENTS}"
        return f"(g.count - (SELECT count(*) FROM ({newest}) o WHERE NOT {shown}))", values

    def _event(self) -> Condition:
        return _none([query for query in self.hidden if query.level == "event"], "o")


def _none(hidden: tuple[Query, ...] | list[Query], alias: str, *, traits: bool = False) -> Condition:
    """True where none of these holds."""
    if not hidden:
        return _ALL
    conditions = [condition(query.root, Table(alias, traits=traits)) for query in hidden]
    values = tuple(value for _, each in conditions for value in each)
    return f"(({' OR '.join(f'({sql})' for sql, _ in conditions)}) IS NOT TRUE)", values


def row_of(connection: apsw.Connection, group: int, hiding: Hiding) -> tuple[Any, ...] | None:
    """The values of a group's row (`alert_rows.alert_row`) without what is hidden; None where nothing is left."""
    count, first = hiding.count(), hiding.oldest("o.time")
    is_open, newest = hiding.exists(EVENT_OPEN.replace("e.", "o.")), hiding.newest("o.seq")
    shown, hidden = hiding.group_shown()
    sql = (
        f"SELECT g.key, {count[0]}, {first[0]}, e.time, NOT {is_open[0]}, {EVENT_COLUMNS} "
        f"FROM groups g CROSS JOIN events e ON e.seq = {newest[0]} WHERE g.id = ? AND {shown}"
    )
    values = (*count[1], *first[1], *is_open[1], *newest[1], group, *hidden)
    row: tuple[Any, ...] | None = connection.execute(sql, values).fetchone()
    return row[:WIDTH] if row else None
