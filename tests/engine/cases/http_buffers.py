"""What each HTTP buffer holds."""

from .case import Case
from .talk import OK, answer, get, post
from .wire import c, s, tcp

CASES = [
    Case(
        "bufferlen is that of the current buffer, or of what is left of it",
        tcp(c(get(b"/abcde?x=1")), s(OK)),
        {
            'http_uri; bufferlen:10; content:"/abcde"; service:http;': "5p",
            'http_uri; bufferlen:>9; content:"/abcde"; service:http;': "5p",
            'http_uri; content:"/abcde"; bufferlen:4,relative; service:http;': "5p",
            'http_uri; content:"/abcde"; bufferlen:8<>12; service:http;': "5p",
            'http_uri; content:"/abcde"; bufferlen:<10; service:http;': "",
            "http_raw_uri; bufferlen:10; service:http;": "5p 7p 7p",
        },
    ),
    Case(
        "each http buffer of a GET holds its part, header buffers without the last line's end",
        tcp(c(get(b"/p/a%74h?q=%41", b"User-Agent: Tester", b"Cookie: c=1; d=%41", b"X-Last: tail")), s(OK)),
        {
            'http_uri; content:"/p/ath?q=A"; service:http;': "5p",
            'http_raw_uri; content:"a%74h?q=%41"; service:http;': "5p",
            'http_header; content:"User-Agent: Tester|0d 0a|"; service:http;': "5p",
            'http_header; content:"X-Last: tail"; service:http;': "5p",
            'http_header; content:"X-Last: tail|0d 0a|"; service:http;': "",
            'http_header; content:"Cookie"; service:http;': "",
            'http_raw_header; content:"Cookie: c=1"; service:http;': "5p",
            'http_raw_header; content:"X-Last: tail|0d 0a|"; service:http;': "",
            'http_cookie; content:"c=1|3b| d=A"; service:http;': "5p",
            'http_cookie; content:"Cookie"; service:http;': "",
            'http_method; content:"GET",depth 3; service:http;': "5p",
            'http_header; content:"GET"; service:http;': "",
            'content:"User-Agent: Tester"; service:http;': "4",
            'content:"User-Agent: Tester";': "4",
            'content:"GET /p"; service:http;': "4",
            'raw_data; content:"User-Agent: Tester"; service:http;': "4",
        },
    ),
    Case(
        "http_header:field is one header's value, folded and trimmed",
        tcp(c(get(b"/", b"User-Agent:   Two  Words ", b"Accept: aaaa", b"Accept: bbbb", b"X-Odd: 1")), s(OK)),
        {
            'http_header:field user-agent; content:"Two Words"; service:http;': "",
            "http_header:field user-agent; bufferlen:9; service:http;": "5p",
            'http_header:field accept; content:"aaaa"; service:http;': "5p",
            'http_header:field accept; content:"aaaa,bbbb"; service:http;': "",
            'http_header:field accept; content:"aaaa, bbbb"; service:http;': "",
            'http_header:field user-agent; content:"Two  Words"; service:http;': "",
            'http_header:field user-agent; content:"Two  Words|20|"; service:http;': "",
            "http_header:field user-agent; bufferlen:10; service:http;": "",
            'http_header:field host; content:"a"; service:http;': "5p",
        },
    ),
    Case(
        "http_uri with pkt_data never fires on a request without a body",
        tcp(c(get(b"/two", b"X-T: yes")), s(OK)),
        {
            'http_uri; content:"/two"; pkt_data; content:"X-T"; service:http;': "",
            'http_uri; content:"/two"; pkt_data; content:!"zzz"; service:http;': "",
            'http_uri; content:"/two"; service:http;': "5p",
        },
    ),
    Case(
        "http_uri with pkt_data, file_data or http_client_body fires on the body of a POST",
        tcp(c(post(b"/two", b"payload=1")), s(OK)),
        {
            'http_uri; content:"/two"; pkt_data; content:"payload"; service:http;': "5p",
            'http_uri; content:"/two"; http_client_body; content:"payload"; service:http;': "5p",
            'http_uri; content:"/two"; file_data; content:"payload"; service:http;': "5p",
            'content:"payload"; service:http;': "4 5p",
            'content:"payload";': "4 5p",
            'http_uri; content:"/two"; service:http;': "5p",
            'file_data; content:"payload"; service:http;': "5p",
            'http_method; content:"POST"; http_client_body; content:"payload"; service:http;': "5p",
        },
    ),
    Case(
        "http_client_body is percent-decoded, pkt_data is as sent",
        tcp(c(post(b"/", b"a=%41%2b+c&b=%2525", b"Content-Type: application/x-www-form-urlencoded")), s(OK)),
        {
            'http_client_body; content:"a=A"; service:http;': "5p",
            'http_client_body; content:"a=%41"; service:http;': "",
            'http_client_body; content:"A+ "; service:http;': "",
            'http_client_body; content:"A++c"; service:http;': "5p",
            'http_client_body; content:"b=%25"; service:http;': "",
            'http_client_body; content:"b=%2525"; service:http;': "",
            'content:"a=%41"; service:http;': "4 5p",
        },
    ),
    Case(
        "http_param is the value of one key",
        tcp(c(post(b"/x?id=1&name=%41b&id=2", b"id=3&Name=zz", b"Content-Type: application/x-www-form-urlencoded")), s(OK)),
        {
            'http_param:"id"; content:"2"; service:http;': "",
            'http_param:"id"; content:"3"; service:http;': "",
            'http_param:"name"; content:"Ab"; service:http;': "5p 5p 7p 7p",
            'http_param:"name"; content:"zz"; service:http;': "",
            'http_param:"name",nocase; content:"zz"; service:http;': "",
            'http_param:"nope"; content:!"q"; service:http;': "",
        },
    ),
    Case(
        "each http buffer of a response holds its part",
        tcp(
            c(get(b"/r")),
            s(answer(b"<html>hello</html>", b"Server: T1", b"Set-Cookie: s=1", b"Set-Cookie: t=2", status=b"404 Not Here")),
        ),
        {
            'http_stat_code; content:"404"; service:http;': "7p",
            'http_stat_msg; content:"Not Here"; service:http;': "7p",
            'http_header; content:"Server: T1"; service:http;': "7p",
            'http_header; content:"Set-Cookie"; service:http;': "",
            'http_cookie; content:"s=1,t=2"; service:http;': "7p",
            'http_cookie; content:"t=2"; service:http;': "7p",
            'file_data; content:"hello"; service:http;': "7p",
            'content:"hello"; service:http;': "7p",
            'content:"Server: T1"; service:http;': "",
            'content:"Server: T1";': "",
            'http_uri; content:"/r"; file_data; content:"hello"; service:http;': "7p",
            'http_uri; content:"/r"; service:http;': "5p",
            'http_raw_header; content:"Set-Cookie: t=2"; service:http;': "7p",
        },
        header="tcp any 7777 -> any any",
    ),
    *(
        Case(f"{buffer} of a request: {name}", tcp(c(request), s(OK)), {f"{buffer}; {options} service:http;": found})
        for name, buffer, request, options, found in (
            (
                "two cookie headers are joined",
                "http_cookie",
                get(b"/", b"Cookie: a=1", b"Cookie: b=2"),
                'content:"a=1,b=2";',
                "5p",
            ),
            ("its values are percent-decoded", "http_cookie", get(b"/", b"Cookie: a=%6e%65"), 'content:"a=ne";', "5p"),
            ("its plus stays", "http_cookie", get(b"/", b"Cookie: a=b+c"), 'content:"b+c";', "5p"),
            ("there is none", "http_cookie", get(b"/"), 'content:!"x";', ""),
            ("it is as sent", "http_raw_cookie", get(b"/", b"Cookie: a=%6e%65"), 'content:"a=%6e%65";', "5p"),
            ("names and values", "http_header", get(b"/", b"X-A: one", b"X-B: two"), 'content:"X-A: one|0d 0a|X-B: two";', "5p"),
            ("no request line", "http_header", get(b"/line", b"X-A: one"), 'content:"/line";', ""),
            ("no cookie", "http_header", get(b"/", b"Cookie: a=1", b"X-B: two"), 'content:"Cookie";', ""),
            ("doubly encoded bytes", "http_header", get(b"/", b"X-A: %256e"), 'content:"X-A: n";', "5p"),
            ("the cookie's line", "http_raw_header", get(b"/", b"Cookie: a=1", b"X-B: two"), 'content:"Cookie: a=1";', "5p"),
            ("it is as sent", "http_raw_header", get(b"/", b"X-A: %6e"), 'content:"X-A: %6e";', "5p"),
            ("the last line has no end", "http_raw_header", get(b"/", b"X-A: one"), 'content:"X-A: one|0d 0a|";', ""),
            ("the token alone", "http_method", get(b"/"), "bufferlen:3;", "5p 7p 7p"),
            ("the version", "http_version", get(b"/"), 'content:"HTTP/1.1"; bufferlen:8;', "5p 7p 7p"),
            ("the whole line", "http_raw_request", get(b"/a%20b"), 'content:"GET /a%20b HTTP/1.1";', "5p 7p 7p"),
            ("the answer's, not the request's", "http_stat_code", get(b"/"), 'content:!"x";', "7p 7p"),
            ("decoded", "http_client_body", post(b"/", b"a=%6eeedle"), 'content:"a=needle";', "5p"),
            ("as sent", "http_raw_body", post(b"/", b"a=%6eeedle"), 'content:"a=%6eeedle";', "5p"),
            ("a file", "file_data", post(b"/", b"a=%6eeedle"), 'content:"a=%6eeedle";', "5p"),
            ("the forwarded address", "http_true_ip", get(b"/", b"X-Forwarded-For: 192.0.2.7"), 'content:"192.0.2.7";', "5p"),
        )
    ),
    *(
        Case(
            f"http_header:field {field}",
            tcp(c(get(b"/", header)), s(OK)),
            {f"http_header:field {field}; {options} service:http;": "5p"},
        )
        for field, header, options in (
            ("referer", b"Referer: http://b/needle", 'content:"needle";'),
            ("accept-language", b"Accept-Language: de", "bufferlen:2;"),
            ("x-forwarded-for", b"X-Forwarded-For: 192.0.2.7", 'content:"192.0.2.7";'),
            ("authorization", b"Authorization: Basic YTpi", 'content:"Basic";'),
        )
    ),
    *(
        Case(
            f"{buffer} of a response",
            tcp(c(get(b"/")), s(answer(b"body", b"Server: needle", b"Set-Cookie: s=1", status=b"404 Not Here"))),
            {f"{buffer}; {options} service:http;": found},
            header="tcp any 7777 -> any any",
        )
        for buffer, options, found in (
            ("http_stat_code", "bufferlen:3;", "7p 7p"),
            ("http_stat_msg", 'content:"Not Here"; bufferlen:8;', "7p"),
            ("http_raw_status", 'content:"HTTP/1.1 404 Not Here";', "7p 7p"),
            ("http_cookie", 'content:"s=1"; bufferlen:3;', "7p"),
            ("http_header:field server", 'content:"needle"; bufferlen:6;', "7p"),
        )
    ),
    Case(
        "http_param of a query, of a body, and of neither",
        tcp(c(post(b"/?id=1", b"name=%6eeedle&x=2")), s(OK)),
        {
            'http_param:"id"; content:"1"; service:http;': "5p 5p 7p 7p",
            'http_param:"name"; content:"needle"; service:http;': "5p",
            'http_param:"x"; content:"2"; service:http;': "5p",
            'http_param:"nope"; content:"1"; service:http;': "",
            'http_param:"ID"; content:"1"; service:http;': "",
        },
    ),
    Case(
        "rules about the head fire on the head, those about the body on the body",
        tcp(c(post(b"/two", b"payload", b"X-A: needle"), answered=False), s(OK)),
        {
            'http_uri; content:"/two"; service:http;': "5p",
            'http_header; content:"needle"; service:http;': "5p",
            'http_header; content:"needle"; http_client_body; content:"payload"; service:http;': "5p",
            'pkt_data; content:"needle"; service:http;': "4",
        },
    ),
]
