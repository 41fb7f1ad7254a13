"""Where in a TOML text a key stands.

The parser keeps no lines, so it is asked: how much of the text does it take until the key is there?
"""

import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

Path = Sequence[str | int]


def line_of(text: str, path: Path) -> int | None:
    """The line, from 1, on which the statement begins that sets `path`, or the nearest table around it. None: it is nowhere."""
    for length in range(len(path), 0, -1):
        if (line := _line_of(text, path[:length])) is not None:
            return line
    return None


def _line_of(text: str, path: Path) -> int | None:
    lines, begin = text.splitlines(keepends=True), 0
    for end, document in _beginnings(lines):
        if _is_in(document, path):
            blank = (
                number for number in range(begin, end) if not lines[number].strip() or lines[number].lstrip().startswith("#")
            )
            skipped = set(blank)
            return next((number + 1 for number in range(begin, end) if number not in skipped), end)
        begin = end
    return None


def _beginnings(lines: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every beginning of the text that is a document of its own: how many lines, and what it says."""
    for end in range(1, len(lines) + 1):
        if lines[end - 1].strip():
            try:
                yield end, tomllib.loads("".join(lines[:end]))
            except tomllib.TOMLDecodeError:
                continue  # in the middle of a list or a text of several lines


def _is_in(document: Any, path: Path) -> bool:
    for step in path:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True
