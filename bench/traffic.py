"""A small stand-in for ../shared/bench/traffic.py where that is absent: HTTP/JSON conversations, seeded, benign.

    traffic.py OUT.pcap MEGABYTES

Checksums are zero, as they are on a veth before offload. Figures made with it do not compare with those of the other mix.
"""

import json
import random
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MSS = 1400
WORDS = ("account", "basket", "checkout", "order", "payment", "product", "review", "session", "ticket", "user")
SYN, ACK, PSH, FIN = 2, 16, 8, 1


def main() -> None:
    """Write the capture, print what is in it."""
    out, megabytes = Path(sys.argv[1]), int(sys.argv[2])
    with out.open("wb") as file:
        print(json.dumps(write(file, megabytes * 1_000_000)))


def write(file: BinaryIO, size: int) -> dict[str, int]:
    """A capture of about `size` bytes (pcap, Ethernet, microseconds)."""
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    rng, clock, done, packets, flows = random.Random(1), 1_700_000_000_000_000, 0, 0, 0
    while done < size:
        flows += 1
        for frame in conversation(rng, 1025 + flows % 60000):
            clock += 10
            file.write(struct.pack("<IIII", clock // 1_000_000, clock % 1_000_000, len(frame), len(frame)) + frame)
            done, packets = done + len(frame), packets + 1
    return {"bytes": done, "packets": packets, "flows": flows}


def conversation(rng: random.Random, port: int) -> Iterator[bytes]:
    """One keep-alive connection to a JSON API on 8080: handshake, requests and answers, close."""
    ends = (bytes([10, 1, 0, rng.randint(1, 250)]), port, bytes([10, 2, 0, rng.randint(1, 250)]), 8080)
    seq = [1000, 5000]

    def segment(up: bool, flags: int, data: bytes = b"") -> bytes:
        frame = tcp(ends, up, seq[not up], seq[up] if flags & ACK else 0, flags, data)
        seq[not up] += len(data) + bool(flags & (SYN | FIN))
        return frame

    yield from (segment(True, SYN), segment(False, SYN | ACK), segment(True, ACK))
    for _ in range(rng.randint(2, 12)):
        for up, message in ((True, request(rng)), (False, answer(rng))):
            for start in range(0, len(message), MSS):
                yield segment(up, PSH | ACK, message[start : start + MSS])
                yield segment(not up, ACK)
    yield from (segment(True, FIN | ACK), segment(False, FIN | ACK), segment(True, ACK))


def tcp(ends: tuple[bytes, int, bytes, int], up: bool, seq: int, ack: int, flags: int, data: bytes) -> bytes:
    """An Ethernet frame with IPv4 and TCP (RFC 791, RFC 9293); `up`: from the client."""
    client, client_port, server, server_port = ends
    src, sport, dst, dport = (client, client_port, server, server_port) if up else (server, server_port, client, client_port)
    options = b"\x02\x04" + struct.pack("!H", MSS) if flags & SYN else b""
    head = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, (5 + len(options) // 4) << 4, flags, 4096, 0, 0) + options
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(head) + len(data), 0, 0, 64, 6, 0, src, dst)
    macs = b"\x02\0\0\0\0\2\x02\0\0\0\0\1" if up else b"\x02\0\0\0\0\1\x02\0\0\0\0\2"
    return macs + b"\x08\0" + ip + head + data


def request(rng: random.Random) -> bytes:
    """A GET of the API."""
    path = f"/api/v1/{rng.choice(WORDS)}/{rng.randint(1, 10**6)}?page={rng.randint(1, 50)}"
    return f"GET {path} HTTP/1.1\r\nHost: shop.svc\r\nAccept: application/json\r\nUser-Agent: Go-http-client/1.1\r\n\r\n".encode()


def answer(rng: random.Random) -> bytes:
    """A JSON body of 0.4 to 30 kB."""
    items = [{rng.choice(WORDS): rng.randint(1, 10**6), "name": rng.choice(WORDS)} for _ in range(rng.choice((10, 50, 200, 700)))]
    body = json.dumps(items).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


if __name__ == "__main__":
    main()
