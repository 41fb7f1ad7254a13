"""One lane of the spool: numbered files of records in one folder, and a cursor that says how far the manager has acknowledged.

What was acknowledged but whose cursor was not written is sent again, which the event's id makes harmless.
"""

import os
import time
import zlib
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from podlynx.sensor.spool.records import Record, of_host, packed, read_records

FILE_BYTES: Final = 4 << 20
SYNC_SECONDS: Final = 1.0
_SUFFIX: Final = ".events"
_DROPPED: Final = ".dropped"
_CURSOR: Final = "cursor"
_SEEN_DAMAGE: Final = 10_000
"""Places of damage that are told apart."""


class Position(msgspec.Struct, frozen=True, order=True):
    """A place in the lane: number of the file, offset in it."""

    file: int = 0
    offset: int = 0


class _Cursor(msgspec.Struct, frozen=True):
    """A position as it lies on disk. `check` is its CRC-32: a flipped bit would pass over events that nobody has."""

    file: int
    offset: int
    check: int


def _check(position: Position) -> int:
    return zlib.crc32(b"%d %d" % (position.file, position.offset))


class LaneBatch(NamedTuple):
    """Events of one lane, and how to say afterwards that they were taken."""

    events: list[bytes]
    end: Position
    """Up to here on disk."""
    in_last: int
    """Records of them in the file of `end`."""


