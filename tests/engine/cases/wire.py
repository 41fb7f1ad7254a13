"""Forges packets for the cases: a conversation is a list of turns, a capture a list of Ethernet frames.

    tcp(c(b"GET / HTTP/1.1\\r\\n\\r\\n"), s(b"HTTP/1.1 200 OK\\r\\n\\r\\n"))

is packets 1 to 3 (handshake), 4 (request), 5 (its acknowledgement), 6, 7, and 8 to 10 (farewell).
"""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count

from tests.rules.conversation import with_checksum

CLIENT, SERVER = bytes([10, 0, 0, 10]), bytes([10, 0, 0, 20])
CLIENT_PORT = 40000
# Initial sequence numbers.
ISN = {True: 1000, False: 5000}
FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}
MSS = bytes([2, 4, 5, 0xB4])
TCP, UDP, ICMP = 6, 17, 1
ETHERNET = b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01"


@dataclass(frozen=True)
class Wait:
    """Time that passes before the next frame."""

    seconds: float


Frames = list["bytes | Wait"]


@dataclass(frozen=True)
class Turn:
    """One segment. Places in a stream count from 0, its first byte after the SYN."""

    client: bool
    data: bytes = b""
    flags: str = "A"
    at: int | None = None  # None: goes on where this side stopped
    ack: int | None = None  # None: all that the peer sent so far
    answered: bool = False  # the peer acknowledges at once
    options: bytes = b""
    window: int = 64240


def _turn(client: bool, data: bytes, flags: str | None, fields: dict) -> Turn:
    plain = bool(data) and "at" not in fields and flags is None
    return Turn(client, data, flags if flags is not None else "PA" if data else "A", **({"answered": plain} | fields))


def c(data: bytes = b"", flags: str | None = None, **fields) -> Turn:
    """The client sends; acknowledged by the server where it is plain data in order (`answered`)."""
    return _turn(True, data, flags, fields)


def s(data: bytes = b"", flags: str | None = None, **fields) -> Turn:
    """The server sends."""
    return _turn(False, data, flags, fields)


HELLO = [c(flags="S", at=-1, options=MSS), s(flags="SA", at=-1, options=MSS), c()]
FAREWELL = [c(flags="FA"), s(flags="FA"), c()]


def tcp(*turns: Turn, port: int = 7777, hello: bool = True, end: bool = True, client_port: int = CLIENT_PORT) -> Frames:
    """A connection: handshake, turns, farewell."""
    following = {True: 0, False: 0}
    frames: Frames = []

    def send(turn: Turn) -> None:
        me, flags = turn.client, sum(FLAGS[letter] for letter in turn.flags)
        at = following[me] if turn.at is None else turn.at
        acked = following[not me] if turn.ack is None else turn.ack
        ends = (client_port, port) if me else (port, client_port)
        numbers = ((ISN[me] + 1 + at) % 2**32, (ISN[not me] + 1 + acked) % 2**32 if "A" in turn.flags else 0)
        head = struct.pack("!HHIIBBHHH", *ends, *numbers, (5 + len(turn.options) // 4) << 4, flags, turn.window, 0, 0)
        following[me] = max(following[me], at + len(turn.data) + ("S" in turn.flags) + ("F" in turn.flags))
        frames.append(ip(head + turn.options + turn.data, TCP, client=me, checksum_at=16))
        if turn.answered:
            send(Turn(not me))

    for turn in [*(HELLO if hello else []), *turns, *(FAREWELL if end else [])]:
        send(turn)
    return frames


identification: Callable[[], int] = count(1).__next__


def ip(
    inside: bytes,
    protocol: int,
    *,
    client: bool = True,
    checksum_at: int | None = None,
    ttl: int = 64,
    tos: int = 0,
    ident: int | None = None,
    fragment: int = 0,
    options: bytes = b"",
    length: int | None = None,
) -> bytes:
    """An Ethernet frame with an IPv4 packet. `fragment`: bits and offset (RFC 791, 3.1)."""
    ends = (CLIENT, SERVER) if client else (SERVER, CLIENT)
    if checksum_at is not None:
        pseudo = b"".join(ends) + struct.pack("!BBH", 0, protocol, len(inside)) if protocol != ICMP else b""
        inside = with_checksum(inside, checksum_at, pseudo)
    size = 20 + len(options)
    number = identification() & 0xFFFF if ident is None else ident
    total = size + len(inside) if length is None else length
    fields = (0x40 | size // 4, tos, total, number, fragment, ttl, protocol, 0, *ends)
    header = with_checksum(struct.pack("!BBHHHBBH4s4s", *fields) + options, 10)
    return ETHERNET + b"\x08\0" + header + inside


def udp(
    data: bytes, port: int = 7777, *, client: bool = True, client_port: int = CLIENT_PORT, length: int | None = None, **fields
) -> bytes:
    """A datagram; `length` is what its header says."""
    ends = (client_port, port) if client else (port, client_port)
    head = struct.pack("!HHHH", *ends, 8 + len(data) if length is None else length, 0)
    return ip(head + data, UDP, client=client, checksum_at=6, **fields)


def icmp(kind: int, code: int, body: bytes, **fields) -> bytes:
    """An ICMP message (RFC 792); `body` begins behind the checksum."""
    return ip(bytes([kind, code, 0, 0]) + body, ICMP, checksum_at=2, **fields)


def fragments(frame: bytes, *sizes: int, order: Iterable[int] | None = None) -> Frames:
    """The IPv4 packet of `frame` in fragments: `sizes` bytes each (multiples of 8), the last one with the rest."""
    header, data = bytearray(frame[14:34]), frame[34:]
    pieces, at = [], 0
    for size in [*sizes, len(data)]:
        piece = data[at : at + size]
        more = 0x2000 if at + len(piece) < len(data) else 0
        header[2:4], header[6:8] = struct.pack("!H", 20 + len(piece)), struct.pack("!H", more | at // 8)
        pieces.append(frame[:14] + with_checksum(bytes(header[:10]) + b"\0\0" + bytes(header[12:]), 10) + piece)
        at += len(piece)
    return pieces if order is None else [pieces[number] for number in order]


def fragmented(frames: Frames, at: int, *sizes: int, order: Iterable[int] | None = None) -> Frames:
    """`frames`, of which that at `at` comes in fragments."""
    frame = frames[at]
    assert isinstance(frame, bytes)
    return [*frames[:at], *fragments(frame, *sizes, order=order), *frames[at + 1 :]]


def inside(wrap: Callable[[bytes], bytes], frames: Frames) -> Frames:
    """Each frame through `wrap`."""
    return [frame if isinstance(frame, Wait) else wrap(frame) for frame in frames]


def pcap(frames: Iterable["bytes | Wait"], link: int = 1) -> bytes:
    """A capture file with microseconds; frames come a millisecond apart."""
    records, now = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)], 1_700_000_000_000_000
    for frame in frames:
        if isinstance(frame, Wait):
            now += round(frame.seconds * 1_000_000)
        else:
            records.append(struct.pack("<IIII", now // 1_000_000, now % 1_000_000, len(frame), len(frame)) + frame)
            now += 1000
    return b"".join(records)
