"""What http_uri makes of a request's target."""

from .case import Case
from .talk import OK, get
from .wire import c, s, tcp

# What a rule may look for in a target.
WORDS = (b"admin", b"/admin", b"/x", b"a b", b"a+b", b"..", b"%", b"\0", b"//", b"\\", b"x/admin", b"#", b"\xff")


def uri(name: str, target: bytes, becomes: bytes) -> Case:
    """A request for `target`, of which http_uri is `becomes`, to the last byte."""
    rows = {f'http_uri; content:"{hexadecimal(becomes)}"; bufferlen:{len(becomes)}; service:http;': "5p"}
    rows |= {f'http_uri; content:"{hexadecimal(word)}"; service:http;': "5p" if word in becomes else "" for word in WORDS}
    rows |= {f'http_raw_uri; content:"{hexadecimal(target)}"; bufferlen:{len(target)}; service:http;': "5p"}
    return Case(name, tcp(c(get(target)), s(OK)), rows)


def hexadecimal(data: bytes) -> str:
    """`data` as a content has it."""
    return f"|{data.hex(' ')}|"


CASES = [
    uri("a byte that was encoded twice is decoded twice", b"/%2561dmin", b"/admin"),
    uri("%u is left alone", b"/%u0061dmin", b"/%u0061dmin"),
    uri("an overlong UTF-8 pair of encoded bytes is its character", b"/%c1%a1dmin", b"/admin"),
    uri("a backslash is a slash", b"/x\\admin", b"/x/admin"),
    uri("an encoded backslash is a slash too", b"/x%5cadmin", b"/x/admin"),
    uri("a plus is a space", b"/a+b/admin", b"/a b/admin"),
    uri("an encoded plus is a space too", b"/a%2bb/admin", b"/a b/admin"),
    uri("runs of slashes are one", b"//x///admin", b"/x/admin"),
    uri("dot segments are resolved", b"/./x/../admin", b"/admin"),
    uri("encoded dot segments are resolved", b"/x/%2e%2e/admin", b"/admin"),
    uri("no path leads above the root", b"/../../admin", b"/admin"),
    uri("trailing dots are resolved", b"/admin/y/..", b"/admin/"),
    uri("an encoded zero byte is a byte", b"/%00admin", b"/\x00admin"),
    uri("what is no hex number stays as it is", b"/%zzadmin", b"/%zzadmin"),
    uri("a lone percent sign stays", b"/100%/admin", b"/100%/admin"),
    uri("scheme and authority of an absolute URI are left out", b"http://h/admin", b"/admin"),
    uri("a fragment is part of http_uri", b"/x#/admin", b"/x#/admin"),
    uri("dots of a query are not resolved", b"/x?p=/../admin", b"/x?p=/../admin"),
    uri("slashes of a query are not collapsed", b"/x?p=//admin", b"/x?p=//admin"),
    uri("a target that is no path is left as it is", b"admin", b"admin"),
    uri("a semicolon separates nothing", b"/x;y=1/admin", b"/x;y=1/admin"),
    uri("letters keep their case", b"/ADMIN", b"/ADMIN"),
    uri("a byte that was encoded three times keeps one layer", b"/%252561dmin", b"/%61dmin"),
    uri("an encoded slash separates", b"/x%2fadmin", b"/x/admin"),
    uri("bytes beyond ASCII that were not encoded stay", b"/\xc3\xa9/admin", b"/\xc3\xa9/admin"),
    uri("a plain path stays as it is", b"/x/admin", b"/x/admin"),
    uri("a path of dots is none of dot segments", b"/.../.hidden/admin", b"/.../.hidden/admin"),
    uri("a dot segment at the end leaves its slash", b"/admin/.", b"/admin/"),
    uri("each dot segment takes one segment away", b"/a/b/../../admin", b"/admin"),
    uri("an encoded slash and a plain one are one", b"/x%2f/admin", b"/x/admin"),
    uri("an encoded backslash with dots leads upwards", b"/x%5c..%5cadmin", b"/admin"),
    uri("hex digits may be upper or lower case", b"/%4a%4B/admin", b"/JK/admin"),
    uri("a query is percent-decoded", b"/x?p=%61dmin", b"/x?p=admin"),
    uri("a plus in a query is a space", b"/x?p=a+b", b"/x?p=a b"),
    uri("a backslash in a query is a slash", b"/x?p=a\\b", b"/x?p=a/b"),
    uri("a query and a fragment stay in their order", b"/x?q=1#top", b"/x?q=1#top"),
    uri("a question mark behind the first is part of the query", b"/x?a=/x/?b", b"/x?a=/x/?b"),
    uri("a three byte sequence beyond one byte becomes ff", b"/%e2%82%ac/admin", b"/\xff/admin"),
    uri("a two byte sequence within one byte becomes it", b"/%c3%a9/admin", b"/\xe9/admin"),
    uri("an absolute URI without a path has none", b"http://h/", b"/"),
    uri("an encoded question mark begins no query", b"/x%3fp=//admin", b"/x?p=/admin"),
    uri("an encoded dot is a dot", b"/%2e/admin", b"/admin"),
    uri("many encodings at once", b"/%2561/..%2f.%5cadmin", b"/admin"),
    Case(
        "a CONNECT names an authority",
        tcp(c(get(b"h:443", method=b"CONNECT")), s(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")),
        {'http_raw_uri; content:"h:443"; service:http;': "5p", 'http_method; content:"CONNECT"; service:http;': "5p"},
    ),
    Case(
        "an asterisk is a target",
        tcp(c(get(b"*", method=b"OPTIONS")), s(OK)),
        {'http_raw_uri; content:"*"; bufferlen:1; service:http;': "5p", 'http_uri; content:"*"; service:http;': "5p"},
    ),
    Case(
        "http_raw_uri is what was sent",
        tcp(c(get(b"/%61//b/../c?x=%41"))),
        {
            'http_raw_uri; content:"/%61//b/../c?x=%41"; bufferlen:18; service:http;': "5p",
            'http_uri; content:"/a/c?x=A"; bufferlen:8; service:http;': "5p",
        },
    ),
    Case(
        "a URI of many kilobytes is one buffer",
        tcp(*[c(piece, answered=False) for piece in (b"GET /", b"a" * 1400, b"b" * 1400, b"/needle HTTP/1.1\r\n\r\n")], s(OK)),
        {'http_uri; content:"/needle"; bufferlen:>2800; service:http;': "8p"},
    ),
]
