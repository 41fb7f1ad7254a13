"""Which packets make a flow, who is its client, when it is established, and when it ends."""

from .case import Case
from .wire import MSS, Wait, c, s, tcp, udp

CASES = [
    Case(
        "flow words on the packets of a connection",
        tcp(c(b"to server words"), s(b"to client words")),
        {
            'flow:to_server; content:"server words";': "4",
            'flow:from_client; content:"server words";': "4",
            'flow:to_client; content:"server words";': "",
            'alert tcp any 7777 -> any any (flow:to_client,established; content:"client words";)': "6",
            'alert tcp any 7777 -> any any (flow:from_server; content:"client words";)': "6",
            'flow:stateless; content:"server words";': "4",
            'flow:not_established; content:"server words";': "",
            'flow:established,no_stream; content:"server words";': "4",
            'flow:established,only_stream; content:"server words";': "9p",
            'alert tcp any any <> any any (content:"server words";)': "4",
        },
    ),
    Case(
        "a midstream flow takes the side with the higher port as its client",
        tcp(c(b"mid one", answered=False), s(b"mid two", answered=False), c(b"mid three", answered=False), hello=False),
        {
            'content:"mid one"; flow:to_server;': "1",
            'alert tcp any 7777 -> any any (content:"mid two"; flow:to_client;)': "2",
            'content:"mid three"; flow:established;': "3",
            'content:"mid one"; flow:to_client;': "",
        },
    ),
    Case(
        "a midstream flow takes the side with the higher port as its client, also where that is the server",
        tcp(c(b"mid one", answered=False), s(b"mid two", answered=False), hello=False, end=False, client_port=1000),
        {
            'alert tcp any any -> any any (content:"mid one"; flow:to_client;)': "1",
            'alert tcp any any -> any any (content:"mid two"; flow:to_server;)': "2",
        },
    ),
    Case(
        "a segment with data outside a flow opens one that is established to rules on packets once the peer answers",
        tcp(c(b"lonely"), hello=False, end=False)[:1],
        {
            'content:"lonely";': "1",
            'content:"lonely"; flow:to_server;': "1",
            'content:"lonely"; flow:stateless;': "1",
            'content:"lonely"; flow:established;': "0p/1",
            'content:"lonely"; flow:not_established;': "1/",
            'content:"lonely"; flowbits:set,lone;': "1",
        },
    ),
    Case(
        "a bare SYN opens no flow",
        tcp(c(flags="S", at=-1), c(flags="A"), hello=False, end=False),
        {"flags:S; flowbits:isnotset,x;": "", "flags:S;": "1", "flags:A; flow:established;": ""},
    ),
    Case(
        "a SYN with an MSS opens a flow",
        tcp(c(flags="S", at=-1, options=MSS), hello=False, end=False),
        {"flags:S; flowbits:isnotset,x;": "1", "flags:S; flow:to_server;": "1", "flags:S; flow:established;": ""},
    ),
    Case(
        "a SYN with a window scale opens a flow",
        tcp(c(flags="S", at=-1, options=b"\x03\x03\x07\0"), hello=False, end=False),
        {"flags:S; flowbits:isnotset,x;": "1"},
    ),
    Case(
        "a SYN-ACK opens a flow as the server",
        tcp(s(flags="SA", at=-1, options=MSS), hello=False, end=False),
        {
            "alert tcp any 7777 -> any any (flags:SA; flowbits:isnotset,x;)": "1",
            "alert tcp any 7777 -> any any (flags:SA; flow:to_client;)": "1",
        },
    ),
    Case(
        "a bare ACK outside a flow counts as the client's",
        tcp(c(flags="A"), hello=False, end=False),
        {
            "flags:A; flow:to_server;": "1",
            "flags:A; flow:to_client;": "",
            "flags:A; flow:established;": "",
            "flags:A; flowbits:isset,x;": "",
        },
    ),
    Case(
        "a bare RST outside a flow counts as the server's",
        tcp(c(flags="R"), hello=False, end=False),
        {"flags:R; flow:to_client;": "1", "flags:R; flow:to_server;": ""},
    ),
    Case(
        "a UDP flow is established once both sides spoke",
        [udp(b"ask udp"), udp(b"answer udp", client=False), udp(b"again udp")],
        {
            'content:"ask"; flow:to_server;': "1",
            'content:"ask"; flow:established;': "",
            'alert udp any 7777 -> any any (content:"answer"; flow:to_client,established;)': "2",
            'content:"again"; flow:to_server,established;': "3",
            'content:"again"; flow:to_client;': "",
        },
        header="udp any any -> any 7777",
    ),
    Case(
        "who speaks first over UDP is the client",
        [udp(b"from below", client=False), udp(b"from above")],
        {
            'alert udp any 7777 -> any any (content:"below"; flow:to_server;)': "1",
            'alert udp any any -> any 7777 (content:"above"; flow:to_client;)': "2",
        },
    ),
    Case(
        "a UDP flow that was idle for its timeout begins anew",
        [udp(b"one", client=True), udp(b"two", client=False), Wait(31), udp(b"three"), udp(b"four", client=False)],
        {'content:"three"; flow:established;': "", "alert udp any 7777 -> any any (flow:established;)": "2 4"},
        header="udp any any -> any 7777",
    ),
    Case(
        "a UDP flow within its timeout goes on",
        [udp(b"one"), udp(b"two", client=False), Wait(29), udp(b"three")],
        {'content:"three"; flow:established;': "3"},
        header="udp any any -> any 7777",
    ),
    Case(
        "flow:only_stream wants a PDU, flow:no_stream a packet",
        tcp(c(b"\1\2the nee"), c(b"dle and a haystack"), c(b"." * 300)),
        {
            'content:"needle"; flow:only_stream;': "11p",
            'content:"needle"; flow:no_stream;': "",
            'content:"haystack"; flow:only_stream;': "11p",
            'content:"haystack"; flow:no_stream;': "6",
        },
    ),
    Case(
        "a new connection on the same ports after both sides ended is a new flow",
        [*tcp(c(b"\1first")), *tcp(c(b"\1second"))],
        {
            'content:"first"; flowbits:set,seen;': "4",
            'content:"second"; flowbits:isset,seen;': "",
            'content:"second"; flowbits:isnotset,seen;': "12",
        },
        together=True,
    ),
    Case(
        "flows on other ports keep their own bits",
        [*tcp(c(b"\1first")), *tcp(c(b"\1second"), client_port=40001)],
        {'content:"first"; flowbits:set,seen;': "4", 'content:"second"; flowbits:isset,seen;': ""},
        together=True,
    ),
    Case(
        "data with the SYN is seen raw",
        tcp(
            c(b"early data", flags="S", at=-1, options=MSS), s(flags="SA", at=-1, ack=0, options=MSS), c(), end=False, hello=False
        ),
        {'content:"early";': "1", 'content:"early"; flow:to_server;': "1", 'content:"early"; flow:established;': "/ 0p"},
    ),
    Case(
        "data after a reset is seen raw",
        tcp(s(flags="RA"), c(b"\x08after reset"), end=False),
        {'content:"after reset";': "5"},
    ),
    Case(
        "data after both FINs is seen raw",
        tcp(c(b"\twords"), c(flags="FA"), s(flags="FA"), c(), c(b"late words"), end=False),
        {'content:"late words";': "9"},
    ),
    Case(
        "sequence numbers may wrap",
        tcp(*[c(b"\1\2needle", at=2**32 - 1004 - 4, flags="PA"), s(ack=2**32 - 1004 + 4)], hello=False, end=False),
        {'content:"needle";': "1"},
    ),
]
