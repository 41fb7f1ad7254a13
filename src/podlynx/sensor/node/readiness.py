"""`GET /readiness` on loopback: 200 when the sensor captures and knows its pods, else 503 and why."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

REQUEST_BYTES: Final = 4096
REQUEST_SECONDS: Final = 2.0
CONNECTION_CAP: Final = 16
"""Probes at once."""

log = structlog.get_logger(__name__)


class Readiness:
    """Answers while it is open. `reason`: why the sensor is not ready; empty: it is."""

    def __init__(self, port: int, reason: Callable[[], str]) -> None:
        self._port, self._reason = port, reason
        self._servers: list[asyncio.Server] = []
        self._open = 0

    async def start(self) -> None:
        """Listen on both loopback addresses, as far as the node has them. Raises OSError where neither can be had."""
        failure: OSError | None = None
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            try:
                server = await asyncio.start_server(self._serve, address, self._port, family=family, limit=REQUEST_BYTES)
                self._servers.append(server)
            except OSError as error:
                failure = error
                log.info("readiness is not served there", address=address, port=self._port, error=str(error))
        if not self._servers and failure is not None:
            raise failure

    async def stop(self) -> None:
        """No more answers."""
        for server in self._servers:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= CONNECTION_CAP:
                async with asyncio.timeout(REQUEST_SECONDS):
                    request = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(request))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever it is, a probe would have asked
        finally:
            self._open -= 1
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _answer(self, request: bytes) -> bytes:
        method, _, rest = request.partition(b" ")
        path = rest.split(b" ", 1)[0].split(b"?", 1)[0]
        if method not in (b"GET", b"HEAD") or path != b"/readiness":
            return _response("404 Not Found", "there is only GET /readiness")
        reason = self._reason()
        return _response("503 Service Unavailable", reason) if reason else _response("200 OK", "ready")


def _response(status: str, text: str) -> bytes:
    body = f"{text}\n".encode()
    head = (f"HTTP/1.1 {status}", "Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(body)}", "Connection: close")
    return "\r\n".join([*head, "", ""]).encode() + body
