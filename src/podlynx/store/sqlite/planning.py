"""Which sums answer a statistic, and what has to be added to them or taken away.

Most statistics ask for what a rule or a place has, and nearly all of what is stored: then the sums of that level are read, and
those of the traits that do not match (dismissed, hidden, another node) are taken away. Where fewer traits match than do not, the
sums of those that do are added up instead. Single events are read only where packet time is bounded within an hour, where a group
is dismissed in part, and where words stand in a request but not in its event's trait.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Final, NamedTuple

import apsw

from podlynx.expressions.fields import Field
from podlynx.expressions.nodes import And, Node, Not, Or, Words
from podlynx.store.protocol import Statistic
from podlynx.store.sqlite.alert_rows import EVENT_OPEN
from podlynx.store.sqlite.conditions import phrase
from podlynx.store.sqlite.demands import Demand, all_of, columns_of, demands
from podlynx.store.sqlite.levels import PLACES, RULES, TRAITS, Level, given, of_request, of_trait
from podlynx.store.sqlite.listing import head_of
from podlynx.store.sqlite.traits import HOUR

END: Final = 2**63 - 1
MANY_TRAITS: Final = 2_000
"""Traits that match: with more, going through all sums in order is less work than looking each up."""
REQUEST_WORDS: Final = 3
"""Words that may stand in a request: what each of them changes is looked up, and each two of them, and so on."""
_EVERYTHING: Final = (0, END)
_TRAITS_FIRST: Final = "traits e CROSS JOIN groups g ON g.id = e.group_id"
_GROUPS_FIRST: Final = "groups g CROSS JOIN traits e ON e.group_id = g.id"
_DISMISSED: Final = "g.open_count < g.count"
_MIXED: Final = f"{_DISMISSED} AND g.open_count > 0"
_OPEN: Final = "(g.open_count = g.count OR (g.open_count > 0 AND g.dismissed_through < g.first_seq))"
"""Groups that are open, but for events which were dismissed one by one."""
_SPLIT: Final = f"({_MIXED} AND g.dismissed_through >= g.first_seq AND g.dismissed_through < g.last_seq)"
"""Groups that were dismissed, and then got further events."""

Value = int | str | bytes
Bounds = tuple[int, int]
"""The first and the last nanosecond that count."""


class Part(NamedTuple):
    """A SELECT of (id, hour, count): what is added to the sums of a row of that level. `by_row`: a row's are found by its id."""

    level: Level
    sql: str
    by_row: bool = False


class Plan(NamedTuple):
    """What answers a statistic. `head` begins each statement over the parts and binds `values`."""

    head: str
    values: tuple[Value, ...]
    parts: tuple[Part, ...]


def answerable(statistic: Statistic, asked: Sequence[Node]) -> bool:
    """Whether sums can tell: all that is asked for is the same for all events of a trait, or stands in their requests."""
    field = statistic.field
    words = {words for node in asked for words in of_request(node)}
    return (
        (field is None or _countable(field))
        and all(map(_tellable, asked))
        and len(words) <= REQUEST_WORDS
        and all(of_trait(query.root) for query in statistic.hidden)
    )


def _countable(field: Field) -> bool:
    return bool(field.columns) and (set(field.columns) <= TRAITS.columns or set(field.columns) <= RULES.columns)


def _tellable(node: Node) -> bool:
    if isinstance(node, And | Or):
        return _tellable(node.left) and _tellable(node.right)
    if isinstance(node, Not):
        return _tellable(node.operand)
    return of_trait(node) or any(True for _ in of_request(node))


def plan(connection: apsw.Connection, statistic: Statistic, asked: Sequence[Node], bounds: Bounds) -> Plan:
    """The parts that answer it, for conditions that are `answerable`."""
    return _Planning(connection, statistic, asked, bounds).plan()


