"""Documents that the engine refuses for good, in a bounded file of JSON lines: they are told, and can be stored again."""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from podlynx.models.event import EventDocument

NAME: Final = "dead-letters.jsonl"
MAX_BYTES: Final = 64 * 1024 * 1024
"""Of the file; what comes when it is full is counted only, so that the oldest, which tell how it began, stay."""


class DeadLetter(msgspec.Struct, frozen=True):
    """One refused document."""

    time: str
    reason: str
    document: EventDocument


class DeadLetters:
    """The file in a folder; without one refused documents are only counted."""

    def __init__(self, folder: Path | None) -> None:
        self.path = folder / NAME if folder else None
        self.refused = 0
        self.dropped_full = 0

    def add(self, refused: Iterable[tuple[EventDocument, str]]) -> None:
        """Appends and syncs. Raises OSError, where the documents must not be acknowledged."""
        time = datetime.now(UTC).isoformat(timespec="seconds")
        lines = [msgspec.json.encode(DeadLetter(time, reason, document)) + b"\n" for document, reason in refused]
        self.refused += len(lines)
        if self.path is None:
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
            size = file.seek(0, os.SEEK_END)
            for line in lines:
                if size + len(line) > MAX_BYTES:
                    self.dropped_full += 1
                    continue
                size += file.write(line)
            file.flush()
            os.fsync(file.fileno())


def read(path: Path) -> Iterator[DeadLetter]:
    """The letters of a file; a line that is none is passed over. Raises OSError."""
    with path.open("rb") as file:
        for line in file:
            try:
                yield msgspec.json.decode(line, type=DeadLetter)
            except msgspec.DecodeError:
                continue
