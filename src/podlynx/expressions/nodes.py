"""The tree of an event query: immutable, and already resolved (fields known, numbers and addresses parsed)."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from podlynx.expressions.fields import Field

Bound = int | bytes | None
"""An end of a range: a number, a time in nanoseconds, or an address as 16 bytes; None is open."""


class Node(msgspec.Struct, frozen=True):
    """Base of all nodes."""


class And(Node, frozen=True):
    """Both hold."""

    left: Node
    right: Node


class Or(Node, frozen=True):
    """At least one holds."""

    left: Node
    right: Node


class Not(Node, frozen=True):
    """The operand does not hold."""

    operand: Node


class Equals(Node, frozen=True):
    """The field is this text, letter case aside; `*` and `?` are wildcards where `pattern` is true."""

    field: Field
    text: str
    pattern: bool


class Within(Node, frozen=True):
    """The field lies between two bounds, each included."""

    field: Field
    low: Bound
    high: Bound


class Words(Node, frozen=True):
    """The words stand one after the other in the field (in any searched field where it is None); the last may be a prefix."""

    field: Field | None
    words: tuple[str, ...]
    prefix: bool


class Present(Node, frozen=True):
    """The field has a value (`field:*`)."""

    field: Field


Level = Literal["group", "event"]


class Query(msgspec.Struct, frozen=True):
    """A parsed query, with the text it came from."""

    source: str
    root: Node

    def leaves(self) -> Iterator[Node]:
        """The conditions, without what joins them."""
        return _leaves(self.root)

    @property
    def level(self) -> Level:
        """`group` where every field asked for is the same for all events of a group, so that no event need be read."""
        fields = (getattr(leaf, "field", None) for leaf in self.leaves())
        return "group" if all(field is not None and field.level == "group" for field in fields) else "event"


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, And | Or):
        yield from _leaves(node.left)
        yield from _leaves(node.right)
    elif isinstance(node, Not):
        yield from _leaves(node.operand)
    else:
        yield node
