"""HTTP/1: bodies, their codings, and what belongs to which request."""

import gzip
import zlib

from .case import Case
from .talk import OK, answer, chunked, get, post
from .wire import c, s, tcp


def pieces(data: bytes, size: int = 1400) -> list[bytes]:
    """`data` in segments."""
    return [data[at : at + size] for at in range(0, len(data), size)]


CASES = [
    *(
        Case(
            f"a body {name}",
            tcp(c(get(b"/f")), s(head + body)),
            {
                'file_data; content:"the needle in a body"; bufferlen:20; service:http;': "7p",
                'pkt_data; content:"the needle in a body"; service:http;': "7p",
            },
            header="tcp any 7777 -> any any",
        )
        for name, head, body in (
            ("of known length", b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n", b"the needle in a body"),
            ("in one chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunked(b"the needle in a body")),
            (
                "in many chunks",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                chunked(b"the", b" nee", b"dle in", b" a body"),
            ),
            (
                "in chunks with extensions",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                b"14;a=b;c\r\nthe needle in a body\r\n0\r\n\r\n",
            ),
            (
                "in gzip",
                b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
                % len(gzip.compress(b"the needle in a body")),
                gzip.compress(b"the needle in a body"),
            ),
            (
                "in x-gzip",
                b"HTTP/1.1 200 OK\r\nContent-Encoding: x-gzip\r\nContent-Length: %d\r\n\r\n"
                % len(gzip.compress(b"the needle in a body")),
                gzip.compress(b"the needle in a body"),
            ),
            (
                "in deflate without a zlib header",
                b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n"
                % len(zlib.compress(b"the needle in a body")[2:-4]),
                zlib.compress(b"the needle in a body")[2:-4],
            ),
            (
                "in gzip, in chunks",
                b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
                chunked(gzip.compress(b"the needle in a body")[:15], gzip.compress(b"the needle in a body")[15:]),
            ),
        )
    ),
    Case(
        "a body without a length ends with the connection",
        tcp(c(get(b"/f")), s(b"HTTP/1.1 200 OK\r\n\r\nthe needle, "), s(b"and more")),
        {'file_data; content:"needle, and more"; service:http;': "12p"},
        header="tcp any 7777 -> any any",
    ),
    Case(
        "two codings at once stay as they are",
        tcp(c(get(b"/f")), s(answer(gzip.compress(b"the needle"), b"Content-Encoding: gzip, br"))),
        {'file_data; content:"needle"; service:http;': "", 'file_data; content:"|1f 8b|",depth 2; service:http;': "7p"},
        header="tcp any 7777 -> any any",
    ),
    Case(
        "a body that is said to be gzip and is not",
        tcp(c(get(b"/f")), s(answer(b"the needle", b"Content-Encoding: gzip"))),
        {'file_data; content:"needle"; service:http;': "7p"},
        header="tcp any 7777 -> any any",
    ),
    Case(
        "a request's body in gzip is unpacked",
        tcp(c(post(b"/f", gzip.compress(b"the needle"), b"Content-Encoding: gzip")), s(OK)),
        {'http_client_body; content:"needle"; service:http;': "5p", 'file_data; content:"needle"; service:http;': "5p"},
    ),
    Case(
        "a request's body in chunks",
        tcp(c(get(b"/f", b"Transfer-Encoding: chunked", method=b"POST") + chunked(b"the nee", b"dle")), s(OK)),
        {'http_client_body; content:"the needle"; service:http;': "5p", 'http_client_body; content:"|0d 0a|"; service:http;': ""},
    ),
    Case(
        "a request's body over many segments",
        tcp(
            *[c(piece, answered=False) for piece in (get(b"/f", b"Content-Length: 10", method=b"POST"), b"the n", b"eed", b"le")],
            s(OK),
        ),
        {'http_client_body; content:"the needle"; service:http;': "8p"},
    ),
    Case(
        "a request for which a response waits keeps its URI for the response's rules",
        tcp(c(get(b"/asked")), s(answer(b"the needle"))),
        {
            'http_uri; content:"/asked"; file_data; content:"needle",fast_pattern; service:http;': "7p",
            'http_method; content:"GET"; http_stat_code; content:"200",fast_pattern; service:http;': "7p",
            # A request's buffer is searched for its pattern only while the request is inspected.
            'http_uri; content:"/asked",fast_pattern; file_data; content:"needle"; service:http;': "",
        },
        header="tcp any 7777 -> any any",
    ),
    Case(
        "each response belongs to its request",
        tcp(c(get(b"/one") + get(b"/two")), s(answer(b"first")), s(answer(b"second"))),
        {
            'http_uri; content:"/one"; file_data; content:"first"; service:http;': "7p",
            'http_uri; content:"/two"; file_data; content:"second"; service:http;': "9p",
            'http_uri; content:"/one"; file_data; content:"second"; service:http;': "",
        },
        header="tcp any 7777 -> any any",
    ),
    *(
        Case(
            f"status {status.decode()} has no body, whatever its length says",
            tcp(c(get(b"/f")), s(b"HTTP/1.1 %s x\r\nContent-Length: 6\r\n\r\n" % status), c(get(b"/next")), s(answer(b"second"))),
            {
                f'http_stat_code; content:"{status.decode()}"; service:http;': "7p",
                'http_stat_code; content:"200"; service:http;': "11p",
                'file_data; content:"second"; service:http;': "11p",
            },
            header="tcp any 7777 -> any any",
        )
        for status in (b"204", b"304")
    ),
    Case(
        "100 Continue is followed by the answer",
        tcp(c(get(b"/f")), s(b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"the needle"))),
        {
            'http_stat_code; content:"100"; service:http;': "7p",
            'http_stat_code; content:"200"; service:http;': "7p",
            'file_data; content:"needle"; service:http;': "7p",
        },
        header="tcp any 7777 -> any any",
    ),
    Case(
        "trailers are a section of their own",
        tcp(c(get(b"/f")), s(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Trail: needle\r\n\r\n")),
        {
            'http_trailer; content:"X-Trail: needle"; service:http;': "7p",
            'http_header; content:"X-Trail"; service:http;': "",
            'file_data; content:"needle"; service:http;': "",
        },
        header="tcp any 7777 -> any any",
    ),
    *(
        Case(
            f"the method {method.decode()} begins HTTP on any port",
            tcp(c(get(b"/found", method=method)), s(OK), port=9),
            {'http_uri; content:"/found"; service:http;': "5p", f'http_method; content:"{method.decode()}"; service:http;': "5p"},
            header="tcp any any -> any any",
        )
        for method in (b"PUT", b"DELETE", b"TRACE", b"OPTIONS", b"PROPFIND", b"SEARCH", b"PATCH", b"M-SEARCH")
    ),
    Case(
        "HTTP is known by the server's answer too",
        tcp(s(b"HTTP/1.1 408 Slow\r\nX-A: needle\r\n\r\n")),
        {'http_header; content:"needle"; service:http;': "5p"},
        header="tcp any 7777 -> any any",
    ),
    Case(
        "HTTP/1.0 without any header",
        tcp(c(b"GET /old HTTP/1.0\r\n\r\n"), s(b"HTTP/1.0 200 OK\r\n\r\nthe needle")),
        {
            'http_uri; content:"/old"; service:http;': "5p",
            'alert tcp any 7777 -> any any (file_data; content:"needle"; service:http;)': "10p",
            'http_version; content:"HTTP/1.0"; service:http;': "5p 7p 10p",
        },
    ),
    Case(
        "blanks between the parts of a request line do not belong to them",
        tcp(c(b"GET   /spaced   HTTP/1.1\r\nHost: a\r\n\r\n"), s(OK)),
        {'http_uri; content:"/spaced"; bufferlen:7; service:http;': "5p"},
    ),
    Case(
        "header names keep their case, and fields are found in any",
        tcp(c(get(b"/", b"uSeR-aGeNt: needle")), s(OK)),
        {
            'http_header; content:"uSeR-aGeNt"; service:http;': "5p",
            'http_header; content:"User-Agent"; service:http;': "",
            'http_header:field user-agent; content:"needle"; service:http;': "5p",
        },
    ),
    Case(
        "a body of many kilobytes comes in sections",
        tcp(
            c(get(b"/r")),
            *[s(piece) for piece in pieces(answer(b"start" + b"A" * 16775 + b"B" * 7220 + b"second half"))],
        ),
        {
            'file_data; content:"second half"; service:http;': "41p",
            'file_data; content:"start"; content:"second half",distance 0; service:http;': "",
        },
        header="tcp any 7777 -> any any",
    ),
    Case(
        "a hole in a body: neither what is before it nor what follows is a file",
        tcp(
            c(get(b"/gap")),
            s(b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\nfirst part ", answered=False),
            s(b" last part of sixty", at=70),
            c(ack=89),
            c(get(b"/next")),
        ),
        {
            'file_data; content:"first part"; service:http;': "",
            'file_data; content:"last part"; service:http;': "",
            'content:"last part";': "13p",
            'alert tcp any any -> any 7777 (http_uri; content:"/next"; service:http;)': "10p",
        },
        header="tcp any 7777 -> any any",
    ),
    Case(
        "a UTF-16 body in the other order of bytes",
        tcp(c(get(b"/r")), s(answer("the needle".encode("utf-16-be"), b"Content-Type: text/html; charset=utf-16be"))),
        {'file_data; content:"the needle"; service:http;': "7p"},
        header="tcp any 7777 -> any any",
    ),
    Case(
        "a UTF-32 body becomes ASCII",
        tcp(c(get(b"/r")), s(answer("the needle".encode("utf-32-le"), b"Content-Type: text/html; charset=utf-32le"))),
        {'file_data; content:"the needle"; service:http;': "7p"},
        header="tcp any 7777 -> any any",
    ),
    Case(
        "another charset stays as it is",
        tcp(c(get(b"/r")), s(answer(b"the n\xe9edle", b"Content-Type: text/html; charset=iso-8859-1"))),
        {'file_data; content:"n|e9|edle"; service:http;': "7p"},
        header="tcp any 7777 -> any any",
    ),
]
