"""Turns one value of an event query, with the field it is asked of, into a condition of the tree."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from podlynx.expressions import values
from podlynx.expressions.errors import ExpressionError
from podlynx.expressions.fields import BY_NAME, Field
from podlynx.expressions.nodes import And, Bound, Equals, Node, Or, Present, Within, Words
from podlynx.expressions.pratt import Parser, Token
from podlynx.expressions.text import has_wildcard, words
from podlynx.expressions.tokens import range_of, unquoted

Interval = tuple[Bound, Bound]

_RULE_ID: Final = re.compile(r"(\d{1,9}):(\d{1,10})(?::(\d{1,9}))?")
_OPEN: Final = "*"
_EXAMPLES: Final = {
    "number": "a number, such as 443, >=70 or [80 TO 443]",
    "address": "an address, a network such as 10.0.0.0/8, or 10.0.*",
    "time": "a time, such as 2026-01-31, 2026-01-31T10:00Z, >now-15m or [now-1d TO now-1h]",
}


class Conditions:
    """Makes conditions of one query. `now` is what relative times are seen from."""

    def __init__(self, now: datetime) -> None:
        self._readers: dict[str, Callable[[str], Interval]] = {
            "number": values.number,
            "address": values.address,
            "time": values.moment(now),
        }

    def of_word(self, parser: Parser[Node], field: Field, token: Token) -> Node:
        """`field:value`, where the value is a bare word."""
        if field.kind == "words":
            return _words(parser, field, token)
        if token.text == _OPEN:
            return Present(field)
        if field.kind == "keyword" or (field.kind == "address" and has_wildcard(token.text)):
            return _equals(field, token.text, pattern=has_wildcard(token.text))
        return Within(field, *self._interval(parser, field, token, token.text))

    def of_quoted(self, parser: Parser[Node], field: Field, token: Token) -> Node:
        """`field:"value"`: no wildcards."""
        text = unquoted(token.text)
        if field.kind == "words":
            return _phrase(parser, field, token, text)
        if field.kind == "keyword":
            return _equals(field, text, pattern=False)
        return Within(field, *self._interval(parser, field, token, text))

    def of_comparison(self, parser: Parser[Node], field: Field, sign: Token, value: Token) -> Node:
        """`field:>=value`. The value may be an interval itself (a day, a network): then its outer end counts."""
        _check_ordered(parser, field, sign)
        low, high = self._interval(parser, field, value, value.text)
        return compared(field, sign.text, low, high)

    def of_range(self, parser: Parser[Node], field: Field, token: Token) -> Node:
        """`field:[low TO high]`, both ends included, `{low TO high}`, both left out; `*` is open."""
        _check_ordered(parser, field, token)
        asked = range_of(token.text)
        low = high = None
        if asked.first != _OPEN:
            inner, outer = self._interval(parser, field, token, asked.first)
            low = inner if asked.with_first else _step(outer, 1)
        if asked.last != _OPEN:
            outer, inner = self._interval(parser, field, token, asked.last)
            high = inner if asked.with_last else _step(outer, -1)
        return Within(field, low, high)

    def free(self, parser: Parser[Node], token: Token) -> Node:
        """Text without a field. An address or a rule's id means what it says; everything else is searched for."""
        if token.kind == "quoted":
            return _phrase(parser, None, token, unquoted(token.text))
        if rule := _RULE_ID.fullmatch(token.text):
            return _rule(rule)
        try:
            return Within(BY_NAME["ip"], *values.address(token.text))
        except ValueError:
            return _words(parser, None, token)

    def _interval(self, parser: Parser[Node], field: Field, token: Token, text: str) -> Interval:
        try:
            return self._readers[field.kind](text)
        except (ValueError, OverflowError):
            hint = f"Write {_EXAMPLES[field.kind]}."
            raise parser.error("bad_value", f"{text!r} is no {field.kind} that {field.name} could have.", token, hint) from None


def _equals(field: Field, text: str, *, pattern: bool) -> Node:
    """The whole value. A resource is also meant by its name, or by `namespace/name`: people do not write `dpi.` before it."""
    asked = Equals(field, text, pattern)
    if field.name != "origin" or text.startswith(("dpi.", _OPEN)):
        return asked
    whole = Equals(field, f"dpi.{text}", pattern) if "/" in text else Equals(field, f"dpi.*/{text}", pattern=True)
    return Or(asked, whole)


def compared(field: Field, sign: str, low: Bound, high: Bound) -> Node:
    """The field on that side (`>=`, `>`, `<=`, `<`) of a value, which reaches from `low` to `high`."""
    match sign:
        case ">=":
            return Within(field, low, None)
        case ">":
            return Within(field, _step(high, 1), None)
        case "<=":
            return Within(field, None, high)
        case _:
            return Within(field, None, _step(low, -1))


def _step(bound: Bound, by: int) -> Bound:
    """The neighbour of a bound, that it may be left out. Past either end of its kind nothing lies: then the bound stays."""
    if isinstance(bound, bytes):
        moved = int.from_bytes(bound) + by
        return moved.to_bytes(16) if 0 <= moved < 2**128 else bound
    return None if bound is None else max(-1, min(bound + by, values.MAX_NUMBER))


def _check_ordered(parser: Parser[Node], field: Field, token: Token) -> None:
    if field.kind in ("keyword", "words"):
        hint = f"Write {field.name}:text, or {field.name}:te* with a wildcard."
        raise parser.error("not_ordered", f"{field.name} is text: it has no greater and less.", token, hint)


def _rule(match: re.Match[str]) -> Node:
    names = ("gid", "sid", "rev")
    conditions = [Within(BY_NAME[name], int(part), int(part)) for name, part in zip(names, match.groups(), strict=True) if part]
    node: Node = conditions[0]
    for condition in conditions[1:]:
        node = And(node, condition)
    return node


def _words(parser: Parser[Node], field: Field | None, token: Token) -> Node:
    """A bare word, that may end in `*`: then its last word may go on."""
    text = token.text.removesuffix("*")
    if has_wildcard(text):
        hint = "Write the word out, or its beginning and a * at its end."
        raise _wildcard_inside(parser, token, hint)
    found = words(text)
    if not found:
        raise _no_words(parser, token)
    return Words(field, found, prefix=text != token.text)


def _phrase(parser: Parser[Node], field: Field | None, token: Token, text: str) -> Node:
    found = words(text)
    if not found:
        raise _no_words(parser, token)
    return Words(field, found, prefix=False)


def _wildcard_inside(parser: Parser[Node], token: Token, hint: str) -> ExpressionError:
    return parser.error("bad_wildcard", "Full-text search knows * only at the end of a word.", token, hint)


def _no_words(parser: Parser[Node], token: Token) -> ExpressionError:
    return parser.error("no_words", f"There is no letter or digit in {token.text!r} to search for.", token)
