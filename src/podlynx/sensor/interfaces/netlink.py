"""Routing netlink by plain sockets: requests, dumps and their attributes (netlink(7), rtnetlink(7)). No capability is needed."""

import os
import socket
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple, Self

NLM_F_REQUEST: Final = 0x1
NLM_F_DUMP: Final = 0x300
NLM_F_DUMP_INTR: Final = 0x10
_NLMSG_ERROR: Final = 2
_NLMSG_DONE: Final = 3

_HEADER: Final = struct.Struct("=IHHII")
_ATTRIBUTE: Final = struct.Struct("=HH")
_TYPE_MASK: Final = 0x3FFF
"""The two upper bits of an attribute's type say nested and byte order."""

RECEIVE_BYTES: Final = 256 * 1024
"""One read: the kernel never answers more than 32 kB at once to a buffer of this size."""
REPLY_SECONDS: Final = 2.0
DUMP_TRIES: Final = 3
"""A dump that the kernel says was interrupted by a change is read again this often; the last answer is taken as it is."""


class NetlinkError(OSError):
    """The kernel refused a request; `errno` says why."""


class Message(NamedTuple):
    """One message: type, flags, and what follows the header."""

    type: int
    flags: int
    body: bytes


class Netlink:
    """One request at a time to the kernel, of the network namespace it was opened in."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        self._socket.settimeout(REPLY_SECONDS)
        self._socket.bind((0, 0))
        self._sequence = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """No more requests."""
        self._socket.close()

    def ask(self, kind: int, body: bytes) -> Message:
        """The one answer to a request. Raises NetlinkError (an errno of the kernel), or TimeoutError."""
        return self._exchange(kind, NLM_F_REQUEST, body)[0]

    def dump(self, kind: int, body: bytes) -> list[Message]:
        """Every object of a kind. Raises NetlinkError or TimeoutError."""
        found: list[Message] = []
        for _ in range(DUMP_TRIES):
            found = self._exchange(kind, NLM_F_REQUEST | NLM_F_DUMP, body)
            if not any(message.flags & NLM_F_DUMP_INTR for message in found):
                break
        return found

    def _exchange(self, kind: int, flags: int, body: bytes) -> list[Message]:
        self._sequence += 1
        self._socket.send(_HEADER.pack(_HEADER.size + len(body), kind, flags, self._sequence, 0) + body)
        found: list[Message] = []
        while True:
            for message, sequence in _messages(self._socket.recv(RECEIVE_BYTES)):
                if sequence != self._sequence:  # a late answer to a request that timed out
                    continue
                if message.type == _NLMSG_DONE:
                    return found
                if message.type == _NLMSG_ERROR:
                    _raise(message.body)
                    continue
                found.append(message)
            if found and not flags & NLM_F_DUMP:
                return found


def _raise(body: bytes) -> None:
    (code,) = struct.unpack_from("=i", body)
    if code:
        raise NetlinkError(-code, os.strerror(-code))


def messages(data: bytes) -> Iterator[Message]:
    """The messages of one datagram of the kernel; what is cut off is left."""
    return (message for message, _ in _messages(data))


def _messages(data: bytes) -> Iterator[tuple[Message, int]]:
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, flags, sequence, _ = _HEADER.unpack_from(data, at)
        if not _HEADER.size <= length <= len(data) - at:
            return
        yield Message(kind, flags, data[at + _HEADER.size : at + length]), sequence
        at += (length + 3) & ~3


def attributes(data: bytes) -> dict[int, bytes]:
    """Attributes by type; of one that stands twice the last."""
    found: dict[int, bytes] = {}
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if not _ATTRIBUTE.size <= length <= len(data) - at:
            break
        found[kind & _TYPE_MASK] = data[at + _ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3
    return found


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute, padded."""
    length = _ATTRIBUTE.size + len(value)
    return _ATTRIBUTE.pack(length, kind) + value + b"\0" * (-length % 4)


def word(value: bytes | None) -> int | None:
    """A signed 32-bit attribute."""
    return struct.unpack("=i", value)[0] if value is not None and len(value) == 4 else None


def text(value: bytes | None) -> str:
    """A string attribute, without its NUL."""
    return (value or b"").rstrip(b"\0").decode(errors="replace")
