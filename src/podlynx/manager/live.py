"""The live stream of alerts: one publisher, many readers, each with a bounded queue.

A reader that falls behind loses its queue and is told to reload the list, so that neither memory nor the other readers
suffer. Frames are written once and shared by all readers.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from podlynx.models.event import EventDocument
from podlynx.models.status import LiveStatistics
from podlynx.store.protocol import Change

HEARTBEAT: Final = b": still here\n\n"


def alert_frame(change: Change) -> bytes:
    """The server-sent event of one changed group."""
    return b"id: %d\nevent: alert\ndata: %b\n\n" % (change.cursor, msgspec.json.encode(change.row))


def event_frame(cursor: int, document: EventDocument) -> bytes:
    """The server-sent event of one stored event."""
    return b"id: %d\nevent: event\ndata: %b\n\n" % (cursor, msgspec.json.encode(document))


def position_frame(cursor: int) -> bytes:
    """Says from where the stream goes on, so that a reader that loses its connection at once can resume.

    Without data it is no event to the page; a browser keeps the id all the same (WHATWG HTML, section 9.2.6).
    """
    return b"id: %d\n\n" % cursor


def reload_frame(cursor: int) -> bytes:
    """Tells the reader that it missed alerts and has to fetch the list again."""
    return b'id: %d\nevent: reload\ndata: {"cursor":"%d"}\n\n' % (cursor, cursor)


class Reader:
    """One subscriber's queue; `owner` is whose. `lagging` is set where it ran full; what was in it is then of no use."""

    def __init__(self, size: int, owner: str = "") -> None:
        self.owner = owner
        self._waiting: asyncio.Queue[Change | None] = asyncio.Queue(size)
        self.lagging = False
        self.closed = False

    def offer(self, change: Change) -> bool:
        """Queues a change; False where the reader fell behind just now."""
        if self.lagging:
            return True
        try:
            self._waiting.put_nowait(change)
        except asyncio.QueueFull:
            self.lagging = True
            return False
        return True

    def reload(self) -> None:
        """Has the reader told to fetch its list again, and wakes it."""
        self.lagging = True
        if not self._waiting.full():
            self._waiting.put_nowait(None)

    def end(self) -> None:
        """Wakes the reader for the last time."""
        self.closed = True
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    async def next(self, seconds: float) -> Change | None:
        """The next change, or None at the end. Raises `TimeoutError` when `seconds` passed."""
        async with asyncio.timeout(seconds):
            return await self._waiting.get()


class Bell(Reader):
    """A reader that wants to know only that something came, and asks the store for it."""

    def __init__(self, owner: str = "") -> None:
        super().__init__(1, owner)

    def offer(self, change: Change) -> bool:
        """Rings; one that rings already goes on."""
        return self._waiting.full() or super().offer(change)

    async def rung(self, seconds: float) -> bool:
        """Waits until it rings, or for the end; False where `seconds` passed."""
        try:
            await self.next(seconds)
        except TimeoutError:
            return False
        return True


class Live:
    """The readers of one manager. Everything happens in the manager's event loop."""

    def __init__(self, *, max_readers: int, max_each: int, queue: int) -> None:
        self._readers: set[Reader] = set()
        self._max = max_readers
        self._max_each = max_each
        self._queue = queue
        self._closed = False
        self.published = 0
        self.refused_full = 0
        self.told_to_reload = 0

    @property
    def read(self) -> bool:
        """Whether anybody reads."""
        return bool(self._readers)

    def publish(self, changes: Sequence[Change]) -> None:
        """Hands changes to every reader; never waits."""
        self.published += len(changes)
        for reader in self._readers:
            for change in changes:
                if not reader.offer(change):
                    self.told_to_reload += 1

    def reload(self) -> None:
        """Tells every reader to fetch its list again: what is shown is decided otherwise from now on."""
        for reader in self._readers:
            reader.reload()
            self.told_to_reload += 1

    def full(self, owner: str = "") -> bool:
        """True, and counted, where no further reader may come, or none of that owner."""
        own = sum(reader.owner == owner for reader in self._readers)
        if not self._closed and len(self._readers) < self._max and own < self._max_each:
            return False
        self.refused_full += 1
        return True

    @asynccontextmanager
    async def reader(self, owner: str = "") -> AsyncIterator[Reader]:
        """A new reader, that gets what is published from now on."""
        reader = Reader(self._queue, owner)
        async with self._open(reader):
            yield reader

    @asynccontextmanager
    async def bell(self, owner: str = "") -> AsyncIterator[Bell]:
        """A bell that rings when something is published from now on; it counts as a reader."""
        bell = Bell(owner)
        async with self._open(bell):
            yield bell

    @asynccontextmanager
    async def _open(self, reader: Reader) -> AsyncIterator[None]:
        self._readers.add(reader)
        if self._closed:
            reader.end()
        try:
            yield
        finally:
            self._readers.discard(reader)

    def close(self) -> None:
        """Ends every stream, so that the server can stop."""
        self._closed = True
        for reader in self._readers:
            reader.end()

    def statistics(self) -> LiveStatistics:
        """Counters since the start."""
        return LiveStatistics(
            subscribers=len(self._readers),
            published=self.published,
            refused_full=self.refused_full,
            told_to_reload=self.told_to_reload,
        )


StatusSource = Callable[[], object]
