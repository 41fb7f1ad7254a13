"""One record of a spool file: mark, length, CRC-32 of the payload (big endian), payload."""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, NamedTuple

import msgspec

from podlynx.models.decoding import decoded

MARK: Final = b"PLX1"
RECORD_CAP: Final = 1 << 20
"""Bytes of one payload. An event's own caps (`models.engine_event`) keep it far below."""
HEAD: Final = struct.Struct(">4sII")
_SEARCH_BYTES: Final = 1 << 16


class Record(NamedTuple):
    """A payload and where the next record begins."""

    payload: bytes
    end: int


class _About(msgspec.Struct, frozen=True):
    priority: int = 0
    time: int = 0


_ABOUT: Final = msgspec.json.Decoder(_About)


def about(payload: bytes) -> tuple[int, int]:
    """(priority, time) of an event (JSON), as far as it says."""
    try:
        said = decoded(_ABOUT, payload)
    except msgspec.DecodeError:
        return 0, 0
    return said.priority, said.time


class _Host(msgspec.Struct, frozen=True):
    host: str = ""


_HOST: Final = msgspec.json.Decoder(_Host)


def of_host(payload: bytes, host: str) -> bool:
    """Whether an event (JSON) may be that host's: it names no other one."""
    try:
        return decoded(_HOST, payload).host in ("", host) or not host
    except msgspec.DecodeError:  # the manager will say what it thinks of it
        return True


def packed(payload: bytes) -> bytes:
    """The record's bytes."""
    return HEAD.pack(MARK, len(payload), zlib.crc32(payload)) + payload


def read_records(file: BinaryIO, start: int, end: int, damaged: Callable[[int], None] = lambda _at: None) -> Iterator[Record]:
    """Whole records between two offsets. Bytes that are none (a torn write, a bad block) are passed over to the next mark.

    `damaged` is told where such bytes begin.
    """
    at = start
    whole = True
    while at + HEAD.size <= end:
        record = _read(file, at, end)
        if record is None and whole:
            damaged(at)
        whole = record is not None
        if record is not None:
            yield record
            at = record.end
        elif (following := _next_mark(file, at + 1, end)) is not None:
            at = following
        else:
            return


def _read(file: BinaryIO, at: int, end: int) -> Record | None:
    file.seek(at)
    head = file.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    mark, length, checksum = HEAD.unpack(head)
    if mark != MARK or length > min(RECORD_CAP, end - at - HEAD.size):
        return None
    payload = file.read(length)
    return Record(payload, at + HEAD.size + length) if zlib.crc32(payload) == checksum and len(payload) == length else None


def _next_mark(file: BinaryIO, at: int, end: int) -> int | None:
    """Offset of the next mark, read in pieces that overlap by a mark's length."""
    while at < end:
        file.seek(at)
        piece = file.read(_SEARCH_BYTES)
        found = piece.find(MARK)
        if found >= 0:
            return at + found
        if len(piece) < _SEARCH_BYTES:
            return None
        at += len(piece) - len(MARK) + 1
    return None
