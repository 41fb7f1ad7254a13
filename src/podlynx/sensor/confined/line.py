"""The inspector's end of the socket pair."""

import socket
from collections import deque
from typing import Final

from podlynx.sensor.confined.framing import Frames
from podlynx.sensor.confined.messages import ToInspector, decode_to_inspector

READ_BYTES: Final = 1 << 18
DESCRIPTOR_CAP: Final = 16
"""Descriptors that one read can bring."""


class Line:
    """Whole messages in, with the descriptors that came along."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._frames = Frames()
        self._whole: deque[ToInspector] = deque()
        self._descriptors: deque[int] = deque()

    def next(self) -> ToInspector | None:
        """The next message; None: the watcher has gone. Raises ValueError on anything that is no message."""
        while not self._whole:
            piece, descriptors, _, _ = socket.recv_fds(self._line, READ_BYTES, DESCRIPTOR_CAP)
            self._descriptors.extend(descriptors)
            if not piece:
                return None
            self._whole.extend(decode_to_inspector(payload) for payload in self._frames.feed(piece))
        return self._whole.popleft()

    def descriptor(self) -> int | None:
        """The descriptor that belongs to an `Adopt`."""
        return self._descriptors.popleft() if self._descriptors else None
