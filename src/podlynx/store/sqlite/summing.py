"""Counts by the sums of hours and traits, where what is asked for is the same for all events of a trait: no event is read.

Only where packet time is bounded within an hour, or where a group is dismissed in part, are these few events counted one by one.
"""

from typing import Any, Final, NamedTuple

import apsw
import msgspec

from podlynx.expressions.fields import Field
from podlynx.expressions.nodes import Node, Within
from podlynx.models.counts import Counts, IntervalCount, ValueCount
from podlynx.store.intervals import starts, width_for
from podlynx.store.protocol import Statistic
from podlynx.store.sqlite.alert_rows import EVENT_OPEN
from podlynx.store.sqlite.conditions import Condition, Table, condition
from podlynx.store.sqlite.hiding import Hiding
from podlynx.store.sqlite.levels import all_of_trait, conjuncts, is_time, joined, of_trait
from podlynx.store.sqlite.listing import events, head_of, seen
from podlynx.store.sqlite.rows import TraitColumns
from podlynx.store.sqlite.traits import HOUR

_SECOND: Final = 1_000_000_000
_HOUR_SECONDS: Final = 3600
_END: Final = 2**63 - 1
MANY_TRAITS: Final = 2_000
"""Traits that match: with more, going through all sums in order is less work than looking each up."""
_PURE: Final = {None: "1", False: "g.open_count = g.count", True: "g.open_count = 0"}
_MIXED: Final = "g.open_count > 0 AND g.open_count < g.count"

Value = int | str | bytes


class Sums(NamedTuple):
    """A statistic that can be answered by sums: `head` begins its statements and binds `values`.

    `parts` are SELECTs of (trait_id, hour, count).
    """

    head: str
    values: tuple[Value, ...]
    parts: tuple[str, ...]


def summed(connection: apsw.Connection, statistic: Statistic) -> Counts | None:
    """What the statistic asks for; None where only the events themselves can tell."""
    field, query = statistic.field, statistic.query
    nodes = list(conjuncts(query.root)) if query else []
    asked = [node for node in nodes if not is_time(node)]
    countable = field is None or (bool(field.columns) and set(field.columns) <= set(TraitColumns._fields))
    if not countable or not all(map(of_trait, asked)) or not all_of_trait(statistic.hidden):
        return None
    sums = _sums(connection, statistic, asked, _bounds([node for node in nodes if is_time(node)]))
    counts = _by_time(connection, sums, statistic)
    if counts is None or field is None:
        return counts
    return _by_value(connection, sums, counts, statistic, field)


def _bounds(nodes: list[Node]) -> tuple[int, int]:
    """The first and the last nanosecond that count."""
    low, high = 0, _END
    for node in nodes:
        if isinstance(node, Within):
            low = max(low, node.low) if isinstance(node.low, int) else low
            high = min(high, node.high) if isinstance(node.high, int) else high
    return low, high


