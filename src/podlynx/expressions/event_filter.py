"""The filter over event documents of an AlertException (`selector`) and a SecurityEventWebhook (`query`).

`type = 'deep_packet_inspection' AND (severity >= 70 OR host IN {'node-1', 'edge-*'}) AND NOT dest_namespace = default`.
Operators, strongest first: comparison, NOT, AND, OR. Behind IN and NOTIN `*` stands for any text, `?` for any character. An
address may be a network (`dest_ip = '10.0.0.0/8'`), and `-` is an end without a name or namespace. Letter case does not count,
not even of AND, OR, NOT, IN and NOTIN. Nothing at all is every event.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import reduce
from typing import Final

import msgspec

from podlynx.expressions import values
from podlynx.expressions.conditions import compared
from podlynx.expressions.errors import ExpressionError, Span
from podlynx.expressions.event_fields import BY_PATH, OPEN, TYPE, as_number, event_field
from podlynx.expressions.fields import Field
from podlynx.expressions.matching import Document, matches
from podlynx.expressions.nodes import And, Bound, Equals, Node, Not, Or, Present, Query, Within
from podlynx.expressions.pratt import Grammar, Infix, Parser, Token, group
from podlynx.expressions.text import has_wildcard

MAX_FILTER: Final = 4096
"""Characters of a filter."""
_OR, _AND, _NOT = 10, 20, 30
_TOKENS: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<compare><=|>=|!=|=|<|>)
      | (?P<and>(?i:AND)\b) | (?P<or>(?i:OR)\b) | (?P<not>(?i:NOT)\b) | (?P<member>(?i:NOTIN|IN)\b)
      | (?P<word>[A-Za-z0-9_@.:/*?+-]+)
      | (?P<punctuation>[(){},])""",
    re.VERBOSE,
)
_FIELD_NAME: Final = re.compile(r"[A-Za-z0-9_@.-]+")
_NOBODY: Final = "-"
_NAMES: Final = ("_name", "_name_aggr", "_namespace")
_DECIMAL: Final = re.compile(r"-?\d{1,18}(\.\d{1,18})?")
_EPOCH: Final = datetime.fromtimestamp(0, UTC)


def _number(text: str) -> tuple[int, int]:
    """The whole numbers next to it from above and below: the same one, where it is whole. Raises ValueError."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return math.ceil(Decimal(text)), math.floor(Decimal(text))


_READERS: Final[dict[str, Callable[[str], tuple[Bound, Bound]]]] = {
    "number": _number,
    "address": values.address,
    "time": values.moment(_EPOCH),
}
_EXAMPLES: Final = {
    "number": "a number, such as 80",
    "address": "an address, or a network such as 10.0.0.0/8",
    "time": "a time, such as 2026-01-31, 2026-01-31T10:00Z or epoch seconds",
}


class EventFilter(msgspec.Struct, frozen=True):
    """A filter that was read: as conditions for a store, and as a predicate over one document."""

    query: Query

    def __call__(self, document: Document) -> bool:
        """Whether an event's fields, flat by their dotted names, are meant."""
        return matches(self.query.root, document)


def parse_event_filter(source: str) -> EventFilter:
    """The filter. Raises ExpressionError with the span of what cannot be understood."""
    if len(source) > MAX_FILTER:
        message = f"A filter may have at most {MAX_FILTER} characters."
        raise ExpressionError("too_long", message, source, Span(MAX_FILTER, MAX_FILTER + 1), "Ask for less at once.")
    tokens = _read(source)
    return EventFilter(Query(source, Parser(source, tokens, _GRAMMAR).parse() if tokens else Present(TYPE)))


def unknown_fields(source: str) -> list[str]:
    """A sentence for each field that no event of ours has: allowed, since other products' filters name them. Raises nothing."""
    try:
        leaves = parse_event_filter(source).query.leaves()
    except ExpressionError:
        return []
    asked = dict.fromkeys(leaf.field.path for leaf in leaves if isinstance(leaf, Equals | Within))
    return [_unknown(name) for name in asked if name not in BY_PATH and not name.startswith(OPEN)]


def _unknown(name: str) -> str:
    close = get_close_matches(name, BY_PATH, n=1)
    return f"no event has the field {name}" + (f": did you mean {close[0]}?" if close else "")


