"""The read-only connections: a few, each used by one thread at a time, each search with a time limit."""

from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Final, TypeVar

import anyio
import anyio.to_thread
import apsw

from podlynx.store.errors import QueryTooSlow, StoreClosed
from podlynx.store.sqlite.connection import limited, open_reader, saying

T = TypeVar("T")

CONNECTIONS: Final = 3


class Readers:
    """Runs reads in threads. More of them than connections wait for their turn."""

    def __init__(self, path: Path, seconds: float, connections: int = CONNECTIONS) -> None:
        self._path = path
        self._seconds = seconds
        self._connections = connections
        self._idle: SimpleQueue[apsw.Connection] = SimpleQueue()
        self._limiter: anyio.CapacityLimiter | None = None
        self._closed = False
        self.timed_out = 0
        for _ in range(connections):
            self._idle.put(open_reader(path))

    async def run(self, read: Callable[[apsw.Connection], T]) -> T:
        """What `read` answers. Raises `QueryTooSlow` past the time limit."""
        if self._closed:
            raise StoreClosed("The event store is closed.")
        if self._limiter is None:  # anyio binds it to the running event loop
            self._limiter = anyio.CapacityLimiter(self._connections)
        return await anyio.to_thread.run_sync(self._read, read, limiter=self._limiter)

    def _read(self, read: Callable[[apsw.Connection], T]) -> T:
        connection = self._idle.get()
        try:
            with saying(self._path), limited(connection, self._seconds):
                return read(connection)
        except QueryTooSlow:
            self.timed_out += 1
            raise
        finally:
            self._idle.put(connection)

    def close(self) -> None:
        """Closes the connections, each when the read that uses it is over."""
        if not self._closed:
            self._closed = True
            for _ in range(self._connections):
                self._idle.get().close()
