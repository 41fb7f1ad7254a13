"""The watcher's messages on their way to one inspector, with the descriptors that travel along."""

import asyncio
import os
import socket
from collections.abc import Callable

import msgspec
import structlog

from podlynx.sensor.confined.framing import FrameError, frame
from podlynx.sensor.confined.messages import Rules, Start

log = structlog.get_logger(__name__)


class Sending:
    """A queue of messages, in order, for one inspector."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[msgspec.Struct, int | None]] = asyncio.Queue()

    def put(self, message: msgspec.Struct, descriptor: int | None = None) -> None:
        """Send this, and the descriptor along; it is closed here."""
        self._queue.put_nowait((message, descriptor))

    async def run(self, line: socket.socket, unsent: Callable[[msgspec.Struct, FrameError], None]) -> None:
        """Send until cancelled, or the inspector is gone. `unsent` is told of a message that is too large for the line."""
        try:
            while True:
                message, descriptor = await self._queue.get()
                try:
                    await _send(line, _framed(message), descriptor)
                except FrameError as error:
                    log.error("a message to the inspector is not sent", error=str(error))
                    unsent(message, error)
                finally:
                    if descriptor is not None:
                        os.close(descriptor)
        except OSError:  # it ended; whoever reads is told
            return

    def drop(self) -> None:
        """Forget what was not sent."""
        while not self._queue.empty():
            _, descriptor = self._queue.get_nowait()
            if descriptor is not None:
                os.close(descriptor)


def slim(rules: Rules) -> Rules:
    """Without the pattern databases: tens of megabytes that save a compilation a third of a second."""
    return msgspec.structs.replace(rules, patterns=None)


def _framed(message: msgspec.Struct) -> bytes:
    """Its bytes; rules go without their pattern databases where both do not fit. Raises FrameError."""
    try:
        return frame(message)
    except FrameError:
        if isinstance(message, Rules) and message.patterns is not None:
            return frame(slim(message))
        if isinstance(message, Start) and message.rules.patterns is not None:
            return frame(msgspec.structs.replace(message, rules=slim(message.rules)))
        raise


async def _send(line: socket.socket, data: bytes, descriptor: int | None) -> None:
    if descriptor is not None:  # it travels with the first byte of its message
        data = data[await _send_descriptor(line, data, descriptor) :]
    await asyncio.get_running_loop().sock_sendall(line, data)


async def _send_descriptor(line: socket.socket, data: bytes, descriptor: int) -> int:
    """Send the beginning of `data` with the descriptor; answers how much of it went."""
    while True:
        try:
            return socket.send_fds(line, [data], [descriptor])
        except BlockingIOError:
            await asyncio.sleep(0.005)
