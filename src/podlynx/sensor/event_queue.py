"""The bounded way from the inspecting thread to the event loop. Full means counted, never blocked."""

import asyncio
from collections import deque
from collections.abc import Sequence
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

EVENT_CAP = 20_000
"""Events that wait at most: at 2 to 20 kB each, some 100 MB."""


class EventQueue(Generic[T]):
    """Many may put, from any thread; one coroutine takes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, cap: int = EVENT_CAP) -> None:
        self._loop = loop
        self._cap = cap
        self._waiting: deque[T] = deque()
        self._lock = Lock()
        self._arrived = asyncio.Event()
        self._closed = False
        self.dropped = 0

    def put(self, events: Sequence[T]) -> None:
        """Queue what there is room for, count the rest in `dropped`."""
        with self._lock:
            room = max(self._cap - len(self._waiting), 0)
            self._waiting.extend(events[:room])
            self.dropped += max(len(events) - room, 0)
        self._wake()

    def close(self) -> None:
        """No more will come: `take` answers what waits, then nothing."""
        self._closed = True
        self._wake()

    async def take(self, most: int = 1000) -> list[T]:
        """Wait for events; up to `most`, oldest first. Empty: closed and drained."""
        while True:
            self._arrived.clear()
            with self._lock:
                taken = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            if taken or self._closed:
                return taken
            await self._arrived.wait()

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._arrived.set)
        except RuntimeError:  # the loop has ended: nobody takes any more
            self._closed = True