class _Planning:
    """One statistic's plan, as far as it is made."""

    def __init__(self, connection: apsw.Connection, statistic: Statistic, asked: Sequence[Node], bounds: Bounds) -> None:
        self._connection = connection
        self._statistic = statistic
        self._asked = asked
        self._bounds = bounds
        head, visible = head_of(statistic)
        self._values: tuple[Value, ...] = visible
        self._sets = [head.removeprefix("WITH ").strip()] if head else []
        self._parts: list[Part] = []

    def plan(self) -> Plan:
        wanted = list(demands(self._statistic, [given(node, frozenset()) for node in self._asked]))
        coarse = self._coarse(wanted)
        told = [each for each in wanted if coarse and each.columns <= coarse.columns]
        rest = [each for each in wanted if each not in told]
        if coarse and self._mostly_wanted(told, rest):
            self._subtract(coarse, told, rest)
        else:
            self._add(wanted)
        self._requested()
        return Plan(self._head(), self._values, tuple(self._parts))

    def _coarse(self, wanted: list[Demand]) -> Level | None:
        """The level above traits that has what is counted, and leaves the fewest conditions to traits."""
        field, masked = self._statistic.field, self._statistic.namespaces is not None
        counted = columns_of(field.columns, masked=masked) if field else frozenset()
        levels = [level for level in (PLACES, RULES) if counted <= level.columns]
        return min(levels, key=lambda level: sum(not each.columns <= level.columns for each in wanted), default=None)

    def _mostly_wanted(self, told: list[Demand], rest: list[Demand]) -> bool:
        """Whether most of what the coarse level tells is asked for."""
        state = {None: "1", False: _OPEN, True: f"NOT {_OPEN}"}[self._statistic.dismissed]
        if not rest and self._statistic.dismissed is None:
            return True
        if not rest:
            closed = self._one(f"SELECT count(*) FROM groups g WHERE {_DISMISSED} AND NOT {_OPEN}")
            few = 2 * closed <= self._one("SELECT count(*) FROM groups")
            return few is not self._statistic.dismissed
        within, values = all_of(told, "e")
        wanted, further = all_of(rest, "e")
        counted = f"SELECT 2 * ifnull(sum(({wanted}) IS TRUE AND {state}), 0) > count(*) FROM {_TRAITS_FIRST} WHERE {within}"
        return bool(self._one(counted, (*further, *values)))

    def _add(self, wanted: list[Demand]) -> None:
        """The sums of the traits that match."""
        where, values = all_of(wanted, "e")
        dismissed = self._statistic.dismissed
        if dismissed is False and not self._one(f"SELECT EXISTS (SELECT 1 FROM groups g WHERE {_DISMISSED})"):
            dismissed = None
        if dismissed is None and not wanted:
            self._sum(TRAITS, "", 1)
            return
        state = {None: "1", False: _OPEN, True: f"{_DISMISSED} AND NOT {_OPEN}"}[dismissed]
        tables = _GROUPS_FIRST if dismissed else _TRAITS_FIRST
        self._sum(TRAITS, self._set("chosen (id)", f"SELECT e.id FROM {tables} WHERE {where} AND {state}", values), 1)
        self._mend(where, values)

    def _subtract(self, coarse: Level, told: list[Demand], rest: list[Demand]) -> None:
        """The sums of a coarse level, without those of the traits that do not match."""
        on_level, level_values = all_of(told, "e")
        chosen = self._set("told (id)", f"SELECT e.id FROM {coarse.table} e WHERE {on_level}", level_values) if told else ""
        self._sum(coarse, chosen, 1)
        within, values = all_of(told, "e")
        wanted, further = all_of(rest, "e")
        state = {None: "0", False: f"{_DISMISSED} AND NOT {_OPEN}", True: _OPEN}[self._statistic.dismissed]
        tables = _GROUPS_FIRST if not rest and self._statistic.dismissed is False else _TRAITS_FIRST
        unwanted = f"(({wanted}) IS NOT TRUE OR ({state}))" if rest else f"({state})"
        if rest or self._statistic.dismissed is not None:
            sql = f"SELECT e.id FROM {tables} WHERE {within} AND {unwanted}"
            if tables is _GROUPS_FIRST:
                sql += f" AND {_DISMISSED}"
            self._sum(TRAITS, self._set("unwanted (id)", sql, (*values, *further)), -1)
            self._mend(f"{within} AND {wanted}", (*values, *further))

    def _mend(self, where: str, values: tuple[Value, ...]) -> None:
        """Adds the open events of groups that are open in part, as far as `_OPEN` does not tell; or takes them away."""
        if self._statistic.dismissed is None or not self._one(f"SELECT EXISTS (SELECT 1 FROM groups g WHERE {_MIXED})"):
            return
        sign = -1 if self._statistic.dismissed else 1
        mixed = f"SELECT e.id, g.id, g.dismissed_through, {_SPLIT} FROM {_GROUPS_FIRST} WHERE {_MIXED} AND {where}"
        self._set("mixed (id, group_id, through, split)", mixed, values)
        selected = f"SELECT mixed.id AS id, e.time / {HOUR} AS hour,"
        later = "INDEXED BY events_by_trait ON e.trait_id = mixed.id WHERE mixed.split AND e.seq > mixed.through"
        self._part(TRAITS, f"{selected} {sign} AS count FROM mixed CROSS JOIN events e {later} AND {self._timely}")
        marked = (
            "INDEXED BY events_marked ON e.group_id = mixed.group_id "
            "WHERE e.trait_id = mixed.id AND e.dismissed IS NOT NULL AND e.dismissed = (e.seq > mixed.through)"
        )
        count = f"iif(e.dismissed, {-sign}, {sign}) AS count"
        self._part(TRAITS, f"{selected} {count} FROM mixed CROSS JOIN events e {marked} AND {self._timely}")

    def _requested(self) -> None:
        """What words change that stand in a request: for each choice of them the events whose requests have just these."""
        words = list(dict.fromkeys(words for node in self._asked for words in of_request(node)))
        for number in range(1, len(words) + 1):
            for found in combinations(words, number):
                self._changed(found, [each for each in words if each not in found])

    def _changed(self, found: Sequence[Words], others: Sequence[Words]) -> None:
        name = f"{len(self._sets)}"
        plain = [node for node in self._asked if not any(True for _ in of_request(node))]
        worded = [node for node in self._asked if any(True for _ in of_request(node))]
        shared, values = all_of(demands(self._statistic, plain), "e")
        told = [
            all_of(demands(Statistic(namespaces=self._statistic.namespaces), [given(node, which) for node in worded]), "e")
            for which in (frozenset(found), frozenset[Words]())
        ]
        now, before = (f"(({sql}) IS TRUE)" for sql, _ in told)
        state = {None: "1", False: "g.open_count > 0", True: _DISMISSED}[self._statistic.dismissed]
        changed = f"SELECT e.id, {now} - {before}, {_MIXED} FROM {_TRAITS_FIRST} WHERE {shared} AND {state} AND {now} <> {before}"
        twice = (*told[0][1], *told[1][1])
        bound = (*twice, *values, *twice)
        if not self._one(f"SELECT EXISTS ({changed})", bound):
            return
        traits = self._set(f"changed{name} (id, sign, mixed)", changed, bound)
        expression = " AND ".join(f"({phrase(each)})" for each in found) + "".join(f" NOT ({phrase(each)})" for each in others)
        matching = "SELECT rowid FROM request_words WHERE request_words MATCH ?"
        requests = self._set(f"requested{name} (id)", matching, (expression,))
        dismissed = self._statistic.dismissed
        fits = "1" if dismissed is None else f"(SELECT {EVENT_OPEN} FROM groups g WHERE g.id = e.group_id) = {int(not dismissed)}"
        self._part(
            TRAITS,
            f"SELECT e.trait_id AS id, e.time / {HOUR} AS hour, c.sign AS count FROM {requests} r "
            "CROSS JOIN events e INDEXED BY events_by_request ON e.request_id = r.id "
            f"CROSS JOIN {traits} c ON c.id = e.trait_id WHERE {self._timely} AND (NOT c.mixed OR {fits})",
        )

    @property
    def _timely(self) -> str:
        return "1" if self._bounds == _EVERYTHING else f"e.time BETWEEN {self._bounds[0]} AND {self._bounds[1]}"

    def _sum(self, level: Level, chosen: str, sign: int) -> None:
        """The sums of a level, or of the rows of it that are in a set: whole hours, and the events at both ends one by one."""
        low, high = self._bounds
        begin, end = -(-low // HOUR), (high + 1) // HOUR  # whole hours: from `begin` up to but without `end`
        within = "1" if self._bounds == _EVERYTHING else f"hour >= {begin} AND hour < {end}"
        many = bool(chosen) and self._one(f"SELECT count(*) FROM {chosen}") > MANY_TRAITS
        which = f" AND {'+' if many else ''}{{}} IN {chosen}" if chosen else ""
        whole = f"SELECT {level.column} AS id, hour, {sign} * count AS count FROM {level.hours} WHERE {within}"
        self._parts.append(Part(level, whole + which.format(level.column), by_row=level is TRAITS))
        edges = [(low, min(begin * HOUR - 1, high)), (max(end * HOUR, begin * HOUR, low), high)]
        column = "e.trait_id" if level is TRAITS else f"t.{level.column}"
        tables = "events e INDEXED BY events_by_time" + ("" if level is TRAITS else " CROSS JOIN traits t ON t.id = e.trait_id")
        for first, last in edges:
            if first <= last < END:
                single = f"SELECT {column} AS id, e.time / {HOUR} AS hour, {sign} AS count FROM {tables}"
                self._part(level, f"{single} WHERE e.time BETWEEN {first} AND {last}" + which.format(f"+{column}"))

    def _part(self, level: Level, sql: str) -> None:
        self._parts.append(Part(level, sql))

    def _set(self, name: str, sql: str, values: tuple[Value, ...]) -> str:
        self._sets.append(f"{name} AS MATERIALIZED ({sql})")
        self._values = (*self._values, *values)
        return name.partition(" ")[0]

    def _head(self) -> str:
        return f"WITH {', '.join(self._sets)} " if self._sets else ""

    def _one(self, sql: str, values: tuple[Value, ...] = ()) -> int:
        return int(self._connection.execute(f"{self._head()}{sql}", (*self._values, *values)).get)
