"""Messages of the protocols that cases speak."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def get(uri: bytes, *headers: bytes, method: bytes = b"GET", version: bytes = b"HTTP/1.1") -> bytes:
    """A request without a body."""
    return b"\r\n".join([method + b" " + uri + b" " + version, b"Host: a", *headers, b"", b""])


def post(uri: bytes, body: bytes, *headers: bytes) -> bytes:
    """A request with a body."""
    return get(uri, *headers, b"Content-Length: %d" % len(body), method=b"POST") + body


def answer(body: bytes, *headers: bytes, status: bytes = b"200 OK", length: int | None = None) -> bytes:
    """A response with Content-Length."""
    size = len(body) if length is None else length
    return b"\r\n".join([b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % size, b"", b""]) + body


def chunked(*chunks: bytes) -> bytes:
    """The chunks of a body and the last one (RFC 9112, 7.1)."""
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in [*chunks, b""])
