"""Bytes around what matched, sixteen a line as `hexdump -C` prints them, the matched ones marked."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from podlynx.cli.events.text import REVERSE, Screen
from podlynx.cli.terminal import BOLD

ROW: Final = 16
AROUND: Final = 32
"""Bytes shown before and behind what matched."""
_LEFT_OUT: Final = "        …"


class Marked(NamedTuple):
    """Bytes `start` up to, not including, `end`."""

    start: int
    end: int


def dump(data: bytes, base: int, marks: list[Marked], screen: Screen, most: int) -> Iterator[str]:
    """The lines near the marks, or from the start where there are none; at most `most`. `base`: offset of the first byte."""
    wanted = [row for row in range(0, len(data), ROW) if _near(row, marks)] if marks else list(range(0, len(data), ROW))
    shown = wanted[:most]
    for place, row in enumerate(shown):
        if row and (place == 0 or shown[place - 1] != row - ROW):
            yield _LEFT_OUT
        yield _row(data, base, row, marks, screen)
        if not screen.colours and (under := _under(data, row, marks)):
            yield under
    if len(wanted) > most or (shown and shown[-1] + ROW < len(data)):
        yield _LEFT_OUT


def _near(row: int, marks: list[Marked]) -> bool:
    return any(row + ROW > mark.start - AROUND and row < mark.end + AROUND for mark in marks)


def _row(data: bytes, base: int, row: int, marks: list[Marked], screen: Screen) -> str:
    cells, letters = [], []
    for at in range(row, min(row + ROW, len(data))):
        marked = any(mark.start <= at < mark.end for mark in marks)
        style = REVERSE + BOLD if marked else ""
        letter = chr(data[at]) if 0x20 <= data[at] < 0x7F else "."
        cells.append(screen.styled(f"{data[at]:02x}", style) if marked else f"{data[at]:02x}")
        letters.append(screen.styled(letter, style) if marked else letter)
    missing = ROW - len(cells)
    cells += ["  "] * missing
    half = ROW // 2
    return f"{base + row:08x}  {' '.join(cells[:half])}  {' '.join(cells[half:])}  |{''.join(letters)}|"


def _under(data: bytes, row: int, marks: list[Marked]) -> str:
    """Where there are no colours: carets under the marked bytes."""
    cells = [
        "^^" if at < len(data) and any(mark.start <= at < mark.end for mark in marks) else "  " for at in range(row, row + ROW)
    ]
    half = ROW // 2
    return f"{'':8}  {' '.join(cells[:half])}  {' '.join(cells[half:])}".rstrip()
