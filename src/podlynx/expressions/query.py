"""The event query: `sid:57461 AND NOT ip:10.0.0.0/8`, `severity:>=70 (log4j OR "path traversal")`, `port:[80 TO 443]`.

Operators, strongest first: NOT or `-`, AND (also between words side by side), OR. Keywords are written in capitals.
"""

from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Final

from podlynx.expressions.conditions import Conditions
from podlynx.expressions.errors import ExpressionError, Span
from podlynx.expressions.fields import BY_NAME, FIELDS, Field
from podlynx.expressions.nodes import And, Node, Not, Or, Query
from podlynx.expressions.pratt import END, Grammar, Infix, Parser, Token, group
from podlynx.expressions.tokens import QueryReader

MAX_QUERY: Final = 2000
"""Characters of a query."""
MAX_CONDITIONS: Final = 50
"""Conditions of a query."""
_OR, _AND, _NOT = 10, 20, 30


def parse_query(source: str, *, now: datetime | None = None) -> Query:
    """The query that a person typed; `now` is what relative times are seen from. Raises `ExpressionError`."""
    if len(source) > MAX_QUERY:
        raise _too_long(source, f"A query may have at most {MAX_QUERY} characters.", MAX_QUERY)
    grammar = _QueryGrammar(Conditions(now or datetime.now(UTC))).grammar()
    query = Query(source, Parser(source, QueryReader(source).tokens(), grammar).parse())
    if sum(1 for _ in query.leaves()) > MAX_CONDITIONS:
        raise _too_long(source, f"A query may have at most {MAX_CONDITIONS} conditions.", 0)
    return query


def _too_long(source: str, message: str, start: int) -> ExpressionError:
    return ExpressionError("too_long", message, source, Span(start, len(source)), "Ask for less at once.")


class _QueryGrammar:
    """How tokens become conditions. `_field` is the one that the surrounding parentheses belong to: `sid:(1 OR 2)`."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._field: Field | None = None

    def grammar(self) -> Grammar[Node]:
        return Grammar(
            prefix={
                "(": group,
                "not": self._negation,
                "-": self._negation,
                "field": self._named,
                "compare": self._value,
                "range": self._value,
                "quoted": self._value,
                "word": self._value,
            },
            infix={"and": Infix(_AND, And), "or": Infix(_OR, Or)},
            adjacent=Infix(_AND, And),
            closing=frozenset({")"}),
        )

    def _negation(self, parser: Parser[Node], token: Token) -> Node:  # noqa: ARG002 the core hands it to every prefix
        return Not(parser.expression(_NOT))

    def _named(self, parser: Parser[Node], token: Token) -> Node:
        field = _known(parser, token)
        value = parser.take()
        if value.kind in (END, ")"):
            hint = f"Write {field.name}:VALUE; {field.name} is: {field.help}."
            raise parser.error("incomplete", f"{field.name} needs a value.", token, hint)
        outer, self._field = self._field, field
        node = group(parser, value) if value.kind == "(" else self._value(parser, value)
        self._field = outer
        return node

    def _value(self, parser: Parser[Node], token: Token) -> Node:
        if self._field is None:
            return self._free(parser, token)
        match token.kind:
            case "word":
                return self._conditions.of_word(parser, self._field, token)
            case "quoted":
                return self._conditions.of_quoted(parser, self._field, token)
            case "range":
                return self._conditions.of_range(parser, self._field, token)
            case _:
                return self._conditions.of_comparison(parser, self._field, token, _compared(parser, token))

    def _free(self, parser: Parser[Node], token: Token) -> Node:
        if token.kind in ("compare", "range"):
            hint = "Write the field before it, such as severity:>=70 or port:[80 TO 443]."
            raise parser.error("unexpected", f"{token.text!r} needs a field to compare with.", token, hint)
        return self._conditions.free(parser, token)


def _compared(parser: Parser[Node], sign: Token) -> Token:
    return parser.expect("word", f"{sign.text} needs a value to compare with.", sign)


def _known(parser: Parser[Node], token: Token) -> Field:
    name = token.text.removesuffix(":").lower()
    field = BY_NAME.get(name)
    if field is not None:
        return field
    close = get_close_matches(name, BY_NAME, n=1)
    known = ", ".join(field.name for field in FIELDS)
    hint = f"Did you mean {close[0]}?" if close else f"Fields: {known}."
    raise parser.error("unknown_field", f"There is no field {name!r}.", token, f"{hint} Quote text with a colon.")
