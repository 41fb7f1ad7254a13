"""Which of the matches become alerts, and how often."""

from .case import Case
from .talk import OK, get
from .wire import Wait, c, s, tcp, udp

CASES = [
    Case(
        "detection_filter lets through what comes beyond its count",
        tcp(c(b"\x02knock"), c(b"\x02knock"), c(b"\x02knock"), c(b"\x02knock"), c(b"\x02knock"), c(b"\x02knock")),
        {
            'content:"knock"; detection_filter:track by_src,count 3,seconds 60;': "10 12 14",
            'content:"knock"; detection_filter:track by_dst,count 1,seconds 1;': "6 8 10 12 14",
            'content:"knock"; flow:no_stream;': "4 6 8 10 12 14",
        },
    ),
    Case(
        "many rules alert on one payload",
        tcp(c(b"\x03zeta1 zeta22 zeta333 zeta4444 zeta55555 zeta666666 zeta7777777 zeta88888888")),
        {
            'content:"zeta1";': "4",
            'content:"zeta22";': "4",
            'content:"zeta333";': "4",
            'content:"zeta4444";': "4",
            'content:"zeta55555";': "4",
            'content:"zeta666666";': "4",
            'content:"zeta7777777";': "4",
            'content:"zeta88888888";': "4",
        },
        together=True,
    ),
    Case(
        "detection_filter by_dst counts for each target",
        [udp(b"knock"), udp(b"knock", client=False), udp(b"knock"), udp(b"knock", client=False), udp(b"knock")],
        {
            'content:"knock"; detection_filter:track by_dst,count 1,seconds 60;': "3 4 5",
            'content:"knock"; detection_filter:track by_src,count 2,seconds 60;': "5",
        },
        header="udp any any <> any 7777",
    ),
    Case(
        "detection_filter begins anew after its seconds",
        [udp(b"knock"), udp(b"knock"), Wait(10), udp(b"knock"), Wait(10), udp(b"knock")],
        {'content:"knock"; detection_filter:track by_src,count 1,seconds 3;': "2"},
        header="udp any any -> any 7777",
    ),
    Case(
        "a rate that is kept up goes on over the end of its seconds",
        [packet for second in range(4) for packet in (udp(b"knock"), udp(b"knock"), udp(b"knock"), Wait(1))],
        {'content:"knock"; detection_filter:track by_src,count 2,seconds 1;': "3 4 5 6 7 8 9 10 11 12"},
        header="udp any any -> any 7777",
    ),
    Case(
        "detection_filter holds flowbits back too",
        tcp(c(b"\1knock"), c(b"\1knock"), c(b"\1check")),
        {
            'content:"knock"; detection_filter:track by_src,count 1,seconds 60; flowbits:set,knocked;': "6",
            'content:"check"; flowbits:isset,knocked;': "8",
        },
        together=True,
    ),
    Case(
        "one rule alerts once on a packet, however often its content is there",
        [udp(b"needle needle needle")],
        {'content:"needle";': "1", 'content:"needle"; content:"needle",distance 0;': "1"},
        header="udp any any -> any 7777",
    ),
    Case(
        "a rule that is in a service's group and in a port's alerts once",
        tcp(c(get(b"/needle")), s(OK)),
        {'http_uri; content:"/needle"; service:http;': "5p", 'http_uri; content:"/needle"; service:http,smtp;': "5p"},
    ),
]
