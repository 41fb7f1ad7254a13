"""What an event has to fulfil to be counted, condition by condition, and which columns tell."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from podlynx.expressions.fields import Field
from podlynx.expressions.nodes import And, Node, Not, Or, Query, Words
from podlynx.store.protocol import Selection
from podlynx.store.sqlite.conditions import Condition, Table, condition


class Demand(NamedTuple):
    """A condition that events have to fulfil: the columns that tell, and its SQL over a table of that alias."""

    columns: frozenset[str]
    ask: Callable[[str], Condition]


def demands(selection: Selection, asked: Iterable[Node]) -> Iterable[Demand]:
    """All that an event has to fulfil, but whether it is dismissed, and its time."""
    masked = selection.namespaces is not None
    if selection.severity_min:
        yield Demand(frozenset({"severity"}), lambda alias: (f"{alias}.severity >= ?", (selection.severity_min,)))
    if masked:
        yield Demand(frozenset({"source_namespace", "dest_namespace"}), _seen)
    for node in asked:
        yield Demand(_needed(node, masked=masked), _matching(node, masked=masked))
    for query in selection.hidden:
        yield Demand(_needed(query.root, masked=False), _shown(query))


def _seen(alias: str) -> Condition:
    ends = (f"{alias}.{end}_namespace COLLATE BINARY IN visible" for end in ("source", "dest"))
    return f"({' OR '.join(ends)})", ()


def _matching(node: Node, *, masked: bool) -> Callable[[str], Condition]:
    return lambda alias: condition(node, Table(alias, masked=masked, traits=True))


def _shown(query: Query) -> Callable[[str], Condition]:
    def ask(alias: str) -> Condition:
        sql, values = condition(query.root, Table(alias, traits=True))
        return f"({sql}) IS NOT TRUE", values

    return ask


def _needed(node: Node, *, masked: bool) -> frozenset[str]:
    """The columns that a condition reads; full text is told by traits alone."""
    if isinstance(node, And | Or):
        return _needed(node.left, masked=masked) | _needed(node.right, masked=masked)
    if isinstance(node, Not):
        return _needed(node.operand, masked=masked)
    if isinstance(node, Words):
        return frozenset({"words"})
    field: Field | None = getattr(node, "field", None)
    return columns_of(field.columns, masked=masked) if field else frozenset()


def columns_of(names: Sequence[str], *, masked: bool) -> frozenset[str]:
    """These columns, and those which tell whether they may be seen (`Table.column`)."""
    found = set(names)
    for name in names if masked else ():
        end, _, part = name.partition("_")
        if part in {"name", "namespace"}:
            found.add(f"{end}_namespace")
        if name == "host":
            found.add("origin")
    return frozenset(found)


def all_of(demands: Iterable[Demand], alias: str) -> Condition:
    """All of them; `1` where there is none."""
    asked = [each.ask(alias) for each in demands]
    values: tuple[Any, ...] = tuple(value for _, each in asked for value in each)
    return " AND ".join(f"({sql})" for sql, _ in asked) or "1", values
