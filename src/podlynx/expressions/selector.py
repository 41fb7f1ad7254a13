"""The selector of a DeepPacketInspection: which workload endpoints of its namespace are watched, by their labels.

`app == "frontend" && tier in {'web', "edge"} || !has(legacy)`. The grammar is Calico's: match operators bind most strongly, then
parentheses, `!`, `&&`, `||`; quotes are single or double, without escapes; nothing at all and `all()` mean every endpoint.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from podlynx.expressions.errors import ExpressionError, Span
from podlynx.expressions.pratt import Grammar, Infix, Parser, Token, group

Labels = Mapping[str, str]
Selector = Callable[[Labels], bool]
"""Whether labels are selected."""

MAX_SELECTOR: Final = 4096
"""Characters of a selector."""
_OR, _AND, _NOT = 10, 20, 30

_TOKENS: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>"[^"]*"|'[^']*')
      | (?P<compare>==|!=)
      | (?P<and>&&) | (?P<or>\|\|) | (?P<not>!)
      | (?P<every>(?:all|global)\(\s*\))
      | (?P<has>has\(\s*[A-Za-z0-9_./-]+\s*\))
      | (?P<label>[A-Za-z0-9_./-]+)
      | (?P<punctuation>[(){},])""",
    re.VERBOSE,
)
# Words are operators behind a label only: a label may itself be called `in` or `contains.x`.
_OPERATORS: Final = re.compile(r"(?P<member>(?:not\s*)?in(?![\w./-]))|(?P<text>(?:contains|(?:starts|ends)\s*with)(?![\w./-]))")


def parse_selector(source: str) -> Selector:
    """The predicate of a selector. Raises ExpressionError with the span of what cannot be understood."""
    if len(source) > MAX_SELECTOR:
        message = f"A selector may have at most {MAX_SELECTOR} characters."
        raise ExpressionError("too_long", message, source, Span(MAX_SELECTOR, MAX_SELECTOR + 1), "Select by fewer labels.")
    tokens = _read(source)
    return Parser(source, tokens, _GRAMMAR).parse() if tokens else _every


def _read(source: str) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(source):
        behind_label = bool(tokens) and tokens[-1].kind == "label"
        match = (_OPERATORS.match(source, at) if behind_label else None) or _TOKENS.match(source, at)
        if match is None:
            raise _unreadable(source, at)
        kind, text = match.lastgroup or "", match[0]
        if kind != "space":
            tokens.append(Token(text if kind == "punctuation" else kind, text, Span(at, match.end())))
        at = match.end()
    return tokens


def _unreadable(source: str, at: int) -> ExpressionError:
    if source[at] in "\"'":
        return ExpressionError(
            "unclosed", "This quotation mark is never closed.", source, Span(at, at + 1), "There are no escapes."
        )
    hint = "Compare with == or !=, join with && or ||." if source[at] in "=&|" else "Put values into quotes."
    return ExpressionError("unexpected", f"{source[at]!r} does not belong here.", source, Span(at, at + 1), hint)


def _every(_labels: Labels) -> bool:
    return True


def _negation(parser: Parser[Selector], _token: Token) -> Selector:
    inner = parser.expression(_NOT)
    return lambda labels: not inner(labels)


def _has(_parser: Parser[Selector], token: Token) -> Selector:
    key = token.text[4:-1].strip()
    return lambda labels: key in labels


def _match(parser: Parser[Selector], label: Token) -> Selector:
    """A label and the operator that must follow it."""
    key, operator = label.text, parser.take()
    if operator.kind == "compare":
        value = _value(parser, operator)
        equal = operator.text == "=="
        return lambda labels: (labels.get(key) == value) is equal
    if operator.kind == "member":
        values = _values(parser, operator)
        inside = not operator.text.startswith("not")
        return lambda labels: (labels.get(key) in values) is inside
    if operator.kind == "text":
        value = _value(parser, operator)
        holds = _TEXT[operator.text.removesuffix("with").rstrip()]
        return lambda labels: key in labels and holds(labels[key], value)
    hint = f"Write {key} == 'value', has({key}), or another match operator."
    raise parser.error("unexpected", f"Behind the label {key!r} an operator is missing.", label, hint)


_TEXT: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "contains": lambda text, part: part in text,
    "starts": str.startswith,
    "ends": str.endswith,
}


def _value(parser: Parser[Selector], operator: Token) -> str:
    token = parser.take()
    if token.kind != "string":
        at = token if token.kind != "end" else operator
        raise parser.error("no_value", f"Behind {operator.text} a value in quotes is missing.", at, "Write 'value' or \"value\".")
    return token.text[1:-1]


def _values(parser: Parser[Selector], operator: Token) -> frozenset[str]:
    opened = parser.take()
    if opened.kind != "{":
        raise parser.error("no_value", f"Behind {operator.text} a set is missing.", operator, "Write {'a', 'b'}.")
    values: set[str] = set()
    while parser.peek().kind == "string":
        values.add(parser.take().text[1:-1])
        if parser.peek().kind != ",":
            break
        parser.take()
    _close(parser, opened)
    return frozenset(values)


def _close(parser: Parser[Selector], opened: Token) -> None:
    """Takes the end of a set; a comma may stand before it."""
    token = parser.peek()
    if token.kind not in ("}", "end"):
        hint = "Write {'a', 'b'}: values in quotes, with commas between them."
        raise parser.error("unexpected", f"{token.text} does not belong into a set here.", token, hint)
    parser.expect("}", "This set is never closed.", opened)


def _both(left: Selector, right: Selector) -> Selector:
    return lambda labels: left(labels) and right(labels)


def _either(left: Selector, right: Selector) -> Selector:
    return lambda labels: left(labels) or right(labels)


_GRAMMAR: Final = Grammar[Selector](
    prefix={
        "(": group,
        "not": _negation,
        "has": _has,
        "label": _match,
        "every": lambda _parser, _token: _every,
    },
    infix={"and": Infix(_AND, _both), "or": Infix(_OR, _either)},
    closing=frozenset({")"}),
)
