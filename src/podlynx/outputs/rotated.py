"""Files of lines that are kept within caps: each is rotated, all of them together have a size. The one part here that writes."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

FILE_BYTES: Final = 10 << 20
"""At this size `eve.json` becomes `eve.json.1`."""
KEPT_FILES: Final = 5


def append(path: Path, data: bytes) -> None:
    """Append lines; a file that is full then makes room for the next. Raises OSError, and leaves no part of a line."""
    with path.open("ab", buffering=0) as file:
        begin = file.seek(0, os.SEEK_END)
        try:
            written = file.write(data)
            while written < len(data):
                written += file.write(data[written:])
        except OSError:
            with suppress(OSError):
                os.truncate(path, begin)
            raise
    if begin + len(data) >= FILE_BYTES:
        rotate(path)


def rotate(path: Path) -> None:
    """`path` becomes `path.1`, that `path.2` and so on; the oldest goes."""
    for number in range(KEPT_FILES - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    path.replace(path.with_name(f"{path.name}.1"))


class Files:
    """Files in the order in which they may go, and the bytes of all. Files that are written come last, by when they were."""

    def __init__(self) -> None:
        self.bytes = 0
        self._order: list[tuple[bool, float, int, Path]] = []

    @classmethod
    def of(cls, paths: Iterable[Path], names: Iterable[str], writing: Path) -> Self:
        """Those of these paths that are of an output by that name, as they are on disk now; `writing` does not go."""
        files, written = cls(), frozenset(names)
        for path in paths:
            if path.name not in written and path.stem not in written:
                continue
            with suppress(OSError):
                about = path.stat()
                files.bytes += about.st_size
                if path != writing:
                    files._order.append((path.name in written, about.st_mtime, about.st_size, path))
        files._order.sort()
        return files

    def drop_to(self, most: int) -> Iterator[Path]:
        """Delete until the rest has so many bytes at most; gives each that went."""
        for _, _, size, path in self._order:
            if self.bytes <= most:
                return
            with suppress(OSError):
                path.unlink()
                self.bytes -= size
                yield path
