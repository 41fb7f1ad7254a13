"""HTTP/2: streams, header compression, bodies."""

import gzip
import struct

from .case import Case
from .wire import Frames, Turn, c, s, tcp

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """RFC 9113, 4.1."""
    return struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + payload


def literal(name: bytes, value: bytes) -> bytes:
    """A field that enters no table (RFC 7541, 6.2.2)."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


SETTINGS = frame(4, 0, 0)
GET, POST, HTTPS = b"\x82", b"\x83", b"\x87"


def path(value: bytes) -> bytes:
    """:path, by its index."""
    return b"\x04" + bytes([len(value)]) + value


def host() -> bytes:
    """:authority."""
    return b"\x01\x01h"


def request(stream: int, uri: bytes, *fields: bytes, method: bytes = GET, ends: int = 1) -> bytes:
    """HEADERS of a request (4: END_HEADERS, 1: END_STREAM)."""
    return frame(1, 4 | ends, stream, method + HTTPS + path(uri) + host() + b"".join(fields))


def talk(*turns: Turn) -> Frames:
    """A connection on which both sides said what HTTP/2 begins with: packets 4 to 7."""
    return tcp(c(PREFACE + SETTINGS), s(SETTINGS), *turns)


CASES = [
    Case(
        "HTTP/2 is known by its preface, and its requests have the buffers of HTTP",
        talk(c(request(1, b"/needle?a=1", literal(b"user-agent", b"tester")))),
        {
            'http_uri; content:"/needle?a=1"; bufferlen:11; service:http;': "9p",
            'http_method; content:"GET"; service:http;': "9p",
            'http_header; content:"user-agent: tester"; service:http;': "9p",
            'http_header:field user-agent; content:"tester"; service:http;': "9p",
            'http_uri; content:"/needle"; service:http2;': "9p",
            'http_uri; content:"/needle"; service:ssl;': "",
        },
    ),
    Case(
        "the path of HTTP/2 is normalized",
        talk(c(request(1, b"/a/../%6eeedle"))),
        {
            'http_uri; content:"/needle"; bufferlen:7; service:http;': "9p",
            'http_raw_uri; content:"/a/../%6eeedle"; service:http;': "9p",
        },
    ),
    Case(
        "DATA of a request is its body",
        talk(c(request(1, b"/up", method=POST, ends=0) + frame(0, 1, 1, b"the needle"))),
        {
            'http_client_body; content:"the needle"; service:http;': "9p",
            'http_method; content:"POST"; service:http;': "9p",
            'file_data; content:"the needle"; service:http;': "9p",
        },
    ),
    Case(
        "DATA in several frames is one body",
        talk(c(request(1, b"/up", method=POST, ends=0) + frame(0, 0, 1, b"the nee") + frame(0, 1, 1, b"dle"))),
        {'http_client_body; content:"the needle"; service:http;': "9p"},
    ),
    Case(
        "padding of DATA is no body",
        talk(c(request(1, b"/up", method=POST, ends=0) + frame(0, 9, 1, b"\x06the needle" + b"xyzzy!"))),
        {
            'http_client_body; content:"the needle"; bufferlen:10; service:http;': "9p",
            'http_client_body; content:"xyzzy"; service:http;': "",
        },
    ),
    Case(
        "padding and priority of HEADERS are no fields",
        talk(c(frame(1, 0x2D, 1, b"\x04" + bytes(5) + GET + HTTPS + path(b"/needle") + host() + b"\xff" * 4))),
        {'http_uri; content:"/needle"; bufferlen:7; service:http;': "9p"},
    ),
    Case(
        "a header block goes on in CONTINUATION",
        talk(c(frame(1, 1, 1, GET + HTTPS + path(b"/needle")) + frame(9, 4, 1, host() + literal(b"x-a", b"found")))),
        {'http_uri; content:"/needle"; service:http;': "9p", 'http_header; content:"x-a: found"; service:http;': "9p"},
    ),
    Case(
        "a field that was indexed is known by its number afterwards",
        talk(c(request(1, b"/a", b"\x40\x03x-a\x06needle")), c(request(3, b"/b", b"\xbe"))),
        {'http_header; content:"x-a: needle"; service:http;': "9p 11p"},
    ),
    Case(
        "Huffman text is decoded",
        talk(c(request(1, b"/", bytes.fromhex("408825a849e95ba97d7f8925a849e95bb8e8b4bf")))),
        {'http_header; content:"custom-key: custom-value"; service:http;': "9p"},
    ),
    Case(
        "the answer's status, fields and body",
        talk(c(request(1, b"/")), s(frame(1, 4, 1, b"\x8d" + literal(b"server", b"needle")) + frame(0, 1, 1, b"the body"))),
        {
            'http_stat_code; content:"404"; service:http;': "11p",
            'http_header; content:"server: needle"; service:http;': "11p",
            'file_data; content:"the body"; service:http;': "11p",
        },
        header="tcp any 7777 -> any any",
    ),
    Case(
        "a gzip body of an answer is unpacked",
        talk(
            c(request(1, b"/")),
            s(frame(1, 4, 1, b"\x88" + literal(b"content-encoding", b"gzip")) + frame(0, 1, 1, gzip.compress(b"the needle"))),
        ),
        {'file_data; content:"the needle"; service:http;': "11p"},
        header="tcp any 7777 -> any any",
    ),
    Case(
        "streams that overlap are told apart",
        talk(
            c(request(1, b"/one", method=POST, ends=0) + request(3, b"/two", method=POST, ends=0)),
            c(frame(0, 0, 1, b"the first nee") + frame(0, 1, 3, b"the second") + frame(0, 1, 1, b"dle")),
        ),
        {
            'http_client_body; content:"the first needle"; service:http;': "11p",
            'http_uri; content:"/two"; http_client_body; content:"the second"; service:http;': "11p",
            'http_uri; content:"/two"; http_client_body; content:"first"; service:http;': "",
        },
    ),
    Case(
        "frames that begin nothing are passed over",
        talk(c(frame(6, 0, 0, b"ping-pay") + frame(8, 0, 0, b"\0\0\1\0") + frame(0xEE, 0, 0, b"new") + request(1, b"/needle"))),
        {'http_uri; content:"/needle"; service:http;': "9p"},
    ),
    Case(
        "HTTP/2 in segments of one byte",
        talk(*[c(bytes([byte]), answered=False) for byte in request(1, b"/n")], s(b"")),
        {'http_uri; content:"/n"; service:http;': f"{8 + len(request(1, b'/n'))}p"},
    ),
    Case(
        "cookies are a buffer of their own",
        talk(c(request(1, b"/", literal(b"cookie", b"a=needle")))),
        {'http_cookie; content:"a=needle"; service:http;': "9p", 'http_header; content:"needle"; service:http;': ""},
    ),
]
