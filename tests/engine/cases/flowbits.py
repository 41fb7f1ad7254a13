"""Bits that rules set on a flow for others."""

from .case import Case
from .talk import answer, get
from .wire import c, s, tcp, udp

CASES = [
    Case(
        "flowbits are set, checked and unset from packet to packet",
        tcp(c(b"\x01bit setter"), c(b"bit checker"), c(b"bit unset now"), c(b"bit checker again")),
        {
            'content:"bit setter"; flowbits:set,b1; flowbits:noalert;': "",
            'content:"bit checker"; flowbits:isset,b1;': "6",
            'content:"bit checker"; flowbits:isnotset,b1;': "10",
            'content:"bit unset"; flowbits:isset,b1; flowbits:unset,b1;': "8",
            'content:"bit checker again"; flowbits:isset,b1;': "",
            'content:"bit checker"; flowbits:isset,b1|b9;': "6",
            'content:"bit checker"; flowbits:isset,b1&b9;': "",
            'content:"bit setter"; flowbits:set,b2&b3;': "4",
            'content:"bit checker"; flowbits:isset,b2&b3;': "6 10",
        },
        together=True,
    ),
    Case(
        "a bit set by one rule is seen by another on the same payload",
        tcp(c(b"\x01both alpha and beta")),
        {
            'content:"alpha"; flowbits:set,w1;': "4",
            'content:"beta"; flowbits:isset,w1;': "4",
            'content:"alpha and"; flowbits:isnotset,w1;': "",
        },
        together=True,
    ),
    Case(
        "isset fails on a flow without bits, isnotset does not",
        [udp(b"needle")],
        {'content:"needle"; flowbits:isset,a;': "", 'content:"needle"; flowbits:isnotset,a;': "1"},
        header="udp any any -> any 7777",
    ),
    Case(
        "noalert keeps the bit and not the alert",
        [udp(b"one"), udp(b"two")],
        {'content:"one"; flowbits:set,a; flowbits:noalert;': "", 'content:"two"; flowbits:isset,a;': "2"},
        header="udp any any -> any 7777",
        together=True,
    ),
    Case(
        "a bit is set by a whole match only",
        [udp(b"one two"), udp(b"three")],
        {
            'content:"one"; flowbits:set,a; content:"missing";': "",
            'content:"three"; flowbits:isset,a;': "",
            'content:"three"; flowbits:isnotset,a;': "2",
        },
        header="udp any any -> any 7777",
        together=True,
    ),
    Case(
        "bits of both directions are one flow's",
        [udp(b"question"), udp(b"answer", client=False)],
        {
            'content:"question"; flowbits:set,asked;': "1",
            'alert udp any 7777 -> any any (content:"answer"; flowbits:isset,asked;)': "2",
        },
        header="udp any any -> any 7777",
        together=True,
    ),
    Case(
        "unset takes a bit away",
        [udp(b"one"), udp(b"two"), udp(b"three")],
        {
            'content:"one"; flowbits:set,a; flowbits:noalert;': "",
            'content:"two"; flowbits:unset,a;': "2",
            'content:"three"; flowbits:isset,a;': "",
        },
        header="udp any any -> any 7777",
        together=True,
    ),
    Case(
        "of several bits all must be set, or any",
        [udp(b"one"), udp(b"two"), udp(b"three")],
        {
            'content:"one"; flowbits:set,a&b;': "1",
            'content:"two"; flowbits:isset,a&b;': "2",
            'content:"two"; flowbits:isset,b|c;': "2",
            'content:"two"; flowbits:isset,a&c;': "",
            'content:"three"; flowbits:isnotset,c;': "3",
        },
        header="udp any any -> any 7777",
        together=True,
    ),
    Case(
        "a bit that is set on a PDU is seen by rules on later packets",
        tcp(c(get(b"/needle")), s(answer(b"the file"))),
        {
            'http_uri; content:"/needle"; flowbits:set,asked; flowbits:noalert; service:http;': "",
            'alert tcp any 7777 -> any any (file_data; content:"file"; flowbits:isset,asked; service:http;)': "7p",
        },
        together=True,
    ),
]