class Lane:
    """Whoever uses it sees to it that one thread does at a time. Methods raise OSError only where they say so."""

    def __init__(self, folder: Path, *, host: str, file_bytes: int, failed: Callable[[OSError], None]) -> None:
        """Nothing is read before `open`. `failed`: the disk did not do what was asked."""
        self._host, self._folder, self._file_bytes, self._failed = host, folder, file_bytes, failed
        self.foreign = 0
        self.damaged = 0
        """Places where bytes were no record."""
        self._records: dict[int, int] = {}
        """Records by file; those before the cursor are not counted."""
        self._sizes: dict[int, int] = {}
        self._file: FileIO | None = None
        self._unsynced_since: float | None = None
        self._cursor = Position()
        self._highest = 0
        """Number of the newest file: none is used twice, or an acknowledgement on its way would be taken for another file's."""
        self._seen_damage: set[tuple[int, int]] = set()

    @property
    def waiting(self) -> int:
        """Events that wait for the manager."""
        return sum(self._records.values())

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(list(self._sizes.values()))

    def open(self) -> None:
        """Take up what an earlier process left. Raises OSError."""
        if not self._folder.is_dir():
            return
        self._cursor = self._read_cursor()
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            self._take_up(path)

    def append(self, data: bytes, records: int) -> None:
        """Records one after the other. Raises OSError; then none of them is there."""
        self._write(data, records)

    def read(self, most: int, most_bytes: int) -> LaneBatch:
        """The oldest events that were not acknowledged. The first one counts whatever its size."""
        return self._read_disk(most, most_bytes)

    def acknowledge(self, batch: LaneBatch) -> None:
        """The manager has these: forget them."""
        if batch.end <= self._cursor:
            return
        for number in [number for number in self._sizes if number < batch.end.file]:
            self._delete(number)
        self._cursor = batch.end
        if batch.end.file in self._records:  # else it went while the batch was on its way
            self._records[batch.end.file] -= batch.in_last
            self._forget_finished()
        self._write_cursor()

    def sync(self) -> None:
        """Ask the disk to keep what was written, where that is due."""
        if self._unsynced_since is not None and time.monotonic() - self._unsynced_since >= SYNC_SECONDS:
            self._sync_now()

    def close(self) -> None:
        """Write out everything."""
        self._sync_now()
        self._close_file()

    def set_aside(self) -> tuple[int, Path] | None:
        """The oldest file, renamed, so that it is sent no more: its number and where it lies now. `forget` deletes it.

        None where there is none. Raises OSError.
        """
        if not self._sizes:
            return None
        number = min(self._sizes)
        if number == max(self._sizes):
            self._close_file()
        aside = self._path(number).with_suffix(_DROPPED)
        self._path(number).rename(aside)
        del self._sizes[number], self._records[number]
        return number, aside

    def left_aside(self) -> list[tuple[int, Path]]:
        """Files that an earlier process set aside and did not get to delete. Raises OSError."""
        found = sorted(self._folder.glob(f"*{_DROPPED}")) if self._folder.is_dir() else []
        return [(int(path.stem), path) for path in found if path.stem.isdecimal()]

    def events_of(self, path: Path, number: int) -> list[bytes]:
        """What a file that was set aside holds of what was not acknowledged."""
        start = self._cursor.offset if number == self._cursor.file else 0
        try:
            with path.open("rb") as file:
                return [record.payload for record in read_records(file, start, path.stat().st_size)]
        except OSError as error:
            self._failed(error)
            return []

    def _take_up(self, path: Path) -> None:
        if not path.stem.isdecimal():
            return
        number = int(path.stem)
        self._sizes[number] = path.stat().st_size
        start = self._cursor.offset if number == self._cursor.file else 0
        payloads = [payload for payload, _ in self._records_of(number, start)] if number >= self._cursor.file else []
        ours = [payload for payload in payloads if of_host(payload, self._host)]
        if ours and len(ours) < len(payloads) and not self._rewrite(number, start, ours):
            ours = payloads
        self._records[number] = len(ours)
        if not ours:
            self._delete(number)
        self.foreign += len(payloads) - len(ours)

    def _rewrite(self, number: int, start: int, payloads: list[bytes]) -> bool:
        """Only these from `start` on; what is before stays, so that the cursor goes on pointing at a record. False: as it was."""
        path = self._path(number)
        try:
            with path.open("rb") as file:
                data = file.read(start) + b"".join(map(packed, payloads))
            path.with_suffix(".new").write_bytes(data)
            path.with_suffix(".new").replace(path)
        except OSError as error:  # a full disk: the manager refuses what is not ours, one by one
            self._failed(error)
            return False
        self._sizes[number] = len(data)
        return True

    def _read_disk(self, most: int, most_bytes: int) -> LaneBatch:
        events: list[bytes] = []
        end, size, in_last = self._cursor, 0, 0
        for number in sorted(number for number in self._sizes if number >= self._cursor.file):
            start = self._cursor.offset if number == self._cursor.file else 0
            for payload, offset in self._records_of(number, start):
                if events and (len(events) >= most or size + len(payload) > most_bytes):
                    return LaneBatch(events, end, in_last)
                events.append(payload)
                size += len(payload) + 1
                in_last = in_last + 1 if number == end.file and end != self._cursor else 1
                end = Position(number, offset)
        return LaneBatch(events, end, in_last)

    def _records_of(self, number: int, start: int) -> Iterator[Record]:
        try:
            with self._path(number).open("rb") as file:
                yield from read_records(file, start, self._sizes[number], lambda at: self._note_damage(number, at))
        except OSError as error:
            self._failed(error)

    def _write(self, data: bytes, records: int) -> None:
        file, number = self._current(len(data))
        size = self._sizes[number]
        try:
            written = file.write(data)
            while written < len(data):
                written += file.write(data[written:])
        except OSError:
            self._cut(number, size)
            raise
        self._sizes[number] = size + len(data)
        self._records[number] += records
        self._unsynced_since = self._unsynced_since or time.monotonic()
        self.sync()

    def _cut(self, number: int, size: int) -> None:
        """No half record in front of the next one. Where that cannot be had the file is written no more. Raises OSError."""
        try:
            os.truncate(self._path(number), size)
        except OSError:
            self._close_file()
            raise

    def _current(self, more: int) -> tuple[FileIO, int]:
        number = max(self._sizes, default=self._cursor.file)
        if self._file is not None and number in self._sizes and self._sizes[number] + more <= self._file_bytes:
            return self._file, number
        return self._begin_file(max(number, self._cursor.file, self._highest) + 1)

    def _begin_file(self, number: int) -> tuple[FileIO, int]:
        self._sync_now()
        self._close_file()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = file = self._path(number).open("ab", buffering=0)
        self._highest = number
        self._sizes[number] = 0
        self._records[number] = 0
        return file, number

    def _forget_finished(self) -> None:
        """A file that is read to its end and not written any more goes at once."""
        number = self._cursor.file
        if self._records[number] == 0 and number != max(self._sizes):
            self._delete(number)

    def _delete(self, number: int) -> None:
        del self._sizes[number], self._records[number]
        try:
            self._path(number).unlink(missing_ok=True)
        except OSError as error:
            self._failed(error)

    def _sync_now(self) -> None:
        if self._file is None or self._unsynced_since is None:
            return
        self._unsynced_since = None
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            self._failed(error)

    def _note_damage(self, number: int, at: int) -> None:
        if (number, at) not in self._seen_damage and len(self._seen_damage) < _SEEN_DAMAGE:
            self._seen_damage.add((number, at))
            self.damaged += 1

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read_cursor(self) -> Position:
        """A cursor that is missing or damaged is at the beginning: what is there is sent again, which harms nobody."""
        try:
            cursor = msgspec.json.decode((self._folder / _CURSOR).read_bytes(), type=_Cursor)
        except (FileNotFoundError, ValueError):
            return Position()
        position = Position(cursor.file, cursor.offset)
        return position if cursor.check == _check(position) else Position()

    def _write_cursor(self) -> None:
        path = self._folder / _CURSOR
        try:
            cursor = _Cursor(self._cursor.file, self._cursor.offset, _check(self._cursor))
            path.with_suffix(".new").write_bytes(msgspec.json.encode(cursor))
            path.with_suffix(".new").replace(path)
        except OSError as error:
            self._failed(error)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:012d}{_SUFFIX}"
