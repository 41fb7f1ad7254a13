"""How a query is asked so that what is rare is looked up and what is frequent is met on the way.

The answers are those of `conditions.condition`; only the work differs. What all events of a trait share is asked of `traits`, of
which there are few. A list by time then either begins at the traits that match, or goes through the events newest first,
whichever ends sooner.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Final, NamedTuple

import apsw

from podlynx.expressions.nodes import Node, Query, Words
from podlynx.store.sqlite.conditions import TRUE, Condition, Table, condition, of_requests, phrase
from podlynx.store.sqlite.levels import conjuncts, joined, of_trait

FREQUENT_TRAITS: Final = 2_000
"""Traits (or requests) that match: with more, going through the events meets enough of them soon."""
FREE_WORDS: Final = 3
"""Words without a field whose places in trait and request are gone through one by one."""
FREQUENT_EVENTS: Final = 50_000
"""Events in the groups of the traits that match, likewise."""


def of_groups(query: Query, *, masked: bool) -> Condition:
    """Groups `g` with an event that matches."""
    nodes = list(conjuncts(query.root))
    free = [node for node in nodes if isinstance(node, Words) and node.field is None]
    shared = [node for node in nodes if of_trait(node)]
    if len(free) + len(shared) < len(nodes):
        return _by_events(query, masked=masked)
    if len(free) > FREE_WORDS:
        return _by_events(query, masked=masked)
    return _by_traits(shared, free, masked=masked)


def _by_events(query: Query, *, masked: bool) -> Condition:
    sql, values = condition(query.root, Table("e", masked))
    return f"g.id IN (SELECT e.group_id FROM events e WHERE {sql})", values


def _by_traits(shared: list[Node], free: list[Words], *, masked: bool) -> Condition:
    """Each free word stands in the trait, or in the request of an event that all such words of requests are of."""
    parts: list[str] = []
    bound: list[int | str | bytes] = []
    for number in range(len(free) + 1):
        for requested in combinations(free, number):
            named = [node for node in free if not any(node is each for each in requested)]
            sql, values = _combined([*shared, *named], requested, masked=masked)
            parts.append(f"({sql})")
            bound += values
    return f"g.id IN (SELECT t.group_id FROM traits t WHERE {' OR '.join(parts)})", tuple(bound)


def _combined(named: list[Node], requested: Sequence[Words], *, masked: bool) -> Condition:
    parts: list[Condition] = []
    if (root := joined(named)) is not None:
        parts.append(condition(root, Table("t", masked, traits=True)))
    if requested:
        said = [of_requests(node, Table("e", masked)) for node in requested]
        where = " AND ".join(sql for sql, _ in said)
        values = tuple(value for _, each in said for value in each)
        parts.append((f"t.id IN (SELECT e.trait_id FROM events e WHERE {where})", values))
    return " AND ".join(sql for sql, _ in parts) or "1", tuple(value for _, each in parts for value in each)


class Narrowed(NamedTuple):
    """Events `e` that match. `rare`: they are looked up by their traits, so that reading each event is what costs."""

    condition: Condition
    rare: bool


def of_events(connection: apsw.Connection, query: Query, head: str, visible: tuple[str, ...], *, masked: bool) -> Narrowed:
    """Asked so that a list by time is short work."""
    shared: list[Node] = []
    others: list[Node] = []
    for node in conjuncts(query.root):
        (shared if of_trait(node) or _in_no_request(connection, node) else others).append(node)
    parts: list[Condition] = []
    if shared:
        sql, values = condition(joined(shared) or query.root, Table("t", masked, traits=True))
        if _frequent(connection, head, visible, (sql, values)):
            parts.append(condition(joined(shared) or query.root, Table("e", masked, walked=True)))
        else:
            parts.append((f"e.trait_id IN (SELECT t.id FROM traits t WHERE {sql})", values))
    rare_already = bool(shared) and "SELECT t.id FROM traits t" in parts[0][0]
    for node in others:
        walked = rare_already or (isinstance(node, Words) and _frequent_words(connection, node))
        parts.append(condition(node, Table("e", masked, walked=walked)))
    if not parts:
        return Narrowed(TRUE, rare=False)
    told = " AND ".join(sql for sql, _ in parts), tuple(value for _, each in parts for value in each)
    return Narrowed(told, rare_already)


def _in_no_request(connection: apsw.Connection, node: Node) -> bool:
    """Whether these are words without a field that no request has, so that only traits may have them."""
    if not isinstance(node, Words) or node.field is not None:
        return False
    sql = "SELECT EXISTS (SELECT 1 FROM request_words WHERE request_words MATCH ?)"
    return not connection.execute(sql, (phrase(node),)).get


def _frequent(connection: apsw.Connection, head: str, visible: tuple[str, ...], matching: Condition) -> bool:
    sql, values = matching
    few = f"SELECT t.group_id FROM traits t WHERE {sql} LIMIT {FREQUENT_TRAITS}"
    groups = [row[0] for row in connection.execute(f"{head}{few}", (*visible, *values))]
    if len(groups) >= FREQUENT_TRAITS:
        return True
    listed = ", ".join(map(str, set(groups))) or "NULL"
    return int(connection.execute(f"SELECT ifnull(sum(count), 0) FROM groups WHERE id IN ({listed})").get) > FREQUENT_EVENTS


def _frequent_words(connection: apsw.Connection, node: Words) -> bool:
    """Whether the words stand in many traits or requests, whoever may see them."""
    sql, values = condition(node, Table("e"))
    parts = [part for part in ("words", "request_words") if f"FROM {part} " in sql]
    for part, value in zip(parts, values, strict=False):
        few = f"SELECT count(*) FROM (SELECT 1 FROM {part} WHERE {part} MATCH ? LIMIT {FREQUENT_TRAITS})"
        if int(connection.execute(few, (value,)).get) >= FREQUENT_TRAITS:
            return True
    return False
