"""HTTPS to one of our own, or to the user's search engine, whose authority (a PEM file) may change while connections are in use.

A request that is on its way ends as it began; the next one goes by the new authority. A file that cannot be read, or is half
written, leaves the old authority in use.
"""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx2

Connect = Callable[[ssl.SSLContext], httpx2.AsyncClient]
_Stamp = tuple[str, int, int, int]
_SYSTEM: Final[_Stamp] = ("", 0, 0, 0)


class _Line:
    """A client, and how many requests are on their way by it."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http, self.busy = http, 0


class TrustingClient:
    """One event loop uses it. `authority`: certificates that the server's must be signed by; None: those of the system."""

    def __init__(self, authority: Path | None, connect: Connect) -> None:
        self.reloads = 0
        self._authority, self._connect = authority, connect
        self._line: _Line | None = None
        self._stamp: _Stamp | None = None

    @asynccontextmanager
    async def use(self) -> AsyncIterator[httpx2.AsyncClient]:
        """The client of this moment, which is not closed before the block ends. Raises OSError: there is no authority (yet)."""
        line = await self._current()
        line.busy += 1
        try:
            yield line.http
        finally:
            line.busy -= 1
            await self._retire(line)

    async def close(self) -> None:
        """Ends every connection; the next use opens anew."""
        line, self._line, self._stamp = self._line, None, None
        if line is not None:
            await line.http.aclose()

    async def _current(self) -> _Line:
        try:
            if (stamp := self._look()) != self._stamp:
                context = ssl.create_default_context(cafile=self._authority)
                before, self._line, self._stamp = self._line, _Line(self._connect(context)), stamp
                self.reloads += before is not None
                if before is not None:
                    await self._retire(before)
        except OSError:  # ssl.SSLError is one
            if self._line is None:
                raise
        if self._line is None:
            raise OSError("the connection was closed meanwhile")
        return self._line

    async def _retire(self, line: _Line) -> None:
        if line is not self._line and line.busy == 0:
            await line.http.aclose()

    def _look(self) -> _Stamp:
        if self._authority is None:
            return _SYSTEM
        # Mounted files are links into a folder that is swapped as a whole: where they lead tells a new one from an old.
        path = self._authority.resolve()
        about = path.stat()
        return str(path), about.st_ino, about.st_mtime_ns, about.st_size
