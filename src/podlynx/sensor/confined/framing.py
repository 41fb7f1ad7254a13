"""Messages on a stream: four bytes of length (big endian), then that many bytes."""

import struct
from collections.abc import Iterator
from typing import Final

import msgspec

FRAME_CAP: Final = 96 << 20
"""Bytes of one message: the largest carries a rule set with its pattern databases."""
_LENGTH: Final = struct.Struct(">I")


class FrameError(ValueError):
    """A stream that is no sequence of messages: nothing after this can be trusted."""


def frame(message: msgspec.Struct) -> bytes:
    """The bytes of a message on the stream. Raises FrameError where it is over the cap."""
    payload = msgspec.msgpack.encode(message)
    if len(payload) > FRAME_CAP:
        raise FrameError(f"a message of {len(payload)} bytes; at most {FRAME_CAP} pass")
    return _LENGTH.pack(len(payload)) + payload


class Frames:
    """Takes pieces of a stream and gives whole payloads."""

    def __init__(self, cap: int = FRAME_CAP) -> None:
        self._cap = cap
        self._waiting = bytearray()
        self._wanted = 0
        """Bytes to the end of the message that has begun: no look at the pieces before they are there."""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The payloads that are whole by now. Raises FrameError on a length over the cap."""
        self._waiting += piece
        at = 0
        while len(self._waiting) - at >= max(self._wanted, _LENGTH.size):
            (length,) = _LENGTH.unpack_from(self._waiting, at)
            if length > self._cap:
                raise FrameError(f"a message of {length} bytes is announced; at most {self._cap} pass")
            self._wanted = _LENGTH.size + length
            if len(self._waiting) - at < self._wanted:
                break
            yield bytes(self._waiting[at + _LENGTH.size : at + self._wanted])
            at += self._wanted
            self._wanted = 0
        del self._waiting[:at]
