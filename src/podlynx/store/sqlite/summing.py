"""Counts by sums (`planning`), where what is asked for can be told by them: the total, by time, by the values of a field."""

from typing import Any, Final

import apsw
import msgspec

from podlynx.expressions.fields import Field
from podlynx.expressions.nodes import Node, Within
from podlynx.models.counts import Counts, IntervalCount, ValueCount
from podlynx.store.intervals import starts, width_for
from podlynx.store.protocol import Statistic
from podlynx.store.sqlite.conditions import Table
from podlynx.store.sqlite.levels import TRAITS, Level, conjuncts, is_time
from podlynx.store.sqlite.planning import END, Bounds, Plan, answerable, plan
from podlynx.store.sqlite.traits import HOUR

_HOUR_SECONDS: Final = 3600


def summed(connection: apsw.Connection, statistic: Statistic) -> Counts | None:
    """What the statistic asks for; None where only the events themselves can tell."""
    nodes = list(conjuncts(statistic.query.root)) if statistic.query else []
    asked = [node for node in nodes if not is_time(node)]
    if (statistic.interval or 0) % _HOUR_SECONDS or not answerable(statistic, asked):
        return None
    bounds, field = _bounds([node for node in nodes if is_time(node)]), statistic.field
    counts = Counts(total=0, interval=statistic.interval)
    if field is None or statistic.interval or statistic.intervals:
        # Without a field most questions are told by few sums.
        plain = msgspec.structs.replace(statistic, field=None)
        told = _by_time(connection, plan(connection, plain, asked, bounds), statistic)
        if told is None or field is None or not told.total:
            return told
        counts = told
    values = _Values(field, masked=statistic.namespaces is not None)
    return _by_value(connection, plan(connection, statistic, asked, bounds), counts, statistic, values)


def _bounds(nodes: list[Node]) -> Bounds:
    low, high = 0, END
    for node in nodes:
        if isinstance(node, Within):
            low = max(low, node.low) if isinstance(node.low, int) else low
            high = min(high, node.high) if isinstance(node.high, int) else high
    return low, high


