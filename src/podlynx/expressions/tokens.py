"""Cuts an event query into tokens.

What a colon means depends on where it stands: `ip:fe80::1` is a field and an address, `(fe80::1)` a word. So the reader
remembers whether a field is waiting for its value, and whether it is inside the parentheses of one.
"""

import re
from typing import Final, NamedTuple

from podlynx.expressions.errors import ExpressionError, Span
from podlynx.expressions.pratt import Token

_SPACE: Final = re.compile(r"\s+")
_FIELD: Final = re.compile(r"([A-Za-z@_][A-Za-z0-9_.@-]*):")
_KEYWORD: Final = re.compile(r"(AND|OR|NOT)(?=[\s()]|$)")
_COMPARE: Final = re.compile(r"(>=|<=|>|<)")
_RANGE: Final = re.compile(r"([\[{])\s*(\S+)\s+TO\s+([^\s\]}]+)\s*([\]}])")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_WORD: Final = re.compile(r'[^\s()"\[\]]+')
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


def unquoted(text: str) -> str:
    """The text of a quoted token: without its quotes, escapes resolved."""
    return _ESCAPE.sub(r"\1", text[1:-1])


class Range(NamedTuple):
    """A range token: its two ends, and whether each belongs to it."""

    first: str
    last: str
    with_first: bool
    with_last: bool


def range_of(text: str) -> Range:
    """The parts of a range token."""
    match = _RANGE.fullmatch(text)
    return (
        Range(match[2], match[3], match[1] == "[", match[4] == "]") if match else Range("", "", with_first=True, with_last=True)
    )


class QueryReader:
    """Reads one query, once."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._inside_field = [False]
        self._awaits_value = False
        self._tokens: list[Token] = []

    def tokens(self) -> list[Token]:
        """All tokens. Kinds: `(`, `)`, and, or, not, `-`, field, compare, range, quoted, word."""
        while True:
            if space := _SPACE.match(self._source, self._at):
                self._at = space.end()
            if self._at >= len(self._source):
                return self._tokens
            self._one()

    def _one(self) -> None:
        character = self._source[self._at]
        if character == "(":
            self._inside_field.append(self._inside_value)
            self._add("(", 1)
        elif character == ")":
            if len(self._inside_field) > 1:
                self._inside_field.pop()
            self._add(")", 1)
        elif not self._awaits_value and self._operator(character):
            pass
        else:
            self._value(character)

    def _operator(self, character: str) -> bool:
        """Reads a keyword, a minus sign or a field name, if one stands here."""
        if keyword := _KEYWORD.match(self._source, self._at):
            self._add(keyword[1].lower(), len(keyword[1]))
        elif character == "-" and self._source[self._at + 1 : self._at + 2].strip():
            self._add("-", 1)
        elif not self._inside_field[-1] and (field := _FIELD.match(self._source, self._at)):
            self._add("field", len(field[0]))
            self._awaits_value = True
        else:
            return False
        return True

    @property
    def _inside_value(self) -> bool:
        return self._awaits_value or self._inside_field[-1]

    def _value(self, character: str) -> None:
        if match := _COMPARE.match(self._source, self._at):
            self._add("compare", len(match[0]))
            self._awaits_value = True
        elif character == '"':
            self._matched(
                _QUOTED, "quoted", "unclosed", "This quotation mark is never closed.", 'Write \\" for one inside a text.'
            )
        elif character == "[" or (character == "{" and self._inside_value and _RANGE.match(self._source, self._at)):
            hint = "Write [LOW TO HIGH], or {LOW TO HIGH} without its ends; * is an open end."
            self._matched(_RANGE, "range", "bad_range", "This is no range.", hint)
        else:
            self._matched(_WORD, "word", "unexpected", f"{character!r} does not belong here.", "Quote the text.")

    def _matched(self, pattern: re.Pattern[str], kind: str, code: str, message: str, hint: str) -> None:
        match = pattern.match(self._source, self._at)
        if match is None:
            raise ExpressionError(code, message, self._source, Span(self._at, self._at + 1), hint)
        self._add(kind, len(match[0]))

    def _add(self, kind: str, length: int) -> None:
        self._awaits_value = False
        end = self._at + length
        self._tokens.append(Token(kind, self._source[self._at : end], Span(self._at, end)))
        self._at = end
