"""IP fragments to datagrams."""

from .case import Case
from .talk import get
from .tunnels import ip6, udp6
from .wire import Wait, c, fragmented, fragments, icmp, tcp, udp

CASES = [
    Case(
        "fragments are IP, and the datagram is what it was",
        fragments(udp(b"F" * 40 + b"fragmented needle" + b"G" * 40), 32, 32, 32),
        {
            'content:"fragmented needle";': "4f",
            'alert ip any any -> any any (content:"fragmented needle";)': "4f",
            'alert ip any any -> any any (content:"FFFF"; fragbits:M;)': "1",
            'alert ip any any -> any any (content:"GGGG"; fragoffset:>0;)': "",
            "alert ip any any -> any any (fragbits:M;)": "1 2 3",
            "alert ip any any -> any any (fragoffset:>0;)": "2 3 4",
            "alert udp any any -> any any (fragbits:M;)": "",
        },
        header="udp any any -> any 7777",
    ),
    *(
        Case(
            f"fragments {name} make the datagram",
            fragments(udp(b"F" * 40 + b"fragmented needle" + b"G" * 40), 32, 32, 32, order=order),
            {'content:"fragmented needle";': found, 'content:"fragmented needle"; content:"GGGG",distance 0;': found},
            header="udp any any -> any 7777",
        )
        for name, order, found in (
            ("in reverse order", (3, 2, 1, 0), "4f"),
            ("with the last one first", (3, 0, 1, 2), "4f"),
            ("with one sent twice", (0, 1, 1, 2, 3), "5f"),
            ("of eight bytes", None, "4f"),
        )
    ),
    Case(
        "a datagram in fragments of eight bytes is whole",
        fragments(udp(b"the needle in very small pieces"), *[8] * 4),
        {'content:"needle in very small";': "5f"},
        header="udp any any -> any 7777",
    ),
    Case(
        "fragments of which one is missing make no datagram",
        fragments(udp(b"F" * 40 + b"fragmented needle" + b"G" * 40), 32, 32, 32, order=(0, 2, 3)),
        {'content:"needle";': "", "alert ip any any -> any any (fragbits:M;)": "1 2"},
        header="udp any any -> any 7777",
    ),
    Case(
        "fragments of two datagrams are kept apart",
        [
            frame
            for pair in zip(
                fragments(udp(b"the first needle.......", ident=1), 16),
                fragments(udp(b"the second haystack....", ident=2), 16),
                strict=True,
            )
            for frame in pair
        ],
        {'content:"first needle";': "3f", 'content:"second haystack";': "4f", 'content:"first haystack";': ""},
        header="udp any any -> any 7777",
    ),
    Case(
        "fragments that come too late make no datagram",
        [
            *fragments(udp(b"the needle in two parts", ident=7), 16)[:1],
            Wait(61),
            *fragments(udp(b"the needle in two parts", ident=7), 16)[1:],
        ],
        {'content:"needle";': ""},
        header="udp any any -> any 7777",
    ),
    Case(
        "fragments within the time make the datagram",
        [
            *fragments(udp(b"the needle in two parts", ident=7), 16)[:1],
            Wait(59),
            *fragments(udp(b"the needle in two parts", ident=7), 16)[1:],
        ],
        {'content:"needle";': "2f"},
        header="udp any any -> any 7777",
    ),
    Case(
        "a segment of TCP in fragments is part of its stream",
        fragmented(tcp(c(get(b"/needle", b"X-Long: " + b"x" * 80))), 3, 32),
        {'http_uri; content:"/needle"; service:http;': "6p", 'content:"GET /needle";': "5f"},
    ),
    Case(
        "an ICMP message in fragments is whole",
        fragments(icmp(8, 0, b"\0\7\0\1" + b"p" * 40 + b"needle"), 24),
        {'itype:8; content:"needle";': "2f"},
        header="icmp any any -> any any",
    ),
    Case(
        "the first fragment is searched as IP, header of UDP included",
        fragments(udp(b"the needle in two parts"), 24),
        {'content:"|9c 40 1e 61|",depth 4;': "1"},
        header="ip any any -> any any",
    ),
    Case(
        "later fragments are not searched",
        fragments(udp(b"the haystack, and then the needle"), 24),
        {'content:"needle"; fragoffset:>0;': "", "dsize:>0; fragoffset:>0;": "2"},
        header="ip any any -> any any",
    ),
    Case(
        "an overlap of fragments: of two with the same offset the later one counts",
        [
            *fragments(udp(b"AAAAAAAA" + b"BBBBBBBB" + b"CCCCCCCC", ident=9), 16, 8, order=(0, 1)),
            fragments(udp(b"AAAAAAAA" + b"XXXXXXXX" + b"CCCCCCCC", ident=9), 16, 8)[1],
            fragments(udp(b"AAAAAAAA" + b"BBBBBBBB" + b"CCCCCCCC", ident=9), 16, 8)[2],
        ],
        {'content:"AAXXXXXXXXCC";': "4f", 'content:"AABBBBBBBBCC";': ""},
        header="udp any any -> any 7777",
    ),
    Case(
        "IPv6 fragments make the datagram",
        [
            ip6(datagram[:16], 17, before=[(44, b"\0\0\1\0\0\0\7")])
            if first
            else ip6(datagram[16:], 17, before=[(44, b"\0\0\x10\0\0\0\7")])
            for datagram in [udp6(b"the needle in two parts")]
            for first in (True, False)
        ],
        {'content:"needle";': "2f", "alert ip any any -> any any (id:7;)": "1 2"},
        header="udp any any -> any 7777",
    ),
]
