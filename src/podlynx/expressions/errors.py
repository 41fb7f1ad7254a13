"""One error for every grammar: what is wrong, where, and how to mend it."""

from typing import Final, NamedTuple

_WINDOW: Final = 100
"""Characters of source that the rendered form shows at most."""


class Span(NamedTuple):
    """Characters `start` up to, not including, `end` of the source."""

    start: int
    end: int


class ExpressionError(ValueError):
    """Text that is no expression of the grammar it was given to."""

    def __init__(self, code: str, message: str, source: str, span: Span, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.source = source
        self.span = Span(min(span.start, len(source)), min(max(span.end, span.start + 1), max(len(source), span.start + 1)))
        self.hint = hint

    def rendered(self) -> str:
        """Message, source line and carets under the offending text; then the hint."""
        begin = max(0, min(self.span.start - _WINDOW // 2, len(self.source) - _WINDOW))
        shown = self.source[begin : begin + _WINDOW].replace("\n", " ").replace("\t", " ")
        carets = min(self.span.end - self.span.start, max(1, begin + _WINDOW - self.span.start))
        lines = [self.message, f"  {shown}", "  " + " " * (self.span.start - begin) + "^" * carets]
        return "\n".join([*lines, f"  {self.hint}"] if self.hint else lines)