def _read(source: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(source):
        match = _TOKENS.match(source, at)
        if match is None:
            raise _unreadable(source, at)
        kind, text = match.lastgroup or "", match[0]
        if kind != "space":
            tokens.append(Token(text if kind == "punctuation" else kind, text, Span(at, match.end())))
        at = match.end()
    return tokens


def _unreadable(source: str, at: int) -> ExpressionError:
    if source[at] in "\"'":
        return ExpressionError("unclosed", "This quotation mark is never closed.", source, Span(at, at + 1))
    hint = "Join conditions with AND, OR and NOT." if source[at] in "&|!" else "Put values into quotes."
    return ExpressionError("unexpected", f"{source[at]!r} does not belong here.", source, Span(at, at + 1), hint)


def _negation(parser: Parser[Node], _token: Token) -> Node:
    return Not(parser.expression(_NOT))


def _condition(parser: Parser[Node], token: Token) -> Node:
    """A field and the operator that must follow it."""
    field, sign = _field(parser, token), parser.take()
    if sign.kind == "member":
        found = reduce(Or, [_equal(parser, field, value, wild=True) for value in _values(parser, sign)])
        return found if sign.text.upper() == "IN" else Not(found)
    if sign.kind != "compare":
        hint = f"Write {field.name} = 'value', {field.name} IN {{'a', 'b'}}, or another comparison."
        raise parser.error("unexpected", f"Behind the field {field.name!r} a comparison is missing.", token, hint)
    value = _value(parser, sign)
    if sign.text in ("=", "!="):
        equal = _equal(parser, field, value, wild=False)
        return equal if sign.text == "=" else Not(equal)
    return _ordered(parser, field, sign, value)


def _field(parser: Parser[Node], token: Token) -> Field:
    name = token.text[1:-1] if token.kind == "string" else token.text
    if not _FIELD_NAME.fullmatch(name):
        raise parser.error(
            "bad_field", f"{name!r} is no name of a field.", token, "Write the field first, such as severity >= 70."
        )
    return event_field(name)


def _equal(parser: Parser[Node], field: Field, token: Token, *, wild: bool) -> Node:
    text = _text(token)
    pattern = wild and has_wildcard(text)
    if text == _NOBODY and field.path.endswith(_NAMES):
        return Equals(field, "", pattern=False)
    if field.kind == "keyword" or (field.kind == "address" and pattern):
        return Equals(field, text, pattern)
    return Within(field, *_interval(parser, field, token))


def _ordered(parser: Parser[Node], field: Field, sign: Token, token: Token) -> Node:
    if field.kind == "keyword" and not field.columns:
        field = as_number(field)
    if field.kind == "keyword":
        hint = f"Write {field.name} = 'text', or {field.name} IN {{'te*'}} with a wildcard."
        raise parser.error("not_ordered", f"{field.name} is text: it has no greater and less.", sign, hint)
    return compared(field, sign.text, *_interval(parser, field, token))


def _interval(parser: Parser[Node], field: Field, token: Token) -> tuple[Bound, Bound]:
    text = _text(token)
    try:
        if text.startswith("now"):  # what is written in a resource stands: it must not mean something else each day
            raise ValueError(text)
        return _READERS[field.kind](text)
    except (ValueError, OverflowError):
        hint = f"Write {_EXAMPLES[field.kind]}."
        raise parser.error("bad_value", f"{text!r} is no {field.kind} that {field.name} could have.", token, hint) from None


def _value(parser: Parser[Node], sign: Token) -> Token:
    token = parser.take()
    if token.kind not in ("string", "word"):
        raise parser.error("no_value", f"Behind {sign.text} a value is missing.", sign, "Write a number, or text in quotes.")
    return token


def _text(token: Token) -> str:
    return re.sub(r"\\(.)", r"\1", token.text[1:-1]) if token.kind == "string" else token.text


def _values(parser: Parser[Node], sign: Token) -> list[Token]:
    opened = parser.take()
    if opened.kind != "{":
        raise parser.error("no_value", f"Behind {sign.text} a set is missing.", sign, "Write {'a', 'b'}.")
    found = [_value(parser, opened)]
    while parser.peek().kind == ",":
        found.append(_value(parser, parser.take()))
    parser.expect("}", "This set is never closed.", opened)
    return found


_GRAMMAR: Final = Grammar[Node](
    prefix={"(": group, "not": _negation, "word": _condition, "string": _condition},
    infix={"and": Infix(_AND, And), "or": Infix(_OR, Or)},
    closing=frozenset({")"}),
)
