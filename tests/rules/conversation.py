"""Forges a capture from a case of `rules/cases/`: one conversation between a client and a server, as a Linux host sees it."""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count

CLIENT, SERVER = bytes([10, 0, 0, 10]), bytes([10, 0, 0, 20])
CLIENT_PORT = 40000
FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10
SEGMENT_BYTES = 1400
TCP, UDP, ICMP = 6, 17, 1

Case = Mapping[str, object]
Message = tuple[bool, bytes]  # whether the client sends it, and what


def capture(case: Case) -> bytes:
    """A pcap file (microseconds, Ethernet) with the packets of `case`, a millisecond apart."""
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    records = [
        struct.pack("<IIII", 1_700_000_000, 1000 * number, len(frame), len(frame)) + frame
        for number, frame in enumerate(frames(case))
    ]
    return header + b"".join(records)


def frames(case: Case) -> Iterator[bytes]:
    """The packets of `case`, in order."""
    if "ping" in case:
        return ping(text(case["ping"]))
    if "dns" in case:
        return lookups(str(case["dns"]), int(str(case.get("dns_type", 1))), int(str(case.get("repeat", 1))))
    port = int(str(case.get("port", 8080)))
    return connection(port, said(case["tcp"]) if "tcp" in case else request_and_answer(case))


def text(value: object) -> bytes:
    """The bytes of a case's text: each character up to U+00FF is one byte."""
    return str(value).encode("latin-1")


def said(lines: object) -> list[Message]:
    """`> text` is the client's, `< text` the server's."""
    assert isinstance(lines, list)
    return [(line.startswith("> "), text(line[2:])) for line in lines]


def request_and_answer(case: Case) -> list[Message]:
    """An HTTP request, and the server's 200."""
    method = next(name for name in ("get", "post", "put") if name in case)
    headers = case.get("headers", [])
    assert isinstance(headers, Sequence)
    body = text(case["body"]) if "body" in case else b""
    answer = text(case.get("answer", "ok\n"))
    lines = [f"{method.upper()} {case[method]} HTTP/1.1", f"Host: {case.get('host', 'shop.example')}"]
    named = {str(header).partition(":")[0].lower() for header in headers}
    lines += [] if "user-agent" in named else ["User-Agent: curl/8.5.0"]
    lines += ["Accept: */*"]
    lines += [f"Content-Length: {len(body)}"] if body else []
    lines += [] if not body or "content-type" in named else ["Content-Type: application/x-www-form-urlencoded"]
    lines += [str(header) for header in headers]
    request = text("\r\n".join([*lines, "", ""])) + body
    head = f"HTTP/1.1 200 OK\r\nServer: shop\r\nContent-Type: text/plain\r\nContent-Length: {len(answer)}\r\n\r\n"
    return [(True, request), (False, text(head) + answer)]


def connection(port: int, messages: Sequence[Message]) -> Iterator[bytes]:
    """Handshake, the messages, each acknowledged by the other side, and the farewell of both."""
    next_sequence = {True: 1000, False: 9000}

    def segment(client: bool, flags: int, data: bytes = b"", options: bytes = b"") -> bytes:
        ports = (CLIENT_PORT, port) if client else (port, CLIENT_PORT)
        acknowledged = next_sequence[not client] if flags & ACK else 0
        offset = (5 + len(options) // 4) << 4
        fields = (*ports, next_sequence[client], acknowledged, offset, flags, 64240, 0, 0)
        next_sequence[client] += len(data) + bool(flags & (SYN | FIN))
        return datagram(TCP, client, struct.pack("!HHIIBBHHH", *fields) + options + data, checksum_at=16)

    maximum = struct.pack("!BBH", 2, 4, 1460)
    yield segment(True, SYN, options=maximum)
    yield segment(False, SYN | ACK, options=maximum)
    yield segment(True, ACK)
    for client, data in messages:
        for start in range(0, len(data), SEGMENT_BYTES):
            yield segment(client, PSH | ACK, data[start : start + SEGMENT_BYTES])
            yield segment(not client, ACK)
    yield segment(True, FIN | ACK)
    yield segment(False, FIN | ACK)
    yield segment(True, ACK)


def lookups(name: str, kind: int, times: int) -> Iterator[bytes]:
    """DNS queries (RFC 1035, 4.1), each answered with "no such name"."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = labels + b"\0" + struct.pack("!HH", kind, 1)
    for number in range(times):
        for client, flags in ((True, 0x0100), (False, 0x8183)):
            message = struct.pack("!HHHHHH", number + 1, flags, 1, 0, 0, 0) + question
            ports = (CLIENT_PORT, 53) if client else (53, CLIENT_PORT)
            yield datagram(UDP, client, struct.pack("!HHHH", *ports, 8 + len(message), 0) + message, checksum_at=6)


def ping(data: bytes) -> Iterator[bytes]:
    """An ICMP echo request and its reply (RFC 792)."""
    for client, kind in ((True, 8), (False, 0)):
        yield datagram(ICMP, client, struct.pack("!BBHHH", kind, 0, 0, 7, 1) + data, checksum_at=2)


identification: Callable[[], int] = count(1).__next__


def datagram(protocol: int, client: bool, segment: bytes, *, checksum_at: int) -> bytes:
    """An Ethernet frame with an IPv4 datagram around `segment`, whose checksum belongs at `checksum_at`."""
    ends = (CLIENT, SERVER) if client else (SERVER, CLIENT)
    pseudo = b"".join(ends) + struct.pack("!BBH", 0, protocol, len(segment)) if protocol != ICMP else b""
    segment = with_checksum(segment, checksum_at, pseudo)
    fields = (0x45, 0, 20 + len(segment), identification() & 0xFFFF, 0x4000, 64, protocol, 0, *ends)
    header = with_checksum(struct.pack("!BBHHHBBH4s4s", *fields), 10)
    macs = (b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02") if client else (b"\x02\0\0\0\0\x02", b"\x02\0\0\0\0\x01")
    return macs[1] + macs[0] + b"\x08\0" + header + segment


def with_checksum(data: bytes, at: int, pseudo: bytes = b"") -> bytes:
    """`data` with its Internet checksum (RFC 1071) at `at`, `pseudo` summed with it."""
    summed = pseudo + data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(summed) // 2}H", summed))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return data[:at] + struct.pack("!H", ~total & 0xFFFF) + data[at + 2 :]
