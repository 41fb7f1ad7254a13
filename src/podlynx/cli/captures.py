"""Turns what a person names (files, folders, standard input) into captures to inspect."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from podlynx.cli.app import STANDARD_INPUT
from podlynx.cli.exits import CommandError, Exit

SUFFIXES = frozenset({".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz", ".cap.gz", ".pcap.zst", ".pcapng.zst", ".cap.zst"})
MAGICS = frozenset(
    bytes.fromhex(magic)
    for magic in (
        "a1b2c3d4", "d4c3b2a1",  # pcap, microseconds
        "a1b23c4d", "4d3cb2a1",  # pcap, nanoseconds
        "a1b2cd34", "34cdb2a1",  # pcap as modified by Alexey Kuznetzov
        "0a0d0d0a",  # pcapng
    )
)  # fmt: skip


@dataclass(frozen=True)
class Capture:
    """One capture. `label` is how the person knows it; `walked`: found in a folder, not named."""

    path: Path
    label: str
    size: int
    walked: bool = False

    @property
    def source(self) -> str | int:
        """What the engine opens: standard input by its descriptor, so that it is read as it comes."""
        return 0 if str(self.path) == STANDARD_INPUT else str(self.path)


def find_captures(named: Sequence[Path]) -> tuple[list[Capture], bool]:
    """The captures, and whether lines must say which one they speak of. Raises CommandError where there is nothing to read."""
    if not named:
        raise CommandError(
            Exit.USAGE, "no capture is named", "podlynx inspect FILE, a folder of captures, or - for standard input"
        )
    found: list[Capture] = []
    for path in named:
        found.extend(_walk(path) if path.is_dir() else [_named(path)])
    return found, len(named) > 1 or named[0].is_dir()


def _named(path: Path) -> Capture:
    if str(path) == STANDARD_INPUT:
        if sys.stdin.isatty():
            raise CommandError(Exit.USAGE, "standard input is a terminal", "pipe a capture in: tcpdump -w - | podlynx inspect -")
        return Capture(path, "standard input", _size(path))
    return Capture(path, str(path), _size(path))


def _walk(folder: Path) -> list[Capture]:
    if not os.access(folder, os.R_OK | os.X_OK):
        raise CommandError(
            Exit.UNREADABLE,
            f"cannot read folder {folder}: permission denied",
            f"chmod u+rx {folder}, or run as its owner",
        )
    files = [path for path in _files(folder) if _is_capture(path)]
    if not files:
        raise CommandError(
            Exit.UNREADABLE,
            f"no captures in {folder}",
            "name a folder that holds pcap or pcapng files (plain, .gz or .zst), at any depth",
        )
    return [Capture(path, str(path), _size(path), walked=True) for path in files]


def _files(folder: Path) -> Iterator[Path]:
    """Regular files below, sorted by path, links to folders not followed (they may lead back here)."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        yield from (path for name in sorted(names) if (path := Path(root, name)).is_file())


def _is_capture(path: Path) -> bool:
    name = path.name.lower()
    if any(name.endswith(suffix) for suffix in SUFFIXES):
        return True
    try:
        with path.open("rb") as file:
            return file.read(4) in MAGICS
    except OSError:
        return False


def _size(path: Path) -> int:
    try:
        status = path.stat()
    except OSError:
        return 0
    return status.st_size
