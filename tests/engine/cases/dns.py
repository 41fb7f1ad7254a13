"""DNS, on its port."""

import struct

from .case import Case
from .wire import c, tcp, udp


def question(*labels: bytes, flags: int = 0x0100) -> bytes:
    """A message with one question of type A (RFC 1035, 4.1)."""
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return struct.pack("!HHHHHH", 7, flags, 1, 0, 0, 0) + name + b"\0\1\0\1"


CASES = [
    Case(
        "DNS over UDP is known by its port, and needs no other in a rule",
        [udp(question(b"needle", b"example"), 53), udp(question(b"needle", b"example", flags=0x8180), 53, client=False)],
        {
            'alert udp any any -> any 99 (content:"|06|needle|07|example|00|"; service:dns;)': "1 2",
            'content:"|06|needle"; service:dns;': "1 2",
            'content:"|06|needle"; service:sip;': "",
            'alert udp any 53 -> any any (content:"needle"; flow:to_client; service:dns;)': "2",
        },
        header="udp any any -> any 53",
    ),
    Case(
        "DNS over TCP: a message with its length is a PDU",
        tcp(
            *[c(piece) for piece in (b"\0\x20" + question(b"needle", b"example")[:10], question(b"needle", b"example")[10:])],
            port=53,
        ),
        {'content:"|00 20 00 07|",depth 4; content:"needle"; service:dns;': "7p"},
        header="tcp any any -> any 53",
    ),
    Case(
        "DNS over TCP: two messages in one segment are two PDUs",
        tcp(c(b"\0\x17" + question(b"first") + b"\0\x18" + question(b"second")), port=53),
        {
            'content:"first"; service:dns;': "5p",
            'content:"first"; content:"second"; service:dns;': "",
            'content:"second"; service:dns;': "5p",
        },
        header="tcp any any -> any 53",
    ),
    Case(
        "DNS on another port is not known",
        [udp(question(b"needle"), 5353)],
        {
            'alert udp any any -> any 99 (content:"needle"; service:dns;)': "",
            'alert udp any any -> any 5353 (content:"needle"; service:dns;)': "1",
        },
    ),
]
