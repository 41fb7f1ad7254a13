"""The spool: events on disk, in a lane for each severity, until the manager has them.

A crash of the process loses nothing that was appended; a crash of the machine at most `SYNC_SECONDS`. A full disk is survived:
events then wait in memory, within a cap, and what finds no room is counted. A full spool drops the oldest of the lowest severity,
and says so in an event of its own.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import structlog

from podlynx.models.loss import Loss, loss_of, together
from podlynx.models.severity import severity_of
from podlynx.sensor.spool.lane import FILE_BYTES, Lane, LaneBatch
from podlynx.sensor.spool.records import about, packed

SPOOL_BYTES: Final = 256 << 20
"""Bytes on disk at most; beyond, the oldest file of the lowest severity goes and its events are counted as dropped."""
MEMORY_EVENTS: Final = 1000
MEMORY_BYTES: Final = 8 << 20
"""Events that wait in memory while the disk takes none."""
CAPTURE_PRIORITY: Final = 255
"""Of packets that followed an event: less than any alert."""
_SEVERITIES: Final = (100, 70, 40, 10, 0)
"""A lane each, shipped in this order and dropped in the other. The first is the folder itself, as of older versions."""

_KINDS: Final = 32
"""Reasons times severities: more than there are."""

log = structlog.get_logger(__name__)


class Batch(NamedTuple):
    """Events to send, and how to say afterwards that they were taken."""

    events: list[bytes]
    lanes: list[tuple[int, LaneBatch]]
    memory: int = 0
    """How many come from memory, not from disk."""


class SpoolCounters(msgspec.Struct):
    """Since the start."""

    appended: int = 0
    dropped: int = 0
    """Events that went because the spool was full; by severity below."""
    dropped_severity_100: int = 0
    dropped_severity_70: int = 0
    dropped_severity_40: int = 0
    dropped_severity_10: int = 0
    dropped_captures: int = 0
    lost: int = 0
    """Events that neither disk nor memory had room for."""
    foreign: int = 0
    """Events of another host, found at the start (the disk was another node's, or the node had another name): none is taken."""
    damaged: int = 0
    """Places in files where bytes were no record: each cost an event or more."""
    disk_errors: int = 0


class Spool:
    """One process writes and reads; its threads may do so at once."""

    def __init__(
        self,
        folder: Path,
        *,
        host: str = "",
        cap: int = SPOOL_BYTES,
        file_bytes: int = FILE_BYTES,
        told: Callable[[Loss], bytes] | None = None,
    ) -> None:
        """Take up what an earlier process left, but for events of another `host` than this (empty: of any).

        A folder that cannot be used is a full disk: events wait in memory. `told` makes the record that tells of a loss.
        """
        self._cap, self._told = cap, told
        self._counters = SpoolCounters()
        folders = (folder, *(folder / str(severity) for severity in _SEVERITIES[1:]))
        self.lanes = [Lane(each, host=host, file_bytes=file_bytes, failed=self._disk_failed) for each in folders]
        self._memory: deque[bytes] = deque()
        self._memory_bytes = 0
        self._lock = threading.RLock()
        self._open(folder)

    @property
    def counters(self) -> SpoolCounters:
        """As of now."""
        self._counters.foreign = sum(lane.foreign for lane in self.lanes)
        self._counters.damaged = sum(lane.damaged for lane in self.lanes)
        return self._counters

    @property
    def waiting(self) -> int:
        """Events that wait for the manager."""
        with self._lock:
            return sum(lane.waiting for lane in self.lanes) + len(self._memory)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(lane.size for lane in self.lanes)

    def append(self, events: Sequence[bytes]) -> None:
        """Keep events (JSON, no newline). Never raises for the disk's sake."""
        with self._lock:
            self._counters.appended += len(events)
            for place, own in _by_lane(events):
                self._append(place, own)

    def read(self, most: int, most_bytes: int) -> Batch:
        """The oldest events of the highest severity that were not acknowledged; empty where none wait."""
        with self._lock:
            events: list[bytes] = []
            lanes: list[tuple[int, LaneBatch]] = []
            for place, lane in enumerate(self.lanes):
                room = most_bytes - sum(map(len, events)) - len(events)
                if len(events) >= most or (events and room <= 0):
                    break
                part = lane.read(most - len(events), room)
                if not part.events or (events and sum(map(len, part.events)) > room):
                    continue
                events += part.events
                lanes.append((place, part))
            if events:
                return Batch(events, lanes)
            waiting = list(islice(self._memory, most))
            return Batch(waiting, [], len(waiting))

    def acknowledge(self, batch: Batch) -> None:
        """The manager has these: forget them."""
        with self._lock:
            for _ in range(min(batch.memory, len(self._memory))):
                self._memory_bytes -= len(self._memory.popleft())
            for place, part in batch.lanes:
                self.lanes[place].acknowledge(part)

    def sync(self) -> None:
        """Ask the disk to keep what was written, where that is due."""
        with self._lock:
            for lane in self.lanes:
                lane.sync()

    def close(self) -> None:
        """Write out everything."""
        with self._lock:
            for lane in self.lanes:
                lane.close()

    def _open(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for lane in self.lanes:
                lane.open()
            for place, lane in enumerate(self.lanes):
                for number, path in lane.left_aside():
                    self._forget(place, number, path)
        except OSError as error:
            self._disk_failed(error)

    def _append(self, place: int, events: list[bytes]) -> None:
        data = b"".join(map(packed, events))
        try:
            if not self._make_room(place, len(data)):
                self._dropped(place, events, time.time_ns() % (1 << 53))
                return
            self.lanes[place].append(data, len(events))
        except OSError as error:
            self._disk_failed(error)
            self._remember(events)

    def _make_room(self, place: int, more: int) -> bool:
        """False where only what is more severe than this could go."""
        gone: list[tuple[int, int, Path]] = []
        while self.size and self.size + more > self._cap:
            victim = next((each for each in range(len(self.lanes) - 1, place - 1, -1) if self.lanes[each].size), None)
            aside = self.lanes[victim].set_aside() if victim is not None else None
            if victim is None or aside is None:
                break
            gone.append((victim, *aside))
        for each in gone:  # what is told of them takes room again, so not before
            self._forget(*each)
        return not self.size or self.size + more <= self._cap or bool(gone)

    def _forget(self, place: int, number: int, path: Path) -> None:
        """Tells what a file held that was set aside, then deletes it: after a crash between the two the same is told again."""
        if events := self.lanes[place].events_of(path, number):
            self._dropped(place, events, number)
        path.unlink(missing_ok=True)

    def _dropped(self, place: int, events: list[bytes], number: int) -> None:
        """Counts and tells. What was told of earlier losses is not lost with them: it is told again, together."""
        severity = _SEVERITIES[place]
        before = [loss for event in events if (loss := loss_of(event)) is not None]
        count = len(events) - len(before)
        self._counters.dropped += count
        name = f"dropped_severity_{severity}" if severity else "dropped_captures"
        setattr(self._counters, name, getattr(self._counters, name) + count)
        log.warning("the spool is full, its oldest events are dropped", events=count, severity=severity)
        if count and severity:
            times = [moment for _, moment in map(about, events) if moment] or [time.time_ns()]
            before.append(Loss(why="spool_full", count=count, severity=severity, first_time=min(times), last_time=max(times)))
        alike: dict[tuple[str, int], list[Loss]] = {}
        for loss in before:
            alike.setdefault((loss.why, loss.severity), []).append(loss)
        for each, losses in enumerate(alike.values()):
            self.tell(msgspec.structs.replace(together(losses), number=(number * len(_SEVERITIES) + place) * _KINDS + each))

    def tell(self, loss: Loss) -> None:
        """Keeps the event of a loss, whatever the spool's cap."""
        if self._told is None:
            return
        record = self._told(loss)
        with self._lock:
            try:
                self.lanes[0].append(packed(record), 1)
            except OSError as error:
                self._disk_failed(error)
                self._remember([record])

    def _remember(self, events: Sequence[bytes]) -> None:
        for event in events:
            if len(self._memory) >= MEMORY_EVENTS or self._memory_bytes + len(event) > MEMORY_BYTES:
                self._counters.lost += 1
                continue
            self._memory.append(event)
            self._memory_bytes += len(event)

    def _disk_failed(self, error: OSError) -> None:
        if self._counters.disk_errors == 0:
            log.warning("the spool's disk does not work, events wait in memory", error=str(error))
        self._counters.disk_errors += 1


def _by_lane(events: Sequence[bytes]) -> list[tuple[int, list[bytes]]]:
    lanes: dict[int, list[bytes]] = {}
    for event in events:
        lanes.setdefault(_lane_of(event), []).append(event)
    return sorted(lanes.items())


def _lane_of(event: bytes) -> int:
    """What says no priority goes first: nobody knows how bad it is."""
    priority, _ = about(event)
    if priority == CAPTURE_PRIORITY:
        return len(_SEVERITIES) - 1
    return _SEVERITIES.index(severity_of(priority)) if priority else 0
