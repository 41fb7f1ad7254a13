"""Whatever a sender can make grow ends at a cap: each is reached here, counted by its name, and what follows is inspected."""

import gzip
import json
import tempfile
from pathlib import Path

import pytest

from podlynx import _engine

from .cases.talk import answer, chunked, get
from .cases.wire import Frames, c, fragments, pcap, s, tcp, udp

NEEDLE = 'alert udp any any -> any 7777 (content:"needle"; sid:1;)'
PCRE = r'alert udp any any -> any 7777 (pcre:"/(a+)+b/"; sid:2;)'


def pieces(data: bytes, size: int = 1400) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def sent(data: bytes) -> Frames:
    """What a client sends, in segments that the server acknowledges."""
    return tcp(*[c(piece) for piece in pieces(data)])


def served(data: bytes) -> Frames:
    """What a server answers."""
    return tcp(c(get(b"/")), *[s(piece) for piece in pieces(data)])


def mail(data: bytes) -> Frames:
    return tcp(s(b"220 a ESMTP\r\n"), c(b"DATA\r\n"), s(b"354 go\r\n"), *[c(piece) for piece in pieces(data)])


def multiparts(depth: int) -> bytes:
    """Multiparts within each other."""
    return b"".join(b"Content-Type: multipart/mixed; boundary=B%d\r\n\r\n--B%d\r\n" % (level, level) for level in range(depth))


BOMB = gzip.compress(bytes(40 << 20))
HELLO = tcp(end=False)

# (name of the cap, packets that reach it)
REACHED = {
    "a decompression bomb": ("unfolded_too_far", lambda: served(answer(BOMB, b"Content-Encoding: gzip"))),
    "a decompression bomb in chunks": (
        "unfolded_too_far",
        lambda: served(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(*pieces(BOMB, 9000))
        ),
    ),
    "headers without end": ("head_too_long", lambda: sent(b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 9000)),
    "one header without end": ("head_too_long", lambda: sent(b"GET / HTTP/1.1\r\nX-A: " + b"b" * 70_000)),
    "a flood of headers": ("fields_beyond_limit", lambda: sent(get(b"/", *[b"X-%d: b" % number for number in range(400)]))),
    "a flood of requests in one go": ("too_many_pipelined", lambda: sent(get(b"/") * 150)),
    "chunks that are none": ("chunks_broken", lambda: served(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")),
    "a coding that is none": (
        "coding_broken",
        lambda: served(answer(b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"\xff" * 90, b"Content-Encoding: gzip")),
    ),
    "a protocol that nobody knows": ("wizard_depth_reached", lambda: sent(b"\1\2" + b"." * 9000)),
    "a line without end": ("pdu_cut_at_limit", lambda: tcp(s(b"220 FTP\r\n"), *[c(b"a" * 1400) for _ in range(30)])),
    "mail headers without end": ("mime_headers_too_long", lambda: mail(b"X-A: b\r\n" * 2000 + b"\r\n.\r\n")),
    "mails in mails": ("mime_nesting_too_deep", lambda: mail(multiparts(20) + b".\r\n")),
    "segments out of order without end": (
        "queue_segments_exceeded",
        lambda: [*HELLO, *tcp(*[c(b"x", at=10 + 2 * number) for number in range(3200)], hello=False, end=False)],
    ),
    "one-byte segments that nobody acknowledges": (
        "queue_segments_exceeded",
        lambda: [*HELLO, *tcp(*[c(b"x", answered=False) for _ in range(3200)], hello=False, end=False)],
    ),
    "fragments of datagrams that are never whole": (
        "datagrams_exceeded",
        lambda: [fragments(udp(b"f" * 40, ident=number, client=number < 5000), 24)[0] for number in range(10_000)],
    ),
    "an expression that backtracks without end": ("matching of one expression", lambda: [udp(b"a" * 3000 + b" b")]),
}


@pytest.mark.parametrize("name", REACHED)
def test_each_cap_is_reached_and_counted_and_what_follows_is_inspected(name):
    cap, packets = REACHED[name]
    rules = _engine.compile_rules([("caps.rules", f"{NEEDLE}\n{PCRE}".encode())])
    with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
        Path(file.name).write_bytes(pcap([*packets(), udp(b"the needle", client_port=40009)]))
        replay, more, lines = _engine.Replay(rules, file.name, settings=b'{"daq": {"snaplen": 65535}}'), True, b""
        while more:
            some, more = replay.step()
            lines += some
    counters = json.loads(replay.counters())
    assert counters["caps"].get(cap, 0) > 0, counters["caps"]
    assert [json.loads(line)["sid"] for line in lines.splitlines()] == [1]
    assert (counters["faults"], counters["flow_memory"] < 64 << 20) == (0, True)
