"""Who a proxy says came first."""

import pytest

from podlynx.manager.identity.forwarded import true_client

from ...engine_events import engine_event

CASES = [
    (b"X-Forwarded-For: 203.0.113.7, 10.0.0.1", "203.0.113.7"),
    (b"x-forwarded-for:203.0.113.7", "203.0.113.7"),
    (b"X-Forwarded-For: 2001:db8::1", "2001:db8::1"),
    (b"X-Forwarded-For: 203.0.113.7:4711", "203.0.113.7"),
    (b"X-Forwarded-For: unknown, 10.0.0.1", ""),
    (b"X-Forwarded-For: ", ""),
    (b"X-Forwarded-For: ' OR 1=1", ""),
    (b'Forwarded: for=192.0.2.60;proto=http;by=203.0.113.43, for="[2001:db8::2]"', "192.0.2.60"),
    (b'Forwarded: proto=http; For="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17"),
    (b"Forwarded: for=_hidden", ""),
    (b"Forwarded: by=203.0.113.43", ""),
    (b"X-Forwarded-For: 198.51.100.1\r\nForwarded: for=192.0.2.60", "192.0.2.60"),
    (b"Forwarded: for=_hidden\r\nX-Forwarded-For: 198.51.100.1", "198.51.100.1"),
    (b"X-Not-Forwarded-For: 203.0.113.7", ""),
    (b"\xff\xfe: \x00", ""),
]


@pytest.mark.parametrize(("headers", "expected"), CASES)
def test_of_the_request(headers, expected):
    request = b"GET / HTTP/1.1\r\nHost: shop\r\n" + headers + b"\r\n\r\nX-Forwarded-For: 9.9.9.9"
    assert true_client(engine_event(payload=request)) == expected
    assert true_client(engine_event(payload=b"", buffers={"http_header": b"Host: shop\r\n" + headers + b"\r\n"})) == expected


def test_a_body_is_no_header_and_an_answer_is_no_request():
    body = b"POST / HTTP/1.1\r\n\r\nX-Forwarded-For: 203.0.113.7"
    assert true_client(engine_event(payload=body)) == ""
    answer = b"HTTP/1.1 200 OK\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n"
    assert true_client(engine_event(payload=answer, direction="S2C")) == ""
