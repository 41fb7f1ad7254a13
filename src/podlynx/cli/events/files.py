"""Where a file of events goes: standard output, or a file that is there only once it is whole."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from podlynx.cli.exits import CommandError, Exit

Write = Callable[[bytes], object]


@contextmanager
def written(path: Path | None, *, text: bool) -> Iterator[Write]:
    """What takes the bytes. Nothing is left where it ends with an error. `text`: may be shown on a terminal."""
    if path is None or str(path) == "/dev/stdout":
        if not text and sys.stdout.isatty():
            raise CommandError(Exit.USAGE, "a terminal cannot show a capture file", "name a file with --output, or pipe it on")
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    try:
        with _part(path) as write:
            yield write
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise CommandError(Exit.UNREADABLE, f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def _part(path: Path) -> Iterator[Write]:
    if path.is_dir():
        raise CommandError(Exit.UNREADABLE, f"cannot write {path}: it is a folder")
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            yield file.write
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
