"""Which conditions of a query are the same for all events of a trait, so that no event need be read."""

from collections.abc import Iterator
from typing import Final

from podlynx.expressions.nodes import And, Node, Not, Or, Query, Within, Words
from podlynx.store.sqlite.rows import TraitColumns, WordColumns

_COLUMNS: Final = frozenset(TraitColumns._fields)
_TEXTS: Final = frozenset(WordColumns._fields)


def of_trait(node: Node) -> bool:
    """Whether it asks for nothing but traits."""
    if isinstance(node, And | Or):
        return of_trait(node.left) and of_trait(node.right)
    if isinstance(node, Not):
        return of_trait(node.operand)
    field = getattr(node, "field", None)
    if field is None or not field.columns:
        return False
    return set(field.columns) <= (_TEXTS if isinstance(node, Words) else _COLUMNS)


def conjuncts(node: Node) -> Iterator[Node]:
    """The conditions that all have to hold."""
    if isinstance(node, And):
        yield from conjuncts(node.left)
        yield from conjuncts(node.right)
    else:
        yield node


def joined(nodes: list[Node]) -> Node | None:
    """All of them; None where there is none."""
    found: Node | None = None
    for node in nodes:
        found = node if found is None else And(found, node)
    return found


def is_time(node: Node) -> bool:
    """Whether it bounds the packet time."""
    return isinstance(node, Within) and node.field.kind == "time"


def all_of_trait(queries: tuple[Query, ...]) -> bool:
    """Whether none of these asks for more than traits."""
    return all(of_trait(query.root) for query in queries)
