"""Options about the headers of a packet, and the addresses and ports of a rule."""

from .case import Case
from .wire import MSS, c, icmp, s, tcp, udp

CASES = [
    Case(
        "flags: exact, all of, any of, none of, with a mask",
        [
            *tcp(c(flags="S", at=-1, options=MSS), c(flags="A"), c(flags="FA"), hello=False, end=False),
            *tcp(c(flags="R", at=9), c(flags="F", at=9), c(flags="FPU", at=9), c(flags="SEC", at=9), hello=False, end=False),
            *tcp(c(flags="", at=9), hello=False, end=False),
        ],
        {
            "flags:S;": "1",
            "flags:FPU;": "6",
            "flags:FPU,CE;": "6",
            "flags:R;": "4",
            "flags:12S;": "7",
            "flags:S,12;": "1 7",
            "flags:S+;": "1 7",
            "flags:A+;": "2 3",
            "flags:0;": "8",
            "flags:*FA;": "2 3 5 6",
            "flags:!A;": "1 4 5 6 7 8",
        },
    ),
    Case(
        "seq, ack and window of a segment",
        tcp(c(b"numbers", flags="PA", at=11344, ack=1788, window=55), hello=False, end=False),
        {
            "seq:12345;": "1",
            "ack:6789;": "1",
            "window:55;": "1",
            "seq:>12344;": "1",
            "seq:<12345;": "",
            "window:!55;": "",
            "ack:6000<>7000;": "1",
        },
    ),
    Case(
        "a PDU has no TCP header",
        tcp(c(b"\1\2the nee"), c(b"dle"), c(b"." * 300)),
        {'content:"needle";': "11p", 'content:"needle"; flags:A+;': "", 'content:"needle"; seq:>0;': ""},
    ),
    Case(
        "itype and icode take numbers and ranges",
        [icmp(8, 0, b"\0\x4d\0\5ping payload"), icmp(3, 1, bytes(4) + udp(b"inner", 53)[14:])],
        {
            "itype:8;": "1",
            "itype:>7;": "1",
            "itype:3<>9;": "1",
            "itype:3<=>8;": "1 2",
            "icode:0;": "1",
            "icode:>0;": "2",
            "itype:8; icode:1;": "",
        },
        header="icmp any any -> any any",
    ),
    Case(
        "icmp_id and icmp_seq are those of echo messages only",
        [icmp(8, 0, b"\0\x4d\0\5ping"), icmp(0, 0, b"\0\x4d\0\5pong"), icmp(13, 0, b"\0\x4d\0\5" + bytes(12))],
        {"icmp_id:77;": "1 2", "icmp_seq:5;": "1 2", "icmp_id:>76;": "1 2", "icmp_id:78;": ""},
        header="icmp any any -> any any",
    ),
    Case(
        "ttl, tos and id take numbers and ranges",
        [udp(b"ipdata", ttl=3, tos=16, ident=1092)],
        {
            "ttl:3;": "1",
            "ttl:<4;": "1",
            "ttl:>220;": "",
            "ttl:1<>3;": "",
            "tos:16;": "1",
            "tos:!16;": "",
            "id:1092;": "1",
            "id:>1092;": "",
            "ip_proto:17;": "1",
            "ip_proto:!6;": "1",
            "ip_proto:<17;": "",
        },
        header="ip any any -> any any",
    ),
    Case(
        "fragbits: exact, all of, none of",
        [udp(b"whole", fragment=0x4000), udp(b"plain"), udp(b"reserved", fragment=0x8000)],
        {
            "fragbits:D;": "1",
            "fragbits:R;": "3",
            "fragbits:!D;": "2 3",
            "fragbits:!DMR;": "2",
            "fragbits:D+;": "1",
            "fragbits:*DR;": "1 3",
        },
        header="ip any any -> any any",
    ),
    Case(
        "dsize is exact, more, less, or between",
        [udp(b"123456")],
        {"dsize:6;": "1", "dsize:>6;": "", "dsize:<7;": "1", "dsize:5<>7;": "1", "dsize:6<>7;": "", "dsize:6<=>7;": "1"},
        header="udp any any -> any 7777",
    ),
    Case(
        "stream_size counts what a side has sent; to_client is about the server",
        tcp(c(b"1234567890"), s(b"12345")),
        {
            "stream_size:>5,to_server; dsize:>0;": "4 6",
            "stream_size:>3,to_client; dsize:>0;": "6 9p",
        },
        header="tcp any any <> any 7777",
    ),
    Case(
        "<> rules look at both directions",
        [udp(b"the needle"), udp(b"the needle", client=False), udp(b"the needle", 7778)],
        {
            'content:"needle";': "1 2",
            'alert udp any any -> any 7777 (content:"needle";)': "1",
            'alert udp any 7777 -> any any (content:"needle";)': "2",
        },
        header="udp any any <> any 7777",
    ),
    *(
        Case(
            f"{name}: ports",
            [udp(b"the needle", port) for port in (21, 80, 1024, 7777)],
            {f'alert udp any any -> any {ports} (content:"needle";)': found},
        )
        for name, ports, found in (
            ("a range", "80:1024", "2 3"),
            ("an open range", "1024:", "3 4"),
            ("a range from 0", ":80", "1 2"),
            ("a list", "[21,7777]", "1 4"),
            ("a negated number", "!80", "1 3 4"),
            ("a negated range", "!80:1024", "1 4"),
            ("a list with an exception", "[1:2000,!80]", "1 3"),
            ("a list with a range", "[21,1000:]", "1 3 4"),
        )
    ),
    *(
        Case(f"{name}: addresses", [udp(b"the needle")], {f'alert udp {source} any -> {target} any (content:"needle";)': found})
        for name, source, target, found in (
            ("its own", "10.0.0.10", "10.0.0.20", "1"),
            ("its network", "10.0.0.0/24", "10.0.0.0/28", ""),
            ("a negated one", "!10.0.0.10", "any", ""),
            ("not another", "!10.0.0.11", "10.0.0.16/28", "1"),
            ("a list", "[10.0.0.9,10.0.0.10]", "any", "1"),
            ("a list with an exception", "[10.0.0.0/8,!10.0.0.10]", "any", ""),
            ("IPv6", "fd00::/8", "any", ""),
        )
    ),
    Case(
        "a rule for tcp looks at no datagram, one for ip at both",
        [udp(b"the needle"), *tcp(c(b"the needle"), hello=False, end=False)],
        {
            'alert tcp any any -> any any (content:"needle";)': "2",
            'alert udp any any -> any any (content:"needle";)': "1",
            'alert ip any any -> any any (content:"needle";)': "1 2",
            'alert icmp any any -> any any (content:"needle";)': "",
        },
    ),
]
