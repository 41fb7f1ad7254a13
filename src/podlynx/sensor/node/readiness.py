"""What the sensor answers on its node's loopback: `/readiness`, `/livez`, `/metrics`.

Without a token, because nobody but the node can ask, and because none of it names a namespace, a pod or an address.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Final

import structlog

from podlynx.telemetry.health import Answer, health_answer
from podlynx.telemetry.metrics import CONTENT_TYPE

REQUEST_BYTES: Final = 4096
REQUEST_SECONDS: Final = 2.0
CONNECTION_CAP: Final = 16
"""Probes at once."""

log = structlog.get_logger(__name__)


class Readiness:
    """Answers while it is open. `reason`: why the sensor is not ready; empty: it is. `metrics`: text for Prometheus."""

    def __init__(self, port: int, reason: Callable[[], str], metrics: Callable[[], bytes] = bytes) -> None:
        self._port, self._reason, self._metrics = port, reason, metrics
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
        if method not in (b"GET", b"HEAD"):
            return _response(_NONE)
        match path:
            case b"/readiness":
                return _response(health_answer([self._reason()], _accept(rest)))
            case b"/livez":  # whoever can answer is not stuck
                return _response(health_answer([], _accept(rest)))
            case b"/metrics":
                return _response(Answer(200, f"{CONTENT_TYPE}; charset=utf-8", self._metrics()))
        return _response(_NONE)


_NONE: Final = Answer(404, "text/plain; charset=utf-8", b"there are GET /readiness, /livez and /metrics\n")


def _accept(request: bytes) -> str:
    """The header `Accept`; empty where there is none."""
    lines = request.decode("latin-1").split("\r\n")[1:]
    return next((line.partition(":")[2] for line in lines if line.lower().startswith("accept:")), "")


def _response(answer: Answer) -> bytes:
    status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
    head = (
        f"HTTP/1.1 {status}",
        f"Content-Type: {answer.media_type}",
        f"Content-Length: {len(answer.body)}",
        "Connection: close",
    )
    return "\r\n".join([*head, "", ""]).encode() + answer.body
