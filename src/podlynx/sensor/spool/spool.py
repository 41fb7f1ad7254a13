"""The spool: numbered files of records in one folder, and a cursor that says how far the manager has acknowledged.

A crash of the process loses nothing that was appended; a crash of the machine at most `SYNC_SECONDS`. What was acknowledged but
whose cursor was not written is sent again, which the event's id makes harmless. A full disk is survived: events then wait in
memory, within a cap, and what finds no room is counted.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import structlog

from podlynx.sensor.spool.records import Record, of_host, packed, read_records

SPOOL_BYTES: Final = 256 << 20
"""Bytes on disk at most; beyond, the oldest file goes and its events are counted as dropped."""
FILE_BYTES: Final = 4 << 20
SYNC_SECONDS: Final = 1.0
MEMORY_EVENTS: Final = 1000
MEMORY_BYTES: Final = 8 << 20
"""Events that wait in memory while the disk takes none."""
_SUFFIX: Final = ".events"

log = structlog.get_logger(__name__)


class Position(msgspec.Struct, frozen=True, order=True):
    """A place in the spool: number of the file, offset in it."""

    file: int = 0
    offset: int = 0


class Batch(NamedTuple):
    """Events to send, and how to say afterwards that they were taken."""

    events: list[bytes]
    end: Position
    """Up to here on disk."""
    in_last: int
    """Records of them in the file of `end`."""
    memory: int
    """How many come from memory, not from disk."""


class SpoolCounters(msgspec.Struct):
    """Since the start."""

    appended: int = 0
    dropped: int = 0
    """Events of files that went because the spool was full."""
    lost: int = 0
    """Events that neither disk nor memory had room for."""
    foreign: int = 0
    """Events of another host, found at the start (the disk was another node's, or the node had another name): none is taken."""
    disk_errors: int = 0


class Spool:
    """One process writes and reads; its threads may do so at once."""

    def __init__(self, folder: Path, *, host: str = "", cap: int = SPOOL_BYTES, file_bytes: int = FILE_BYTES) -> None:
        """Take up what an earlier process left, but for events of another `host` than this (empty: of any).

        A folder that cannot be used is a full disk: events wait in memory.
        """
        self._host = host
        self._folder, self._cap, self._file_bytes = folder, cap, file_bytes
        self.counters = SpoolCounters()
        self._records: dict[int, int] = {}
        """Records by file; those before the cursor are not counted."""
        self._sizes: dict[int, int] = {}
        self._memory: deque[bytes] = deque()
        self._memory_bytes = 0
        self._file: FileIO | None = None
        self._unsynced_since: float | None = None
        self._cursor = Position()
        self._lock = threading.RLock()
        self._open()

    @property
    def waiting(self) -> int:
        """Events that wait for the manager."""
        with self._lock:
            return sum(self._records.values()) + len(self._memory)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(self._sizes.values())

    def append(self, events: Sequence[bytes]) -> None:
        """Keep events (JSON, no newline). Never raises for the disk's sake."""
        data = b"".join(map(packed, events))
        with self._lock:
            self.counters.appended += len(events)
            try:
                self._write(data, len(events))
            except OSError as error:
                self._disk_failed(error)
                self._remember(events)

    def read(self, most: int, most_bytes: int) -> Batch:
        """The oldest events that were not acknowledged; empty where none wait. The first one counts whatever its size."""
        with self._lock:
            batch = self._read_disk(most, most_bytes)
            if batch.events:
                return batch
            events = list(islice(self._memory, most))
            return Batch(events, batch.end, 0, len(events))

    def acknowledge(self, batch: Batch) -> None:
        """The manager has these: forget them."""
        with self._lock:
            for _ in range(min(batch.memory, len(self._memory))):
                self._memory_bytes -= len(self._memory.popleft())
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
        with self._lock:
            if self._unsynced_since is not None and time.monotonic() - self._unsynced_since >= SYNC_SECONDS:
                self._sync_now()

    def close(self) -> None:
        """Write out everything."""
        with self._lock:
            self._sync_now()
            if self._file is not None:
                self._file.close()
                self._file = None

    def _open(self) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._cursor = self._read_cursor()
            for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
                self._take_up(path)
        except OSError as error:
            self._disk_failed(error)

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
        self.counters.foreign += len(payloads) - len(ours)

    def _rewrite(self, number: int, start: int, payloads: list[bytes]) -> bool:
        """Only these from `start` on; what is before stays, so that the cursor goes on pointing at a record. False: as it was."""
        path = self._path(number)
        try:
            with path.open("rb") as file:
                data = file.read(start) + b"".join(map(packed, payloads))
            path.with_suffix(".new").write_bytes(data)
            path.with_suffix(".new").replace(path)
        except OSError as error:  # a full disk: the manager refuses what is not ours, one by one
            self._disk_failed(error)
            return False
        self._sizes[number] = len(data)
        return True

    def _read_disk(self, most: int, most_bytes: int) -> Batch:
        events: list[bytes] = []
        end, size, in_last = self._cursor, 0, 0
        for number in sorted(number for number in self._sizes if number >= self._cursor.file):
            start = self._cursor.offset if number == self._cursor.file else 0
            for payload, offset in self._records_of(number, start):
                if events and (len(events) >= most or size + len(payload) > most_bytes):
                    return Batch(events, end, in_last, 0)
                events.append(payload)
                size += len(payload) + 1
                in_last = in_last + 1 if number == end.file and end != self._cursor else 1
                end = Position(number, offset)
        return Batch(events, end, in_last, 0)

    def _records_of(self, number: int, start: int) -> Iterator[Record]:
        try:
            with self._path(number).open("rb") as file:
                yield from read_records(file, start, self._sizes[number])
        except OSError as error:
            self._disk_failed(error)

    def _write(self, data: bytes, records: int) -> None:
        file, number = self._current(len(data))
        size = self._sizes[number]
        try:
            written = file.write(data)
            while written < len(data):
                written += file.write(data[written:])
        except OSError:
            os.truncate(self._path(number), size)  # no half record in front of the next one
            raise
        self._sizes[number] = size + len(data)
        self._records[number] += records
        self._unsynced_since = self._unsynced_since or time.monotonic()
        self.sync()

    def _current(self, more: int) -> tuple[FileIO, int]:
        number = max(self._sizes, default=self._cursor.file)
        if self._file is not None and number in self._sizes and self._sizes[number] + more <= self._file_bytes:
            return self._file, number
        self._make_room(more)
        return self._begin_file(max(number, self._cursor.file) + 1)

    def _begin_file(self, number: int) -> tuple[FileIO, int]:
        self._sync_now()
        if self._file is not None:
            self._file.close()
            self._file = None
        self._file = file = self._path(number).open("ab", buffering=0)
        self._sizes[number] = 0
        self._records[number] = 0
        return file, number

    def _make_room(self, more: int) -> None:
        while self._sizes and self.size + more > self._cap:
            oldest = min(self._sizes)
            self.counters.dropped += self._records[oldest]
            log.warning("the spool is full, its oldest events are dropped", events=self._records[oldest])
            self._delete(oldest)

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
            self._disk_failed(error)

    def _remember(self, events: Sequence[bytes]) -> None:
        for event in events:
            if len(self._memory) >= MEMORY_EVENTS or self._memory_bytes + len(event) > MEMORY_BYTES:
                self.counters.lost += 1
                continue
            self._memory.append(event)
            self._memory_bytes += len(event)

    def _sync_now(self) -> None:
        if self._file is None or self._unsynced_since is None:
            return
        self._unsynced_since = None
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            self._disk_failed(error)

    def _read_cursor(self) -> Position:
        try:
            return msgspec.json.decode((self._folder / "cursor").read_bytes(), type=Position)
        except (FileNotFoundError, msgspec.DecodeError):  # sent again from the beginning, which harms nobody
            return Position()

    def _write_cursor(self) -> None:
        path = self._folder / "cursor"
        try:
            path.with_suffix(".new").write_bytes(msgspec.json.encode(self._cursor))
            path.with_suffix(".new").replace(path)
        except OSError as error:
            self._disk_failed(error)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:012d}{_SUFFIX}"

    def _disk_failed(self, error: OSError) -> None:
        if self.counters.disk_errors == 0:
            log.warning("the spool's disk does not work, events wait in memory", folder=str(self._folder), error=str(error))
        self.counters.disk_errors += 1
