"""TLS and SSL records."""

import struct

from .case import Case
from .wire import c, s, tcp


def record(kind: int, body: bytes, version: bytes = b"\3\3") -> bytes:
    """RFC 5246, 6.2.1."""
    return bytes([kind]) + version + struct.pack("!H", len(body)) + body


def hello(kind: int, version: bytes = b"\3\3") -> bytes:
    """A hello of the client (1) or the server (2), as a record."""
    body = version + b"R" * 32 + b"\0" + (b"\0\2\0\x2f\1\0" if kind == 1 else b"\0\x2f\0")
    return record(22, bytes([kind]) + struct.pack("!I", len(body))[1:] + body)


CASES = [
    Case(
        "TLS hellos are states, and nothing encrypted is searched",
        tcp(
            c(b"\x16\x03\x01\0/\x01\0\0+\x03\x03" + b"R" * 32 + b"\0\0\x02\0/\x01\0\0\0"),
            s(b"\x16\x03\x03\0*\x02\0\0&\x03\x03" + b"S" * 32 + b"\0\0/\0"),
            c(b"\x14\x03\x03\0\x01\x01\x17\x03\x03\0\x08secretly"),
        ),
        {
            "ssl_state:client_hello; service:ssl;": "5p",
            "alert tcp any 7777 -> any any (ssl_state:server_hello; service:ssl;)": "7p",
            "ssl_state:server_hello; service:ssl;": "7p",
            "ssl_version:tls1.2; service:ssl;": "5p 7p 9p",
            'content:"RRRR"; service:ssl;': "4",
            'content:"secretly"; service:ssl;': "9p",
            'content:"secretly";': "9p",
            "ssl_state:client_keyx; service:ssl;": "",
        },
    ),
    *(
        Case(
            f"ssl_version:{name} is that of the hello",
            tcp(c(hello(1, version)), s(hello(2, version))),
            {
                f"alert tcp any 7777 -> any any (ssl_version:{name}; service:ssl;)": "5p 7p",
                "alert tcp any 7777 -> any any (ssl_version:sslv2; service:ssl;)": "",
            },
        )
        for name, version in (("sslv3", b"\3\0"), ("tls1.0", b"\3\1"), ("tls1.1", b"\3\2"), ("tls1.2", b"\3\3"))
    ),
    Case(
        "ssl_state is that of the PDU, not of the session",
        tcp(c(hello(1)), s(hello(2)), c(record(22, b"\x10\0\0\1k"))),
        {
            "ssl_state:client_hello; service:ssl;": "5p",
            "ssl_state:client_keyx; service:ssl;": "9p",
            "ssl_state:client_hello,client_keyx; service:ssl;": "5p 9p",
            "ssl_state:server_hello; service:ssl;": "7p",
        },
    ),
    Case(
        "a hello over two segments is one PDU",
        tcp(c(hello(1)[:20]), c(hello(1)[20:]), s(hello(2))),
        {"ssl_state:client_hello; service:ssl;": "7p"},
    ),
    Case(
        "TLS is known on any port",
        tcp(c(hello(1)), s(hello(2)), port=9),
        {
            "alert tcp any any -> any 9 (ssl_state:client_hello; service:ssl;)": "5p",
            "alert tcp any any -> any 443 (ssl_state:client_hello; service:ssl;)": "5p",
        },
    ),
    Case(
        "an SSL 2 hello is known by its shape",
        tcp(c(b"\x80\x2e\1\0\2\0\x15\0\0\0\x10" + b"\7\0\xc0\5\0\x80\3\0\x80\1\0\x80\6\0\x40\4\0\x80\2\0\x80" + b"R" * 16)),
        {"ssl_version:sslv2; service:ssl;": "5p", "ssl_state:client_hello; service:ssl;": "5p"},
    ),
]
