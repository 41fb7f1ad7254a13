"""What lies around the payload: link layers, tunnels, IP, lengths, checksums, and where an ICMP message begins."""

import struct

from .case import Case
from .tunnels import authenticated, damaged, ip6, mpls, pppoe, udp6, vlan
from .wire import c, icmp, inside, ip, tcp, udp

CASES = [
    # Frames around a datagram: only the innermost packet is looked at.
    *(
        Case(
            f"{name}: the innermost packet counts",
            inside(wrap, [udp(b"tunnelled needle", 161)]),
            {'content:"needle";': found, "alert ip any any -> any any (ip_proto:17;)": found, "dsize:16;": found},
            header="udp any any -> any 161",
        )
        for name, wrap, found in (
            ("a VLAN tag", vlan(0x8100, 5), "1"),
            ("two VLAN tags", lambda frame: vlan(0x88A8, 6)(vlan(0x8100, 5)(frame)), "1"),
            ("a VLAN tag of 0x9100", vlan(0x9100, 7), "1"),
            ("MPLS", mpls(1000), "1"),
            ("PPPoE", pppoe, "1"),
            ("GRE", lambda frame: ip(b"\0\0\x08\0" + frame[14:], 47), "1"),
            ("GRE with key and sequence number", lambda frame: ip(b"\x30\0\x08\0" + b"\0\0\0\7\0\0\0\1" + frame[14:], 47), "1"),
            ("Ethernet in GRE", lambda frame: ip(b"\0\0\x65\x58" + frame, 47), "1"),
            ("IPv4 in IPv4", lambda frame: ip(frame[14:], 4), "1"),
            ("IPv4 in IPv6", lambda frame: ip6(frame[14:], 4), "1"),
            ("VXLAN", lambda frame: udp(b"\x08\0\0\0\0\0\x2a\0" + frame, 4789), "1"),
            ("Geneve", lambda frame: udp(b"\0\0\x65\x58\0\0\x2a\0" + frame, 6081), "1"),
            ("Geneve with an option", lambda frame: udp(b"\x01\0\x65\x58\0\0\x2a\0\x01\x02\x80\0" + frame, 6081), "1"),
            ("GTP", lambda frame: udp(b"\x30\xff" + struct.pack("!HI", len(frame) - 14, 1) + frame[14:], 2152), "1"),
            ("VXLAN in a VLAN", lambda frame: vlan(0x8100, 5)(udp(b"\x08\0\0\0\0\0\x2a\0" + frame, 4789)), "1"),
            ("padding behind the packet", lambda frame: frame + bytes(10), "1"),
            ("IPv4 options", lambda frame: ip(frame[34:], 17, options=b"\x01\x01\x01\0"), "1"),
        )
    ),
    *(
        Case(
            f"{name}: the ports are those of the innermost header",
            [ip6(udp6(b"the needle", 161), 17, before=before)],
            {'content:"needle";': "1", 'alert udp any any -> any 162 (content:"needle";)': ""},
            header="udp any any -> any 161",
        )
        for name, before in (
            ("IPv6", []),
            ("an IPv6 hop-by-hop header", [(0, b"\0\x01\x04\0\0\0\0")]),
            ("an IPv6 destination header", [(60, b"\0\x01\x04\0\0\0\0")]),
            ("an IPv6 routing header", [(43, b"\0\0\0\0\0\0\0")]),
        )
    ),
    Case(
        "an authentication header: the transport behind it counts",
        inside(authenticated, [udp(b"the needle", 161)]),
        {'content:"needle";': "1", "dsize:10;": "1"},
        header="udp any any -> any 161",
    ),
    Case(
        "a tunnel that is none by its port is a payload",
        [udp(b"\x08\0\0\0\0\0\x2a\0" + udp(b"the needle", 161), 4790)],
        {"alert udp any any -> any 161 (dsize:>0;)": "", 'alert udp any any -> any 4790 (content:"needle";)': "1"},
    ),
    Case(
        "padding is no payload",
        [udp(b"short", 161) + b"needle" * 3],
        {'content:"needle";': "", "dsize:5;": "1"},
        header="udp any any -> any 161",
    ),
    Case(
        "encrypted payload is not decoded",
        [ip(bytes(8) + b"needle in ESP", 50)],
        {'content:"needle";': "1", "ip_proto:50;": "1"},
        header="ip any any -> any any",
    ),
    Case(
        "a UDP length beyond the packet leaves it to ip rules",
        [udp(b"short udp", length=40)],
        {'content:"short udp";': "", 'alert ip any any -> any any (content:"short udp";)': "1"},
        header="udp any any -> any 7777",
    ),
    Case(
        "a UDP length short of the packet leaves it to ip rules",
        [udp(b"long udp", length=12)],
        {'content:"long udp";': "", 'alert ip any any -> any any (content:"long udp";)': "1"},
        header="udp any any -> any 7777",
    ),
    Case(
        "a TCP header of less than five words leaves the segment to ip rules",
        [ip(struct.pack("!HHIIBBHHH", 40000, 7777, 1, 1, 0x40, 0x18, 100, 0, 0) + b"the needle", 6)],
        {'content:"needle";': "", 'alert ip any any -> any any (content:"needle";)': "1"},
        header="tcp any any -> any any",
    ),
    Case(
        "a TCP header beyond the packet leaves the segment to ip rules",
        [ip(struct.pack("!HHIIBBHHH", 40000, 7777, 1, 1, 0xF0, 0x18, 100, 0, 0) + b"the needle", 6)],
        {'content:"needle";': "", 'alert ip any any -> any any (content:"needle";)': "1"},
        header="tcp any any -> any any",
    ),
    Case(
        "an IP length beyond the bytes that are there is not inspected",
        [ip(udp(b"the needle")[34:], 17, length=500)],
        {'content:"needle";': "", "alert ip any any -> any any (ip_proto:17;)": ""},
        header="udp any any -> any 7777",
    ),
    Case(
        "an IP length of 0 is not inspected",
        [ip(udp(b"the needle")[34:], 17, length=0)],
        {'content:"needle";': "", "alert ip any any -> any any (ip_proto:17;)": ""},
        header="udp any any -> any 7777",
    ),
    *(
        Case(
            f"a wrong {what} checksum: nothing is inspected",
            [damaged(frame, at)],
            {"ttl:64;": ""},
            header="ip any any -> any any",
            checksums="all",
        )
        for what, frame, at in (
            ("IPv4", udp(b"the needle"), 24),
            ("UDP", udp(b"the needle"), 40),
            ("TCP", tcp(c(b"the needle"))[3], 50),
            ("ICMP", icmp(8, 0, b"\0\7\0\1ping"), 36),
        )
    ),
    *(
        Case(
            f"a right {what} checksum is no obstacle",
            [frame],
            {"ttl:64;": "1"},
            header="ip any any -> any any",
            checksums="all",
        )
        for what, frame in (
            ("UDP", udp(b"the needle")),
            ("TCP", tcp(c(b"the needle"))[3]),
            ("ICMP", icmp(8, 0, b"\0\7\0\1ping")),
        )
    ),
    Case(
        "a UDP checksum of 0 is none",
        [ip(struct.pack("!HHHH", 40000, 7777, 18, 0) + b"the needle", 17)],
        {'content:"needle";': "1"},
        header="udp any any -> any 7777",
        checksums="all",
    ),
    Case(
        "a UDP checksum of 0 is wrong on IPv6",
        [ip6(struct.pack("!HHHH", 40000, 7777, 18, 0) + b"the needle", 17)],
        {'content:"needle";': ""},
        header="udp any any -> any 7777",
        checksums="all",
    ),
    Case(
        "wrong checksums do not count where they are not looked at",
        [damaged(udp(b"the needle"), 40)],
        {'content:"needle";': "1"},
        header="udp any any -> any 7777",
    ),
    Case(
        "another protocol's payload begins behind the IP header",
        [ip(b"eigrp data here", 88, ttl=3, tos=16, ident=1092)],
        {
            'ip_proto:88; content:"eigrp",depth 5;': "1",
            "ip_proto:87;": "",
            "ttl:3;": "1",
            "tos:16;": "1",
            "id:1092;": "1",
            'alert tcp any any -> any any (content:"eigrp";)': "",
        },
        header="ip any any -> any any",
    ),
    # Where the payload of an ICMP message begins.
    *(
        Case(
            f"the payload of an ICMP {name} begins {where}",
            [icmp(kind, code, body)],
            {f'itype:{kind}; content:"{first}",depth {len(first)};': "1", f"itype:{kind}; dsize:{size};": "1"},
            header="icmp any any -> any any",
        )
        for name, kind, code, body, first, size, where in (
            ("echo request", 8, 0, b"\0\7\0\1ping", "ping", 4, "behind id and sequence"),
            ("echo reply", 0, 0, b"\0\7\0\1pong", "pong", 4, "behind id and sequence"),
            ("timestamp request", 13, 0, bytes(16) + b"stamp", "|00 00 00 00|", 21, "behind the checksum"),
            ("address mask request", 17, 0, bytes(8) + b"mask", "|00 00 00 00|", 12, "behind the checksum"),
            ("destination unreachable", 3, 1, bytes(4) + udp(b"lost", 53)[14:], "|9c 40 00 35|", 12, "with the embedded ports"),
            ("time exceeded", 11, 0, bytes(4) + udp(b"late", 53)[14:], "|9c 40 00 35|", 12, "with the embedded ports"),
            ("source quench", 4, 0, bytes(4) + udp(b"slow", 53)[14:], "|9c 40 00 35|", 12, "with the embedded ports"),
        )
    ),
    Case(
        "an ICMP timestamp too short for its type is left to ip rules",
        [icmp(13, 0, bytes(6))],
        {"itype:13;": "", "alert ip any any -> any any (ip_proto:1;)": "1"},
        header="icmp any any -> any any",
    ),
    Case(
        "each layer of IP is looked at by rules without a pattern",
        [ip(ip(b"inner", 88, ttl=9)[14:], 4, ttl=7)],
        {"ttl:9;": "1", 'content:"inner";': "1", "ip_proto:88;": "1"},
        header="ip any any -> any any",
    ),
    Case(
        "raw IP frames have no Ethernet header",
        [udp(b"the needle")[14:]],
        {'content:"needle";': "1"},
        header="udp any any -> any 7777",
        link=101,
    ),
    Case(
        "link types that Snort does not decode are for mode complete",
        [b"\x02\0\0\0" + udp(b"the needle")[14:]],
        {'content:"needle";': " / 1"},
        header="udp any any -> any 7777",
        link=0,
    ),
    Case(
        "PPP frames are for mode complete",
        [b"\xff\x03\0\x21" + udp(b"the needle")[14:]],
        {'content:"needle";': " / 1"},
        header="udp any any -> any 7777",
        link=9,
    ),
    Case(
        "cooked frames are for mode complete",
        [b"\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0" + udp(b"the needle")[14:]],
        {'content:"needle";': " / 1"},
        header="udp any any -> any 7777",
        link=113,
    ),
]
