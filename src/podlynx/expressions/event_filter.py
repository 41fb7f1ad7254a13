"""The filter over event documents of an AlertException (`selector`) and a SecurityEventWebhook (`query`).

`type = 'deep_packet_inspection' AND (severity >= 70 OR host IN {'node-1', 'edge-*'}) AND NOT dest_namespace = default`.
Operators, strongest first: comparison, NOT, AND, OR. Behind IN and NOTIN `*` stands for any text, `?` for any character. Nothing
at all is every event.
"""

import operator
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from podlynx.expressions.errors import ExpressionError, Span
from podlynx.expressions.pratt import Grammar, Infix, Parser, Token, group

Document = Mapping[str, Any]
EventFilter = Callable[[Document], bool]
"""Whether an event's fields, flat by their dotted names, are meant."""

MAX_FILTER: Final = 4096
"""Characters of a filter."""
_OR, _AND, _NOT = 10, 20, 30
_TOKENS: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<compare><=|>=|!=|=|<|>)
      | (?P<and>AND\b) | (?P<or>OR\b) | (?P<not>NOT\b) | (?P<member>(?:NOTIN|IN)\b)
      | (?P<word>[A-Za-z0-9_@.:/*?+-]+)
      | (?P<punctuation>[(){},])""",
    re.VERBOSE,
)
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def parse_event_filter(source: str) -> EventFilter:
    """The predicate of a filter. Raises ExpressionError with the span of what cannot be understood."""
    if len(source) > MAX_FILTER:
        message = f"A filter may have at most {MAX_FILTER} characters."
        raise ExpressionError("too_long", message, source, Span(MAX_FILTER, MAX_FILTER + 1), "Ask for less at once.")
    tokens = _read(source)
    return Parser(source, tokens, _GRAMMAR).parse() if tokens else lambda _document: True


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


def _negation(parser: Parser[EventFilter], _token: Token) -> EventFilter:
    inner = parser.expression(_NOT)
    return lambda document: not inner(document)


def _condition(parser: Parser[EventFilter], field: Token) -> EventFilter:
    """A field and the operator that must follow it."""
    name, sign = field.text, parser.take()
    if sign.kind == "member":
        # Only * and ? are wild: fnmatch would read brackets too.
        values, inside = [value.replace("[", "[[]") for value in _values(parser, sign)], sign.text == "IN"
        return lambda document: any(fnmatchcase(_text(document.get(name)), value) for value in values) is inside
    if sign.kind != "compare":
        hint = f"Write {name} = 'value', {name} IN {{'a', 'b'}}, or another comparison."
        raise parser.error("unexpected", f"Behind the field {name!r} a comparison is missing.", field, hint)
    value = _value(parser, sign)
    if sign.text in _ORDERS:
        return _ordered(name, _ORDERS[sign.text], value)
    return lambda document: (name in document and _text(document[name]) == value) is (sign.text == "=")


def _ordered(name: str, holds: Callable[[Any, Any], bool], value: str) -> EventFilter:
    def compared(document: Document) -> bool:
        left, right = _number(_text(document.get(name))), _number(value)
        if left is not None and right is not None:
            return holds(left, right)
        return name in document and holds(_text(document[name]), value)

    return compared


def _value(parser: Parser[EventFilter], sign: Token) -> str:
    token = parser.take()
    if token.kind == "string":
        return re.sub(r"\\(.)", r"\1", token.text[1:-1])
    if token.kind != "word":
        raise parser.error("no_value", f"Behind {sign.text} a value is missing.", sign, "Write a number, or text in quotes.")
    return token.text


def _values(parser: Parser[EventFilter], sign: Token) -> list[str]:
    opened = parser.take()
    if opened.kind != "{":
        raise parser.error("no_value", f"Behind {sign.text} a set is missing.", sign, "Write {'a', 'b'}.")
    values = [_value(parser, opened)]
    while parser.peek().kind == ",":
        values.append(_value(parser, parser.take()))
    parser.expect("}", "This set is never closed.", opened)
    return values


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _all(left: EventFilter, right: EventFilter) -> EventFilter:
    return lambda document: left(document) and right(document)


def _any(left: EventFilter, right: EventFilter) -> EventFilter:
    return lambda document: left(document) or right(document)


_GRAMMAR: Final = Grammar[EventFilter](
    prefix={"(": group, "not": _negation, "word": _condition, "string": _condition},
    infix={"and": Infix(_AND, _all), "or": Infix(_OR, _any)},
    closing=frozenset({")"}),
)
