"""The bounded way from the polling thread to the watcher. Full means counted, never blocked."""

import socket
import threading
from collections import deque
from typing import Final

import msgspec

from podlynx.sensor.confined.framing import frame
from podlynx.sensor.confined.messages import Aftermaths, Events, Figures

EVENT_BYTES: Final = 32 << 20
"""Bytes of events that wait for the watcher at most."""


class Outbox:
    """Messages in order; a thread of its own writes them. Figures that are overtaken by newer ones are not sent."""

    def __init__(self, line: socket.socket, event_bytes: int = EVENT_BYTES) -> None:
        self.lost = 0
        """Events that found no room."""
        self.aftermaths_lost = 0
        self._line = line
        self._cap = event_bytes
        self._waiting: deque[msgspec.Struct] = deque()
        self._figures: Figures | None = None
        self._bytes = 0
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._write, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def events(self, lines: bytes) -> None:
        """Queue event lines, or count them."""
        with self._changed:
            if self._bytes + len(lines) > self._cap:
                self.lost += lines.count(b"\n") + (not lines.endswith(b"\n"))
                return
            self._bytes += len(lines)
            self._waiting.append(Events(lines))
            self._changed.notify()

    def aftermaths(self, lines: bytes) -> None:
        """Queue what came after events, while there is room: an event without its aftermath is an event all the same."""
        with self._changed:
            if self._bytes + len(lines) > self._cap:
                self.aftermaths_lost += lines.count(b"\n")
                return
            self._bytes += len(lines)
            self._waiting.append(Aftermaths(lines))
            self._changed.notify()

    def figures(self, figures: Figures) -> None:
        """Send these instead of any that still wait."""
        with self._changed:
            self._figures = figures
            self._changed.notify()

    def tell(self, message: msgspec.Struct) -> None:
        """Queue one of the few other messages: there is at most one for each that the watcher sent."""
        with self._changed:
            self._waiting.append(message)
            self._changed.notify()

    def close(self, seconds: float = 5.0) -> None:
        """Write what waits, for that long at most."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _take(self) -> msgspec.Struct | None:
        with self._changed:
            while not self._waiting and self._figures is None and not self._closed:
                self._changed.wait()
            if self._waiting:
                message = self._waiting.popleft()
                self._bytes -= len(message.lines) if isinstance(message, Events | Aftermaths) else 0
                return message
            figures, self._figures = self._figures, None
            return figures

    def _write(self) -> None:
        while (message := self._take()) is not None:
            try:
                self._line.sendall(frame(message))
            except OSError:  # the watcher has gone; the reading thread ends the process
                return