def _sums(connection: apsw.Connection, statistic: Statistic, asked: list[Node], bounds: tuple[int, int]) -> Sums:
    where, values = _chosen(statistic, asked)
    head, visible = head_of(statistic)
    everything = where == "1" and (statistic.dismissed is None or not _any_dismissed(connection, statistic))
    begin, end = -(-bounds[0] // HOUR), (bounds[1] + 1) // HOUR  # whole hours: from `begin` up to but without `end`
    within = "true" if bounds == (0, _END) else f"hour >= {begin} AND hour < {end}"
    whole = f"SELECT trait_id, hour, count FROM hourly WHERE {within}"
    edges = [(bounds[0], min(begin * HOUR - 1, bounds[1])), (max(end * HOUR, begin * HOUR, bounds[0]), bounds[1])]
    counted = "SELECT e.trait_id, e.time / {hour} AS hour, 1 AS count FROM events e WHERE e.time BETWEEN {low} AND {high}"
    parts = [whole, *(counted.format(hour=HOUR, low=low, high=high) for low, high in edges if low <= high < _END)]
    if everything:
        return Sums(head, visible, tuple(parts))
    tables = "traits e CROSS JOIN groups g ON g.id = e.group_id"
    pure, mixed = f"{where} AND {_PURE[statistic.dismissed]}", f"{where} AND {_MIXED}"
    head = f"{head}, " if head else "WITH "
    head += f"chosen (id) AS MATERIALIZED (SELECT e.id FROM {tables} WHERE {pure})"
    many = int(connection.execute(f"{head} SELECT count(*) FROM chosen", (*visible, *values)).get) > MANY_TRAITS
    parts = [f"{part} AND {'+' if many else ''}trait_id IN chosen" for part in parts]
    if statistic.dismissed is None:
        return Sums(f"{head} ", (*visible, *values), tuple(parts))
    state = EVENT_OPEN if statistic.dismissed is False else f"NOT {EVENT_OPEN}"
    parts.append(
        f"SELECT e.trait_id, e.time / {HOUR} AS hour, 1 AS count FROM partly CROSS JOIN events e ON e.trait_id = partly.id "
        f"CROSS JOIN groups g ON g.id = e.group_id WHERE {state} AND e.time BETWEEN {bounds[0]} AND {bounds[1]}"
    )
    head += f", partly (id) AS MATERIALIZED (SELECT e.id FROM {tables} WHERE {mixed}) "
    return Sums(head, (*visible, *values, *values), tuple(parts))


def _any_dismissed(connection: apsw.Connection, statistic: Statistic) -> bool:
    """Whether groups have to be told apart by their state."""
    found = connection.execute("SELECT EXISTS (SELECT 1 FROM groups WHERE open_count < count)").get
    return statistic.dismissed is True or bool(found)


def _chosen(statistic: Statistic, asked: list[Node]) -> Condition:
    """The traits that match, with `e` a trait and `g` its group; `1` where all do."""
    parts: list[Condition] = []
    if statistic.severity_min:
        parts.append(("e.severity >= ?", (statistic.severity_min,)))
    if statistic.namespaces is not None:
        parts.append((seen(statistic), ()))
    if (root := joined(asked)) is not None:
        parts.append(condition(root, Table("e", masked=statistic.namespaces is not None, traits=True)))
    if statistic.hidden:
        parts.append(Hiding(statistic.hidden).event_shown("e", traits=True))
    values = tuple(value for _, each in parts for value in each)
    return " AND ".join(f"({sql})" for sql, _ in parts) or "1", values


def _by_time(connection: apsw.Connection, sums: Sums, statistic: Statistic) -> Counts | None:
    """The total and the intervals; None where these are no whole hours."""
    hours: dict[int, int] = {}
    for part in sums.parts:
        sql = f"{sums.head}SELECT hour, sum(count) FROM ({part}) GROUP BY hour"
        for hour, number in connection.execute(sql, sums.values):
            hours[hour] = hours.get(hour, 0) + number
    total = sum(hours.values())
    if not total or not (statistic.interval or statistic.intervals):
        return Counts(total=total, interval=statistic.interval)
    first, last = _ends(connection, statistic, min(hours), max(hours))
    step = statistic.interval or width_for(first, last, statistic.intervals or 1)
    begins = starts(first, last, step)
    if step % _HOUR_SECONDS:
        return None
    found: dict[int, int] = {}
    for hour, number in hours.items():
        place = hour * _HOUR_SECONDS // step
        found[place] = found.get(place, 0) + number
    return Counts(total=total, interval=step, times=[IntervalCount(start, found.get(start // step, 0)) for start in begins])


def _ends(connection: apsw.Connection, statistic: Statistic, first: int, last: int) -> tuple[int, int]:
    """The first and the last packet time, by the events of these two hours."""
    listing = events(statistic)
    found = []
    for hour, least in ((first, "min"), (last, "max")):
        sql = f"{listing.head}SELECT {least}(e.time) FROM {listing.tables} WHERE e.time BETWEEN ? AND ? AND {listing.where}"
        found.append(int(connection.execute(sql, listing.bound(hour * HOUR, (hour + 1) * HOUR - 1)).get))
    return found[0], found[1]


def _by_value(connection: apsw.Connection, sums: Sums, counts: Counts, statistic: Statistic, field: Field) -> Counts:
    table = Table("t", masked=statistic.namespaces is not None)
    columns = [f"({table.column(column)} || '')" for column in field.columns]
    numbers = " UNION ALL ".join(f"SELECT trait_id, sum(count) AS number FROM ({part}) GROUP BY trait_id" for part in sums.parts)
    one, *others = columns
    named = f"SELECT {one} AS value, number FROM numbers CROSS JOIN traits t ON t.id = trait_id"
    for other in others:
        named += (
            f" UNION ALL SELECT {other}, number FROM numbers CROSS JOIN traits t ON t.id = trait_id WHERE {other} IS NOT {one}"
        )
    head = f"{sums.head.rstrip()}, " if sums.head else "WITH "
    head += f"numbers (trait_id, number) AS MATERIALIZED ({numbers}) "
    sql = (
        f"{head}SELECT value, number, sum(number) OVER () FROM "
        f"(SELECT value, sum(number) AS number FROM ({named}) WHERE value <> '' GROUP BY value) "
        "ORDER BY number DESC, value LIMIT ?"
    )
    rows: list[Any] = connection.execute(sql, (*sums.values, statistic.top)).fetchall()
    shown = [ValueCount(value=value, count=number) for value, number, _ in rows]
    everything = having = rows[0][2] if rows else 0
    if others:
        any_value = " OR ".join(f"{column} <> ''" for column in columns)
        sql = f"{head}SELECT sum(number) FROM numbers CROSS JOIN traits t ON t.id = trait_id WHERE {any_value}"
        having = int(connection.execute(sql, sums.values).get or 0)
    other_values = everything - sum(each.count for each in shown)
    if counts.times:
        shown = _by_both(connection, sums, counts, shown, columns)
    return msgspec.structs.replace(counts, values=shown, other=other_values, without=counts.total - having)


def _by_both(
    connection: apsw.Connection, sums: Sums, counts: Counts, shown: list[ValueCount], columns: list[str]
) -> list[ValueCount]:
    """Each value that is shown by interval too: only their traits are looked up."""
    width = (counts.interval or 1) // _HOUR_SECONDS
    one, *others = columns
    traits = f"SELECT t.id AS trait, {one} AS value FROM traits t WHERE {one} IN wanted"
    for other in others:
        traits += f" UNION ALL SELECT t.id, {other} FROM traits t WHERE {other} IN wanted AND {other} IS NOT {one}"
    head = f"{sums.head.rstrip()}, " if sums.head else "WITH "
    head += f"wanted (value) AS MATERIALIZED (SELECT value FROM json_each(?)), named (trait, value) AS MATERIALIZED ({traits}) "
    names = msgspec.json.encode([each.value for each in shown]).decode()
    found: dict[tuple[str, int], int] = {}
    for part in sums.parts:
        sql = (
            f"{head}SELECT value, hour / {width} AS place, sum(count) FROM named CROSS JOIN ({part}) ON trait_id = trait "
            "GROUP BY value, place"
        )
        for value, place, number in connection.execute(sql, (*sums.values, names)):
            found[value, place] = found.get((value, place), 0) + number
    places = [each.start // (width * _HOUR_SECONDS) for each in counts.times]
    return [msgspec.structs.replace(each, times=[found.get((each.value, place), 0) for place in places]) for each in shown]
