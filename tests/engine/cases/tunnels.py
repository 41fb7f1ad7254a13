"""What may stand around a packet, and IPv6."""

import struct
from collections.abc import Callable, Sequence

from tests.rules.conversation import with_checksum

from .wire import CLIENT_PORT, ETHERNET

PREFIX = b"\xfd" + bytes(11)
CLIENT6, SERVER6 = PREFIX + bytes([10, 0, 0, 10]), PREFIX + bytes([10, 0, 0, 20])


def vlan(kind: int, number: int) -> Callable[[bytes], bytes]:
    """A tag (IEEE 802.1Q)."""
    return lambda frame: frame[:12] + struct.pack("!HH", kind, number) + frame[12:]


def mpls(label: int) -> Callable[[bytes], bytes]:
    """One label (RFC 3032) before an IP packet."""
    return lambda frame: frame[:12] + b"\x88\x47" + struct.pack("!I", label << 12 | 0x140) + frame[14:]


def pppoe(frame: bytes) -> bytes:
    """A session packet (RFC 2516) with IPv4."""
    return frame[:12] + b"\x88\x64\x11\0\0\1" + struct.pack("!H", len(frame) - 12) + b"\0\x21" + frame[14:]


def authenticated(frame: bytes) -> bytes:
    """Its IPv4 packet with an authentication header (RFC 4302) before the payload."""
    header = bytearray(frame[14:34])
    after = bytes([header[9], 4]) + bytes(22)
    header[2:4], header[9], header[10:12] = struct.pack("!H", len(frame) - 14 + len(after)), 51, b"\0\0"
    return frame[:14] + with_checksum(bytes(header), 10) + after + frame[34:]


def ip6(inside: bytes, protocol: int, *, client: bool = True, before: Sequence[tuple[int, bytes]] = ()) -> bytes:
    """An Ethernet frame with an IPv6 packet; `before`: extension headers, each its number and its bytes behind next header."""
    numbers = [number for number, _ in before] + [protocol]
    extensions = b"".join(bytes([following]) + rest for following, (_, rest) in zip(numbers[1:], before, strict=True))
    ends = (CLIENT6, SERVER6) if client else (SERVER6, CLIENT6)
    head = struct.pack("!IHBB", 0x60000000, len(extensions) + len(inside), numbers[0], 64)
    return ETHERNET[:12] + b"\x86\xdd" + head + b"".join(ends) + extensions + inside


def udp6(data: bytes, port: int = 7777, *, client: bool = True) -> bytes:
    """A datagram for `ip6`."""
    ends = (CLIENT_PORT, port) if client else (port, CLIENT_PORT)
    addresses = (CLIENT6, SERVER6) if client else (SERVER6, CLIENT6)
    pseudo = b"".join(addresses) + struct.pack("!IHBB", 8 + len(data), 0, 0, 17)
    return with_checksum(struct.pack("!HHHH", *ends, 8 + len(data), 0) + data, 6, pseudo)


def damaged(frame: bytes, at: int) -> bytes:
    """`frame` with the byte at `at` inverted."""
    return frame[:at] + bytes([frame[at] ^ 0xFF]) + frame[at + 1 :]
