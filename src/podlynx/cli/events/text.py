"""Text of events on a terminal: what an attacker wrote stays text, colours where they are wanted, lines that fit."""

import os
import shutil
import sys
import unicodedata
from datetime import UTC, datetime, tzinfo
from typing import Final

from podlynx.cli.terminal import BOLD, DIM, PLAIN, RED, YELLOW

CYAN: Final = "\033[36m"
REVERSE: Final = "\033[7m"
_UNLIMITED: Final = 1_000_000
_SECOND: Final = 1_000_000_000
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that move the cursor, turn text round or show nothing (Unicode 15, table 4-4)."""
_BANDS: Final = ((90, "critical", RED), (70, "high", YELLOW), (40, "medium", CYAN), (0, "low", DIM))


def printable(text: str) -> str:
    """The text on one line, with escapes for what a terminal would obey or not show."""
    return "".join(character if unicodedata.category(character) not in _UNSEEN else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class Screen:
    """Standard output: whether it is a terminal, how wide, and whether it wants colours (https://no-color.org)."""

    def __init__(self) -> None:
        self.is_terminal = sys.stdout.isatty()
        self.colours = self.is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.width = shutil.get_terminal_size((100, 24)).columns if self.is_terminal else _UNLIMITED

    def styled(self, text: str, style: str) -> str:
        """The text in that style, where colours are wanted."""
        return f"{style}{text}{PLAIN}" if self.colours and text else text

    def severity(self, severity: int, text: str = "") -> str:
        """The severity, or that text, in its colour."""
        style = next(style for least, _, style in _BANDS if severity >= least)
        return self.styled(text or str(severity), style + (BOLD if style == RED else ""))


def band(severity: int) -> str:
    """The severity in a word."""
    return next(word for least, word, _ in _BANDS if severity >= least)


def width_of(text: str) -> int:
    """Cells that a terminal needs for it."""
    return sum(0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def fitted(text: str, width: int) -> str:
    """The text in exactly so many cells: filled up, or cut with `…` at its end."""
    missing = width - width_of(text)
    if missing >= 0:
        return text + " " * missing
    kept, cells = "", 0
    for character in text:
        cells += width_of(character)
        if cells > width - 1:
            break
        kept += character
    return f"{kept}…" + " " * (width - 1 - width_of(kept)) if width > 0 else ""


def moment(time: int, *, utc: bool, exact: bool = False) -> str:
    """`2026-11-25 04:35:43`, local time unless `utc`; with microseconds and the zone where `exact`."""
    zone: tzinfo | None = UTC if utc else None
    seconds, nanoseconds = divmod(time, _SECOND)
    then = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    return f"{then:%Y-%m-%d %H:%M:%S}.{nanoseconds // 1000:06d} {then:%Z}" if exact else f"{then:%Y-%m-%d %H:%M:%S}"


def end_of(ip: str, port: int | None, namespace: str, name: str) -> str:
    """`shop/frontend-1:8080`, or the address where it is no known pod."""
    host = f"{namespace}/{name}" if name and namespace else name or (f"[{ip}]" if ":" in ip and port is not None else ip)
    return printable(host if port is None else f"{host}:{port}")
