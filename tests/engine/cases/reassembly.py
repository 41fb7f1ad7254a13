"""TCP segments to a stream: order, overlaps, holes, acknowledgements."""

from .case import Case
from .talk import OK, get
from .wire import Wait, c, s, tcp, udp

CASES = [
    Case(
        "an overlap: with the same start the longer first one stays",
        tcp(c(b"\x05AAAA", answered=False), c(b"oneone", at=9), c(b"two", at=9), c(b"BBBB", at=5), s(ack=15)),
        {
            'content:"AAAABBBBoneone";': "10p",
            'content:"AAAABBBBtwo";': "/ 10p",
            'content:"AAAABBBBtwone";': "",
        },
    ),
    Case(
        "an overlap: of a longer second one only the rest is taken",
        tcp(c(b"\x05AAAA", answered=False), c(b"one", at=9), c(b"twotwo", at=9), c(b"BBBB", at=5), s(ack=15)),
        {
            'content:"AAAABBBBonetwo";': "10p",
            'content:"AAAABBBBtwotwo";': "/ 10p",
            'content:"AAAABBBBone";': "10p",
        },
    ),
    Case(
        "an overlap: a later one that begins earlier",
        tcp(c(b"\x05AAAA", answered=False), c(b"oneone", at=9), c(b"twotwo", at=7), c(b"BBBB", at=5), s(ack=15)),
        {
            'content:"AAAABBBBoneone";': "",
            'content:"AAAABBBBoneone"; flow:only_stream;': "",
        },
    ),
    Case(
        "an overlap: of one that begins later only what is new is taken",
        tcp(c(b"\x05AAAA", answered=False), c(b"oneone", at=9), c(b"twotwo", at=12), c(b"BBBB", at=5), s(ack=18)),
        {'content:"AAAABBBBoneonetwo";': "10p", 'content:"AAAABBBBonetwotwo";': "/ 10p"},
    ),
    Case(
        "a hole that is acknowledged: what is before it and what follows are each a PDU",
        tcp(c(b"\x06before the hole ", answered=False), c(b" after the hole", at=30), s(ack=45)),
        {
            'content:"before the hole"; flow:no_stream;': "4",
            'content:"after the hole"; flow:no_stream;': "5",
            'content:"hole  after";': "",
            'content:"before the hole"; content:"after the hole",distance 0;': "",
        },
    ),
    Case(
        "what was never acknowledged is seen raw only",
        tcp(c(b"\x07acked words"), c(b"never acked words", answered=False), end=False),
        {
            'content:"acked words"; flow:only_stream;': "0p",
            'content:"never acked words";': "6",
            'content:"never acked words"; flow:only_stream;': "/ 0p",
        },
    ),
    Case(
        "an HTTP request that is never acknowledged has no buffers",
        tcp(c(get(b"/unacked"), answered=False), end=False),
        {'http_uri; content:"/unacked"; service:http;': "/ 0p", 'content:"GET /unacked";': "4"},
    ),
    Case(
        "a request whose peer is never seen has no buffers",
        [frame for number, frame in enumerate(tcp(c(get(b"/oneside")))) if number in (0, 2, 3, 5, 7)],
        {'http_uri; content:"/oneside"; service:http;': "/ 0p", 'content:"GET /oneside"; flow:no_stream;': "3"},
    ),
    Case(
        "a segment sent again is seen raw each time, and once in the PDU",
        tcp(c(b"\nrepeat me"), c(b"\nrepeat me", at=0), c(b"\nrepeat me", at=0)),
        {'content:"repeat me";': "4 6 7", 'content:"repeat me"; flow:only_stream;': "9p"},
    ),
    Case(
        "segments out of order are put in order",
        tcp(c(b"\1\2 the", answered=False), c(b"dle", at=10), c(b" nee", at=6), s(ack=13)),
        {'content:"the needle";': "9p"},
    ),
    Case(
        "segments of one byte are put together",
        tcp(*[c(bytes([byte]), answered=False) for byte in b"\1\2the needle"], s(ack=12)),
        {'content:"needle";': "18p", 'content:"needle"; flow:no_stream;': ""},
    ),
    Case(
        "segments in reverse order are put in order",
        tcp(*[c(b"\1\2the needle"[at : at + 3], at=at) for at in (9, 6, 3, 0)], s(ack=12)),
        {'content:"the needle";': "10p"},
    ),
    Case(
        "a PDU comes with the packet that acknowledges it, not before",
        tcp(c(b"GET /nee", answered=False), c(b"dle HTTP/1.1\r\n\r\n", answered=False), s(OK)),
        {'http_uri; content:"/needle"; service:http;': "6p"},
    ),
    Case(
        "what is acknowledged in part is scanned in part",
        tcp(c(b"GET /nee", answered=False), c(b"dle HTTP/1.1\r\n\r\n", answered=False), s(ack=8), s(ack=24)),
        {'http_uri; content:"/needle"; service:http;': "7p"},
    ),
    Case(
        "a segment beyond the window that the receiver offers is seen raw only",
        tcp(s(window=8), c(b"\1\2 eight", answered=False), c(b"the needle", answered=False), s(ack=18)),
        {'content:"needle"; flow:no_stream;': "6", 'content:"needle"; flow:only_stream;': ""},
    ),
    Case(
        "data on the FIN belongs to the stream",
        tcp(c(b"\1\2the nee"), c(b"dle", flags="FPA"), s(flags="FA"), c(), end=False),
        {'content:"needle";': "7p"},
    ),
    Case(
        "a RST ends the flow and flushes nothing that was not acknowledged",
        tcp(c(b"\1\2the nee"), c(b"dle", answered=False), s(flags="R"), end=False),
        {'content:"needle";': "/ 7p"},
    ),
    Case(
        "a keep-alive of one old byte changes nothing",
        tcp(c(b"\1\2the nee"), c(b"e", at=8), s(), c(b"dle"), c(b"." * 300)),
        {'content:"needle";': "13p", 'content:"neee";': ""},
    ),
    Case(
        "the end of the capture flushes what was acknowledged",
        tcp(c(b"\1\2the nee"), c(b"dle"), end=False),
        {'content:"needle";': "0p"},
    ),
    Case(
        "a flow that was idle beyond its timeout is flushed and begins anew",
        [*tcp(c(b"\1\2the nee"), c(b"dle"), end=False), Wait(3700), udp(b"much later")],
        {'content:"needle";': "8p"},
    ),
    Case(
        "each side's stream is its own",
        tcp(c(b"\1\2the nee"), s(b"\1\2dle"), c(b"dle"), s(b"nee")),
        {'content:"needle";': "13p", 'alert tcp any 7777 -> any any (content:"needle";)': ""},
    ),
    Case(
        "both sides' streams are put together",
        tcp(s(b"\1\2the nee"), s(b"dle")),
        {'alert tcp any 7777 -> any any (content:"needle"; flow:to_client,established;)': "10p"},
    ),
    Case(
        "an acknowledgement that came before its segment: exact leaves the segment out of the stream",
        tcp(c(b"\1\2the nee"), s(ack=12), c(b"dle", at=9), c(b"." * 300), s()),
        {'content:"needle";': " / 12p"},
    ),
]
