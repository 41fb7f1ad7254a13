"""HTTP/1: messages and connections."""

from .case import Case
from .talk import OK, answer, get, post
from .wire import c, s, tcp

CASES = [
    Case(
        "chunks are put together without their framing",
        tcp(c(get(b"/r")), s(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n world!\r\n0\r\n\r\n")),
        {
            'file_data; content:"hello world!"; service:http;': "7p",
            'content:"hello world!"; service:http;': "7p",
            'content:"hello|0d 0a|"; service:http;': "",
            'raw_data; content:"hello|0d 0a|7"; service:http;': "",
            'content:"hello|0d 0a|7";': "",
        },
        header="tcp any 7777 -> any any",
    ),
    Case(
        "a gzip body is unpacked",
        tcp(
            c(get(b"/r")),
            s(
                answer(
                    b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xb3\xc9(\xc9\xcd\xb1\xcbH\xcd\xc9\xc9W(.,MM\xadJMQ(\xcf/\xcaIQ\x18\x15\x1cT\x826\xfa\xe0\xa8\x02\0/K\x06\xf3\xb1\x01\0\0",
                    b"Content-Encoding: gzip",
                )
            ),
        ),
        {
            'file_data; content:"squeezed"; service:http;': "7p",
            'content:"squeezed"; service:http;': "7p",
            'content:"squeezed";': "7p",
            'content:"|1f 8b|",depth 2; service:http;': "",
            'raw_data; content:"|1f 8b|"; service:http;': "",
        },
        header="tcp any 7777 -> any any",
    ),
    Case(
        "a deflate body with a zlib header is unpacked",
        tcp(c(get(b"/r")), s(answer(b"x\x9c\xcbH\xcd\xc9\xc9WHIM\xcbI,IM\x01\0(z\x05n", b"Content-Encoding: deflate"))),
        {
            'file_data; content:"deflated"; service:http;': "7p",
        },
        header="tcp any 7777 -> any any",
    ),
    Case(
        "a body in an unknown coding stays as it is",
        tcp(c(get(b"/r")), s(answer(b"hello brotli", b"Content-Encoding: br"))),
        {
            'file_data; content:"brotli"; service:http;': "7p",
        },
        header="tcp any 7777 -> any any",
    ),
    Case(
        "a UTF-16 body becomes ASCII",
        tcp(c(get(b"/r")), s(answer(b"<\0a\0>\0h\0e\0l\0l\0o\0<\0/\0a\0>\0", b"Content-Type: text/html; charset=utf-16le"))),
        {
            'file_data; content:"hello"; service:http;': "7p",
            'file_data; content:"h|00|e|00|"; service:http;': "",
            'content:"h|00|e|00|"; service:http;': "7p",
        },
        header="tcp any 7777 -> any any",
    ),
    Case(
        "a multipart upload is the client's body and no file",
        tcp(
            c(
                post(
                    b"/up",
                    (
                        b"--BB\r\n"
                        b'Content-Disposition: form-data; name="f"; filename="a"\r\n'
                        b"\r\n"
                        b"first file\r\n"
                        b"--BB\r\n"
                        b'Content-Disposition: form-data; name="g"; filename="b"\r\n'
                        b"\r\n"
                        b"second file\r\n"
                        b"--BB--\r\n"
                    ),
                    b"Content-Type: multipart/form-data; boundary=BB",
                )
            ),
            s(OK),
        ),
        {
            'file_data; content:"first file"; service:http;': "",
            'file_data; content:"second file"; service:http;': "",
            'file_data; content:"file"; service:http;': "",
            'file_data; content:"first file",depth 10; service:http;': "",
            'file_data; content:"second file",depth 11; service:http;': "",
            'file_data; content:"filename"; service:http;': "",
            'http_client_body; content:"filename"; service:http;': "5p",
            'http_client_body; content:"second file"; service:http;': "5p",
        },
    ),
    Case(
        "the answer to HEAD has no body, whatever its length says",
        tcp(c(get(b"/h", method=b"HEAD")), s(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), c(get(b"/n")), s(OK)),
        {
            'http_uri; content:"/n"; service:http;': "9p",
            'alert tcp any 7777 -> any any (file_data; content:"ok"; service:http;)': "11p",
        },
    ),
    Case(
        "pipelined requests are told apart",
        tcp(
            c(
                b"GET /one HTTP/1.1\r\n"
                b"Host: a\r\n"
                b"\r\n"
                b"GET /two HTTP/1.1\r\n"
                b"Host: a\r\n"
                b"\r\n"
                b"POST /three HTTP/1.1\r\n"
                b"Host: a\r\n"
                b"Content-Length: 3\r\n"
                b"\r\n"
                b"abc"
            ),
            s(
                b"HTTP/1.1 200 OK\r\n"
                b"Content-Length: 2\r\n"
                b"\r\n"
                b"okHTTP/1.1 200 OK\r\n"
                b"Content-Length: 2\r\n"
                b"\r\n"
                b"okHTTP/1.1 200 OK\r\n"
                b"Content-Length: 2\r\n"
                b"\r\n"
                b"ok"
            ),
        ),
        {
            'http_uri; content:"/one"; service:http;': "5p",
            'http_uri; content:"/two"; service:http;': "5p",
            'http_client_body; content:"abc"; http_uri; content:"/three"; service:http;': "5p",
            'http_uri; content:"/"; service:http;': "5p 5p 5p",
            'alert tcp any 7777 -> any any (file_data; content:"ok"; service:http;)': "7p 7p 7p",
        },
    ),
    Case(
        "a head in several segments is one",
        tcp(c(b"GET /seg HT"), c(b"TP/1.1\r\nHo"), c(b"st: a\r\nX-Split: on"), c(b"e\r\n\r\n"), s(OK)),
        {
            'http_uri; content:"/seg"; service:http;': "11p",
            'http_header; content:"X-Split: one"; service:http;': "11p",
            'content:"X-Split";': "",
            'content:"X-Split: one";': "",
        },
    ),
    Case(
        "a folded header line stays as it came",
        tcp(c(get(b"/", b"X-Fold: one", b" two")), s(OK)),
        {
            'http_header; content:"one|0d 0a 20|two"; service:http;': "5p",
            'http_header; content:"one two"; service:http;': "",
        },
    ),
    Case(
        "header values are percent-decoded, without + and backslash",
        tcp(c(get(b"/", b"X-Enc: a%41b+c%5cd")), s(OK)),
        {
            'http_header; content:"aAb"; service:http;': "5p",
            'http_header; content:"a%41b"; service:http;': "",
            'http_header; content:"b+c"; service:http;': "5p",
            'http_header; content:"b c"; service:http;': "",
            'http_header; content:"c|5c|d"; service:http;': "5p",
            'http_raw_header; content:"a%41b"; service:http;': "5p",
        },
    ),
    Case(
        "lines may end with a bare LF",
        tcp(c(b"GET /lf HTTP/1.1\nHost: a\nX-B: c\n\n"), s(OK)),
        {
            'http_uri; content:"/lf"; service:http;': "5p",
            'http_header; content:"X-B: c"; service:http;': "5p",
            'http_header; content:"a|0a|X-B"; service:http;': "5p",
        },
    ),
    Case(
        "a request of HTTP/0.9 has no headers",
        tcp(c(b"GET /old\r\n"), s(b"plain answer")),
        {
            'alert tcp any any -> any 7777 (http_uri; content:"/old"; service:http;)': "5p",
            'file_data; content:"plain"; service:http;': "10p",
            'content:"plain";': "10p",
        },
        header="tcp any 7777 -> any any",
    ),
    Case(
        "line ends before a request are skipped",
        tcp(c(b"\r\n\r\nGET /late HTTP/1.1\r\nHost: a\r\n\r\n"), s(OK)),
        {
            'http_uri; content:"/late"; service:http;': "5p",
        },
    ),
    Case(
        "a method that nobody knows is a method",
        tcp(c(get(b"/pot", method=b"BREW")), s(OK)),
        {
            'http_method; content:"BREW"; service:http;': "5p",
            'http_uri; content:"/pot"; service:http;': "5p",
        },
    ),
    Case(
        "a tunnel after CONNECT is not HTTP",
        tcp(
            c(b"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"),
            s(b"HTTP/1.1 200 OK\r\n\r\n"),
            c(b"GET /in HTTP/1.1\r\nHost: b\r\n\r\n"),
            s(OK),
        ),
        {
            'http_uri; content:"/in"; service:http;': "",
            'http_method; content:"CONNECT"; service:http;': "5p",
        },
    ),
]
