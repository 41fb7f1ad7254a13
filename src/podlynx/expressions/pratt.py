"""The parser core (V. R. Pratt, "Top Down Operator Precedence", 1973), shared by every grammar.

A grammar says how a token begins an expression (`prefix`), how one continues it (`infix`, with its binding power), and
what it means that two expressions stand side by side (`adjacent`). Nesting and length are capped: the text is a person's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from podlynx.expressions.errors import ExpressionError, Span

NodeT = TypeVar("NodeT")

MAX_DEPTH: Final = 32
"""Nested parentheses and negations."""
MAX_TOKENS: Final = 400
"""Tokens of one expression."""
END: Final = "end"


class Token(NamedTuple):
    """A piece of the source: what it is, its text, and where it stands."""

    kind: str
    text: str
    span: Span


class Infix(NamedTuple, Generic[NodeT]):
    """An operator between two expressions; the higher `power` binds more strongly."""

    power: int
    join: Callable[[NodeT, NodeT], NodeT]


class Grammar(NamedTuple, Generic[NodeT]):
    """What the tokens of a language mean. `closing` kinds end an expression without being part of it."""

    prefix: Mapping[str, "Callable[[Parser[NodeT], Token], NodeT]"]
    infix: Mapping[str, Infix[NodeT]]
    adjacent: Infix[NodeT] | None = None
    closing: frozenset[str] = frozenset()


class Parser(Generic[NodeT]):
    """Parses one text. Grammar functions call back `expression`, `take` and `expect`."""

    def __init__(self, source: str, tokens: Sequence[Token], grammar: Grammar[NodeT]) -> None:
        self.source = source
        self._tokens = tokens
        self._grammar = grammar
        self._next = 0
        self._depth = 0
        if len(tokens) > MAX_TOKENS:
            last = tokens[MAX_TOKENS]
            raise self.error("too_long", f"An expression may have at most {MAX_TOKENS} parts.", last)

    def parse(self) -> NodeT:
        """The whole text as one expression."""
        node = self.expression(0)
        left = self.peek()
        if left.kind != END:
            raise self.error("unexpected", f"{left.text!r} does not belong here.", left, "Is a parenthesis missing before it?")
        return node

    def expression(self, power: int) -> NodeT:
        """The longest expression from here whose operators all bind more strongly than `power`."""
        self._depth += 1
        first = self.take()
        if self._depth > MAX_DEPTH:
            raise self.error("too_deep", f"Expressions may nest at most {MAX_DEPTH} deep.", first)
        prefix = self._grammar.prefix.get(first.kind)
        if prefix is None:
            raise self._unexpected(first)
        node = prefix(self, first)
        while (infix := self._continues()) and infix.power > power:
            if self.peek().kind in self._grammar.infix:
                self.take()
            node = infix.join(node, self.expression(infix.power))
        self._depth -= 1
        return node

    def peek(self) -> Token:
        """The token that comes next; past the last one, an `END`."""
        if self._next < len(self._tokens):
            return self._tokens[self._next]
        return Token(END, "", Span(len(self.source), len(self.source) + 1))

    def take(self) -> Token:
        """Goes past the next token, and answers it."""
        token = self.peek()
        self._next += 1
        return token

    def expect(self, kind: str, message: str, opened: Token) -> Token:
        """Takes a token of that kind, or blames the token that asked for it."""
        token = self.take()
        if token.kind != kind:
            raise self.error("unclosed", message, opened)
        return token

    def error(self, code: str, message: str, token: Token, hint: str = "") -> ExpressionError:
        """The error that points at a token."""
        return ExpressionError(code, message, self.source, token.span, hint)

    def _continues(self) -> Infix[NodeT] | None:
        kind = self.peek().kind
        if kind == END or kind in self._grammar.closing:
            return None
        return self._grammar.infix.get(kind, self._grammar.adjacent)

    def _unexpected(self, token: Token) -> ExpressionError:
        if token.kind == END:
            return self.error("incomplete", "The expression ends too early.", token, "Something has to follow.")
        return self.error("unexpected", f"{token.text!r} cannot stand here.", token, "Something has to stand before it.")


def group(parser: Parser[NodeT], opened: Token) -> NodeT:
    """What stands in parentheses; `opened` is the one that was taken."""
    inner = parser.expression(0)
    parser.expect(")", "This parenthesis is never closed.", opened)
    return inner
