"""What is looked at as it came, and what as a PDU."""

from .case import Case
from .talk import OK, get
from .wire import c, s, tcp

CASES = [
    Case(
        "on an unknown protocol a chain goes on from one PDU to the next",
        tcp(c(b"\x01\x02start " + b"x" * 300), c(b"y" * 300), c(b" finish" + b"z" * 300), c(b"w" * 300)),
        {
            'content:"start"; content:"finish",distance 0;': "13p",
            'content:"start"; content:"finish";': "13p",
            'content:"xy"; flow:only_stream;': "13p",
            'content:"y |20|finish";': "",
            'content:"finish"; flow:only_stream;': "13p",
            'content:"finish"; flow:no_stream;': "8",
        },
    ),
    Case(
        "on an unknown protocol a segment alerts, and its PDU does not again",
        tcp(c(b"\1\2the needle is here"), c(b"." * 300), c(b"." * 300)),
        {'content:"needle";': "4", 'content:"needle"; flow:only_stream;': "11p"},
    ),
    Case(
        "each raw packet alerts again",
        tcp(c(b"\1\2needle"), c(b"\1\2needle"), c(b"\1\2needle")),
        {'content:"needle";': "4 6 8"},
    ),
    Case(
        "what is in two segments is in their PDU",
        tcp(c(b"\1\2the nee"), c(b"dle is here"), c(b"." * 300)),
        {'content:"needle";': "11p"},
    ),
    Case(
        "one segment alone makes no PDU until the flow ends",
        tcp(c(b"\1\2the needle" + b"." * 900)),
        {'content:"needle"; flow:only_stream;': "7p"},
    ),
    Case(
        "while the wizard looks for the protocol nothing is flushed, so that the end of the flow makes one PDU",
        tcp(c(b"\1\2a" + b"." * 100), c(b"b" + b"." * 100), c(b"c" + b"." * 100), c(b"d" + b"." * 100)),
        {'content:"a"; content:"d"; flow:only_stream;': "13p"},
    ),
    Case(
        "a flow with an inspector is not looked at by segment",
        tcp(c(get(b"/first")), s(OK), c(get(b"/second")), s(OK)),
        {'content:"GET /first";': "4", 'content:"GET /second";': "", 'http_uri; content:"/second"; service:http;': "9p"},
    ),
    Case(
        "the first segment of HTTP is looked at by itself, when nobody knows what it is",
        tcp(c(get(b"/needle"))),
        {
            'content:"GET /needle"; service:http;': "4",
            'content:"GET /needle"; service:ftp;': "4",
            'pkt_data; content:"GET /needle";': "4",
        },
    ),
    Case(
        "an empty segment runs rules without a pattern, not those with one",
        tcp(),
        {'content:!"x";': "1 3 4 6", "flags:A;": "3 6", 'content:"x";': ""},
    ),
    Case(
        "PDUs carry the time of their first segment and the ports of their side",
        tcp(c(b"\1\2the nee"), c(b"dle")),
        {'alert tcp any 40000 -> any 7777 (content:"needle";)': "9p", 'alert tcp any 7777 -> any 40000 (content:"needle";)': ""},
    ),
    Case(
        "where the wizard gave up, PDUs end at the first segment beyond their flush point",
        tcp(*[c(b"%d" % number + b"." * 999) for number in range(12)], port=7777),
        {'content:"9...."; flow:only_stream;': "25p", 'content:"0...."; content:"8....",distance 0; flow:only_stream;': "21p"},
    ),
    Case(
        "raw_data and pkt_data are the same where nothing is rewritten",
        tcp(c(b"\1\2needle")),
        {'raw_data; content:"needle";': "4", 'pkt_data; content:"needle";': "4"},
    ),
]
