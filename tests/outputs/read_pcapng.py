"""Reads pcapng for tests, by the draft alone: packets with interface, time, bytes, length on the wire and comment."""

import struct
from typing import NamedTuple


class Read(NamedTuple):
    link_type: int
    interface: str
    time: int
    data: bytes
    length: int
    comment: str


class File(NamedTuple):
    comment: str
    packets: list[Read]


def read(data: bytes) -> File:
    interfaces, packets, said, at = [], [], "", 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, at + length - 4) == (length,), "a block ends with its length"
        body = data[at + 8 : at + length - 4]
        if kind == 0x0A0D0D0A:
            assert struct.unpack_from("<IHH", body) == (0x1A2B3C4D, 1, 0)
            said = options(body[16:]).get(1, b"").decode()
        elif kind == 1:
            named = options(body[8:])
            assert named[9] == b"\x09", "nanoseconds"
            interfaces.append((struct.unpack_from("<H", body)[0], named.get(2, b"").decode()))
        elif kind == 6:
            number, high, low, kept, wire = struct.unpack_from("<IIIII", body)
            comment = options(body[20 + kept + -kept % 4 :]).get(1, b"").decode()
            packets.append(Read(*interfaces[number], high << 32 | low, body[20 : 20 + kept], wire, comment))
        at += length
    return File(said, packets)


def options(data: bytes) -> dict[int, bytes]:
    found, at = {}, 0
    while at < len(data):
        code, length = struct.unpack_from("<HH", data, at)
        if code == 0:
            break
        found[code] = data[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4
    return found
