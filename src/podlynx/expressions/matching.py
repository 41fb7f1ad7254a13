"""Holds the conditions of an event filter against one document in memory: as a store does, so that both say the same."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from podlynx.expressions import values
from podlynx.expressions.fields import Field
from podlynx.expressions.nodes import And, Bound, Equals, Node, Not, Or, Present, Within

Document = Mapping[str, Any]
"""An event's fields, flat by their dotted names; a value may be a list: any of its items may match."""
_SECOND: Final = 1_000_000_000


def matches(node: Node, document: Document) -> bool:
    """Whether the document is meant. Raises TypeError for a condition that only a store can answer."""
    match node:
        case And(left, right):
            return matches(left, document) and matches(right, document)
        case Or(left, right):
            return matches(left, document) or matches(right, document)
        case Not(operand):
            return not matches(operand, document)
        case Equals(field, text, pattern):
            wanted = _pattern(text, wild=pattern)
            return any(wanted.fullmatch(_text(value)) for value in _found(field, document))
        case Within(field, low, high):
            return any(_lies(_comparable(field, value), low, high) for value in _found(field, document))
        case Present(field):
            return any(value != "" for value in _found(field, document))
    raise TypeError(f"no predicate for {node!r}")


def _found(field: Field, document: Document) -> list[Any]:
    value = document.get(field.path)
    found = value if isinstance(value, list | tuple) else [value]
    return [each for each in found if each is not None and not isinstance(each, Mapping)]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=4096)
def _pattern(text: str, *, wild: bool) -> re.Pattern[str]:
    """Letter case aside, as SQLite and the search engines understand it: that of ASCII."""
    parts = ({"*": ".*", "?": "."}.get(each, _letter(each)) if wild else _letter(each) for each in text)
    return re.compile("".join(parts), re.DOTALL)


def _letter(character: str) -> str:
    both = character.isascii() and character.isalpha()
    return f"[{character.lower()}{character.upper()}]" if both else re.escape(character)


def _comparable(field: Field, value: Any) -> Bound:
    """None where it is no number (address) that a store would compare."""
    text = str(value)
    if field.kind == "address":
        try:
            return values.address_key(text)
        except ValueError:
            return None
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) * (_SECOND if field.kind == "time" else 1)


def _lies(value: Bound, low: Bound, high: Bound) -> bool:
    if value is None:
        return False
    return (low is None or low <= value) and (high is None or value <= high)  # type: ignore[operator]