def _by_time(connection: apsw.Connection, sums: Plan, statistic: Statistic) -> Counts | None:
    """The total and the intervals; None where these are no whole hours."""
    hours: dict[int, int] = {}
    for part in sums.parts:
        sql = f"{sums.head}SELECT hour, sum(count) FROM ({part.sql}) GROUP BY hour"
        for hour, number in connection.execute(sql, sums.values):
            hours[hour] = hours.get(hour, 0) + number
    hours = {hour: number for hour, number in hours.items() if number}
    total = sum(hours.values())
    if not total or not (statistic.interval or statistic.intervals):
        return Counts(total=total, interval=statistic.interval)
    step = statistic.interval or _width(min(hours), max(hours), statistic.intervals or 1)
    if step % _HOUR_SECONDS:
        return None
    begins = starts(min(hours) * HOUR, max(hours) * HOUR, step)
    found: dict[int, int] = {}
    for hour, number in hours.items():
        place = hour * _HOUR_SECONDS // step
        found[place] = found.get(place, 0) + number
    return Counts(total=total, interval=step, times=[IntervalCount(start, found.get(start // step, 0)) for start in begins])


def _width(first: int, last: int, wanted: int) -> int:
    """The width for packet times within these two hours: from an hour on it does not matter where in them they are."""
    return width_for(min((first + 1) * HOUR - 1, last * HOUR), last * HOUR, wanted)


class _Values:
    """How the values of a field are read from the rows `t` of a level."""

    def __init__(self, field: Field, *, masked: bool) -> None:
        self._listed = not set(field.columns) <= TRAITS.columns
        table = Table("t", masked=masked)
        self.columns = ["(listed.value || '')"] if self._listed else [f"({table.column(each)} || '')" for each in field.columns]
        self._field = field

    def tables(self, level: Level, rows: str = "") -> str:
        """The rows of a level, or of the table `rows` by its `id`, each as often as it has a listed value."""
        found = self.rows(level, rows)
        return f"{found} CROSS JOIN json_each(t.{self._field.columns[0]}) listed" if self._listed else found

    def rows(self, level: Level, rows: str = "") -> str:
        """The same without the values."""
        if not (self._listed and level is TRAITS):
            return f"{rows} n CROSS JOIN {level.table} t ON t.id = n.id" if rows else f"{level.table} t"
        ruled = "traits x CROSS JOIN rules t ON t.id = x.rule_id"
        return f"{rows} n CROSS JOIN traits x ON x.id = n.id CROSS JOIN rules t ON t.id = x.rule_id" if rows else ruled

    def id(self, level: Level) -> str:
        """The row's id, where it is not read by another table."""
        return "x.id" if self._listed and level is TRAITS else "t.id"

    @property
    def any(self) -> str:
        """Whether a row has a value at all."""
        if self._listed:
            return f"t.{self._field.columns[0]} <> '[]'"
        return f"({' OR '.join(f'{column} <> {chr(39) * 2}' for column in self.columns)})"

    def selects(self, what: str, tables: str, where: str = "1") -> list[str]:
        """A SELECT of (value, what) for each column; the same value at both ends counts once."""
        one, *others = self.columns
        found = [f"SELECT {one} AS value, {what} FROM {tables} WHERE {where.format(one)}"]
        found += [f"SELECT {each}, {what} FROM {tables} WHERE {where.format(each)} AND {each} IS NOT {one}" for each in others]
        return found


def _by_value(connection: apsw.Connection, sums: Plan, counts: Counts, statistic: Statistic, values: _Values) -> Counts:
    levels = list(dict.fromkeys(part.level for part in sums.parts))
    numbers = [f"{_numbers(level)} (id, number) AS MATERIALIZED ({_numbered(sums, level)})" for level in levels]
    named = [each for level in levels for each in values.selects("number", values.tables(level, _numbers(level)))]
    listed = (
        f"SELECT value, sum(number) FROM ({' UNION ALL '.join(named)}) WHERE value <> '' GROUP BY value HAVING sum(number) > 0"
    )
    counted = [f"SELECT number FROM {_numbers(level)}" for level in levels]
    having = [f"SELECT number FROM {values.rows(level, _numbers(level))} WHERE {values.any}" for level in levels]
    sql = (
        f"{_further(sums.head)}{', '.join(numbers)}, listed (value, number) AS MATERIALIZED ({listed}) "
        f"SELECT NULL, (SELECT sum(number) FROM ({' UNION ALL '.join(counted)})), (SELECT sum(number) FROM listed), "
        f"(SELECT sum(number) FROM ({' UNION ALL '.join(having)})) "
        "UNION ALL SELECT * FROM (SELECT value, number, NULL, NULL FROM listed ORDER BY number DESC, value LIMIT ?)"
    )
    rows: list[Any] = connection.execute(sql, (*sums.values, statistic.top)).fetchall()
    _, total, everything, with_any = (each or 0 for each in rows[0])
    shown = [ValueCount(value=value, count=number) for value, number, *_ in rows[1:]]
    other_values = everything - sum(each.count for each in shown)
    if counts.times:
        shown = _by_both(connection, sums, counts, shown, values)
    return msgspec.structs.replace(counts, total=total, values=shown, other=other_values, without=total - with_any)


def _numbers(level: Level) -> str:
    return f"{level.table}_numbers"


def _numbered(sums: Plan, level: Level) -> str:
    """(id, number) of the rows of a level, each part's by themselves."""
    parts = [part.sql for part in sums.parts if part.level is level]
    return " UNION ALL ".join(f"SELECT id, sum(count) FROM ({part}) GROUP BY id" for part in parts)


def _further(head: str) -> str:
    return f"{head.rstrip()}, " if head else "WITH "


def _by_both(
    connection: apsw.Connection, sums: Plan, counts: Counts, shown: list[ValueCount], values: _Values
) -> list[ValueCount]:
    """Each value that is shown by interval too: only their rows are looked up."""
    width = (counts.interval or 1) // _HOUR_SECONDS
    names = msgspec.json.encode([each.value for each in shown]).decode()
    found: dict[tuple[str, int], int] = {}
    for part in sums.parts:
        named = " UNION ALL ".join(values.selects(values.id(part.level), values.tables(part.level), "{} IN wanted"))
        joined = f"({part.sql})", "named"
        tables = " CROSS JOIN ".join(reversed(joined) if part.by_row else joined)
        sql = (
            f"{_further(sums.head)}wanted (value) AS MATERIALIZED (SELECT value FROM json_each(?)), "
            f"named (value, row) AS MATERIALIZED ({named}) "
            f"SELECT value, hour / {width} AS place, sum(count) FROM {tables} WHERE id = named.row "
            "GROUP BY value, place"
        )
        for value, place, number in connection.execute(sql, (*sums.values, names)):
            found[value, place] = found.get((value, place), 0) + number
    places = [each.start // (width * _HOUR_SECONDS) for each in counts.times]
    return [msgspec.structs.replace(each, times=[found.get((each.value, place), 0) for place in places]) for each in shown]
