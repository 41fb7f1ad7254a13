"""A way to a server that counts what passes: connections and bytes each way, TLS and all."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Self

PIECE = 64 * 1024


@dataclass
class Meter:
    """Forwards a port of loopback to `host:port`."""

    host: str
    port: int
    connections: int = 0
    opened: int = 0
    sent: int = 0
    received: int = 0
    _server: asyncio.Server | None = field(default=None, repr=False)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._taken, "127.0.0.1", 0, backlog=2048)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    @property
    def address(self) -> str:
        """`127.0.0.1:port` to connect to."""
        assert self._server is not None
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(self.host, self.port)
        except OSError:
            writer.close()
            return
        self.connections += 1
        self.opened += 1
        try:
            await asyncio.gather(self._pass(reader, back, "sent"), self._pass(there, writer, "received"))
        except asyncio.CancelledError:
            return  # the measurement ends: asyncio would print each connection's end as an error
        finally:
            self.connections -= 1

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE):
                setattr(self, way, getattr(self, way) + len(piece))
                writer.write(piece)
                await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()
