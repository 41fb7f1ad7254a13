"""What events share is kept at levels: of traits, and coarser ones of rules and of places. Which conditions they can tell."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from podlynx.expressions.nodes import And, Node, Not, Or, Query, Within, Words
from podlynx.store.sqlite.conditions import Fixed
from podlynx.store.sqlite.rows import PlaceColumns, RuleColumns, TraitColumns, WordColumns

_TEXTS: Final = frozenset(WordColumns._fields)


class Level(NamedTuple):
    """A table of what events share, `columns` of it, and that of its sums: (hour, `column` the row's id, count)."""

    table: str
    hours: str
    column: str
    columns: frozenset[str]


TRAITS: Final = Level("traits", "hourly", "trait_id", frozenset(TraitColumns._fields))
RULES: Final = Level("rules", "rule_hours", "rule_id", frozenset(RuleColumns._fields))
PLACES: Final = Level("places", "place_hours", "place_id", frozenset(PlaceColumns._fields))


def of_trait(node: Node) -> bool:
    """Whether it asks for nothing but traits."""
    if isinstance(node, And | Or):
        return of_trait(node.left) and of_trait(node.right)
    if isinstance(node, Not):
        return of_trait(node.operand)
    field = getattr(node, "field", None)
    if field is None or not field.columns:
        return isinstance(node, Fixed)
    return set(field.columns) <= (_TEXTS if isinstance(node, Words) else TRAITS.columns)


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


def of_request(node: Node) -> Iterator[Words]:
    """The words in it that may stand in a request."""
    if isinstance(node, And | Or):
        yield from of_request(node.left)
        yield from of_request(node.right)
    elif isinstance(node, Not):
        yield from of_request(node.operand)
    elif isinstance(node, Words) and (node.field is None or node.field.columns == ("http",)):
        yield node


def given(node: Node, found: frozenset[Words]) -> Node:
    """What the node asks of a trait whose event's request has just those of its words. A free word may stand in the trait too."""
    match node:
        case And(left, right):
            return And(given(left, found), given(right, found))
        case Or(left, right):
            return Or(given(left, found), given(right, found))
        case Not(operand):
            return Not(given(operand, found))
        case Words(field) if node in found:
            return Fixed(holds=True)
        case Words(field) if field is not None and field.columns == ("http",):
            return Fixed(holds=False)
    return node
