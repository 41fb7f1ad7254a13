"""The same attack, carried so that it should not be seen."""

import gzip

from .case import Case
from .talk import answer, chunked, get
from .tunnels import authenticated, vlan
from .wire import c, fragmented, inside, ip, s, tcp, udp

CASES = [
    # One request, carried in many ways: its URI is seen in each.
    *(
        Case(f"a request {name}", carry(get(b"/needle", b"X-A: one")), {'http_uri; content:"/needle"; service:http;': found})
        for name, carry, found in (
            ("in one segment", lambda data: tcp(c(data)), "5p"),
            (
                "in segments of one byte",
                lambda data: tcp(*[c(data[at : at + 1], answered=False) for at in range(len(data))], s()),
                "47p",
            ),
            (
                "in segments of nine bytes",
                lambda data: tcp(*[c(data[at : at + 9], answered=False) for at in range(0, len(data), 9)], s()),
                "9p",
            ),
            ("in two segments, the second first", lambda data: tcp(c(data[20:], at=20), c(data[:20], at=0), s()), "6p"),
            (
                "of which a segment comes twice",
                lambda data: tcp(c(data[:20], answered=False), c(data[:20], at=0), c(data[20:])),
                "7p",
            ),
            ("of which segments overlap", lambda data: tcp(c(data[:20], answered=False), c(data[10:], at=10), s()), "6p"),
            ("in IP fragments", lambda data: fragmented(tcp(c(data)), 3, 40), "6p"),
            (
                "in IP fragments, the last one first",
                lambda data: fragmented(tcp(c(data)), 3, 24, 24, order=(2, 1, 0)),
                "7p",
            ),
            ("in a VLAN", lambda data: inside(vlan(0x8100, 9), tcp(c(data))), "5p"),
            ("in VXLAN", lambda data: inside(lambda frame: udp(b"\x08\0\0\0\0\0\x2a\0" + frame, 4789), tcp(c(data))), "5p"),
            ("in GRE", lambda data: inside(lambda frame: ip(b"\0\0\x08\0" + frame[14:], 47), tcp(c(data))), "5p"),
            ("behind authentication headers", lambda data: inside(authenticated, tcp(c(data))), "5p"),
            ("after a keep-alive", lambda data: tcp(c(data[:9]), c(data[8:9], at=8), s(), c(data[9:])), "9p"),
            ("after line ends", lambda data: tcp(c(b"\r\n\r\n" + data)), "5p"),
            (
                "after a request that was refused",
                lambda data: tcp(c(get(b"/no")), s(answer(b"no", status=b"403 No")), c(data)),
                "9p",
            ),
            ("with bare line feeds", lambda data: tcp(c(data.replace(b"\r\n", b"\n"))), "5p"),
            ("with the FIN", lambda data: tcp(c(data, flags="FPA"), s(flags="FA"), c(), end=False), "5p"),
            ("after a segment with an urgent pointer", lambda data: tcp(c(data[:9], flags="PAU"), s(), c(data[9:])), "7p"),
        )
    ),
    *(
        Case(f"a request for {target.decode()}", tcp(c(get(target))), {'http_uri; content:"/cgi/needle"; service:http;': "5p"})
        for target in (
            b"/cgi/needle",
            b"/cgi/%6eeedle",
            b"/cgi/%256eeedle",
            b"//cgi///needle",
            b"/./cgi/./needle",
            b"/x/../cgi/needle",
            b"/x/%2e%2e/cgi/needle",
            b"/\\cgi\\needle",
            b"/cgi%2fneedle",
            b"/cgi%5cneedle",
            b"/%63%67%69/%6e%65%65%64%6c%65",
            b"http://host/cgi/needle",
            b"/cgi/needle?a=1",
            b"/cgi/needle#a",
            b"/cgi/%c1%aeeedle",
        )
    ),
    Case(
        "a file in chunks of one byte, in gzip, over many segments",
        tcp(
            c(get(b"/")),
            *[
                s(piece, answered=False)
                for data in [
                    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + chunked(*[bytes([byte]) for byte in gzip.compress(b"the needle", mtime=0)])
                ]
                for piece in [data[at : at + 100] for at in range(0, len(data), 100)]
            ],
            c(),
        ),
        {'alert tcp any 7777 -> any any (file_data; content:"the needle"; service:http;)': "9p"},
    ),
]
