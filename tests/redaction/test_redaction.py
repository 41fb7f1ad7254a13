"""What of an event is overwritten, in which copy, and what stays readable."""

import base64
import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podlynx.models.engine_event import Capture, CapturedPacket, HttpSummary, Match
from podlynx.redaction.event import redacted, redacted_after, without_payload
from podlynx.redaction.secrets import masked, secrets_of

from ..engine_events import START, WHOLE, engine_event

SECRET = b"Bearer eyJhbGciOiJIUzI1NiJ9.c2VjcmV0"
STARS = b"*" * len(SECRET)
CARD = b"4111 1111 1111 1111"


def hidden(data):
    return masked(data, secrets_of(data))


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"Authorization: Basic YTpi\r\nHost: a", b"Authorization: **********\r\nHost: a"),
        (b"GET / HTTP/1.1\r\nproxy-authorization :x\r\n", b"GET / HTTP/1.1\r\nproxy-authorization :*\r\n"),
        (b"Cookie: a=1; b=2\r\nX-A: Cookie: c", b"Cookie: ********\r\nX-A: Cookie: c"),
        (b"\nset-cookie:id=7; HttpOnly\n", b"\nset-cookie:**************\n"),
        (b"X-Api-Key: k1\r\nX-KEY: Test\r\nX-CMD: Test", b"X-Api-Key: **\r\nX-KEY: Test\r\nX-CMD: Test"),
        (b"X-Auth-Token: t\r\nX-Amz-Security-Token: t", b"X-Auth-Token: *\r\nX-Amz-Security-Token: *"),
        (b"PRIVATE-TOKEN: t", b"PRIVATE-TOKEN: *"),
        (b"Authorization: one\r\n  two\r\nHost: a", b"Authorization: ***\r\n*****\r\nHost: a"),
        (b"Monkey: 1\r\nAuthor: me\r\nTokens-Left are: 3", b"Monkey: 1\r\nAuthor: me\r\nTokens-Left are: 3"),
        (b"pay=4111111111111111&x=1", b"pay=****************&x=1"),
        (b"card 4111 1111 1111 1111.", b"card *******************."),
        (b"3782-822463-10005", b"*****************"),
        (b"4111111111111112 is no card, 14111111111111111 neither", b"4111111111111112 is no card, 14111111111111111 neither"),
        (b"2017-01-01 4111111111111111", b"2017-01-01 ****************"),
        (b"\xff\x00\x01 no text", b"\xff\x00\x01 no text"),
    ],
)  # fmt: skip
def test_what_is_a_secret(data, shown):
    assert hidden(data) == shown


@given(st.binary(max_size=600))
def test_lengths_hold_and_doing_it_twice_changes_nothing(data):
    once = hidden(b"Authorization: " + data)
    assert len(once) == len(data) + 15
    assert hidden(once) == once


def segment(data, *, seq, server=False, flags=0x18):
    """Ethernet, IPv4, TCP."""
    ends = [(b"\x0a\0\0\x01", 51234), (b"\x0a\0\0\x02", 8080)]
    (src, sport), (dst, dport) = ends[::-1] if server else ends
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, 0, 5 << 4, flags, 8192, 0, 0)
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(data), 1, 0, 64, 6, 0) + src + dst
    return bytes(12) + b"\x08\x00" + ip + tcp + data


def kept(frame, snap=1000, number=0):
    return CapturedPacket(START + number, len(frame), frame[:snap])


def said(packet):
    return packet.bytes[54:]


REQUEST = b"POST /login HTTP/1.1\r\nHost: shop\r\nAuthorization: " + SECRET + b"\r\nX-CMD: Test\r\n\r\n"


def test_every_copy_of_it():
    head = REQUEST.split(b"\r\n", 1)[1]
    event = engine_event(
        packet=segment(REQUEST, seq=1000),
        link_type=1,
        payload=head,
        buffers={"http_header": head, "http_cookie": b"sid=secret", "pkt_data": REQUEST, "base64_data": b"user:password"},
        buffer_offsets={"http_header": 0},
        matches=[
            Match("x", "content", "http_header", head.index(b"Bearer"), 6, b"Bearer"),
            Match("x", "content", "http_header", head.index(b"X-CMD"), 5, b"X-CMD"),
            Match("x", "content", "http_cookie", 4, 6, b"secret"),
        ],
        http=HttpSummary("GET /?t=" + SECRET.decode() + "&c=4111111111111111 HTTP/1.1", "shop", "agent " + CARD.decode()),
        capture=Capture(before=[kept(segment(REQUEST, seq=500))], after=[]),
    )
    shown = redacted(event)
    everything = msgspec.json.encode(shown)
    for secret in (SECRET, b"eyJhbGci", b"sid=secret", b"user:password", b"4111"):
        assert secret not in everything
        for copy in (shown.packet, shown.payload, *shown.buffers.values(), said(shown.capture.before[0])):
            assert secret not in copy
    assert shown.packet == segment(REQUEST.replace(SECRET, STARS), seq=1000)
    assert shown.payload == shown.buffers["http_header"] == head.replace(SECRET, STARS)
    assert [match.bytes for match in shown.matches] == [b"******", b"X-CMD", b"******"]
    assert shown.http.host == "shop"
    assert redacted(shown) == shown


def test_an_event_without_secrets_is_left_as_it_is():
    assert redacted(WHOLE) is WHOLE


@pytest.mark.parametrize("cut", range(20, len(REQUEST) - 10, 7))
def test_a_header_that_straddles_segments(cut):
    """Wherever the segments part, neither shows the secret; what follows the header stays readable."""
    one, two = REQUEST[:cut], REQUEST[cut:]
    event = engine_event(
        generator="raw",
        packet=segment(two, seq=1000 + cut),
        link_type=1,
        payload=two,
        buffers={"pkt_data": two},
        buffer_offsets={},
        matches=[],
        http=None,
        capture=Capture(before=[kept(segment(one, seq=1000))]),
    )
    shown = redacted(event)
    whole = REQUEST.replace(SECRET, STARS)
    assert said(shown.capture.before[0]) == whole[:cut]
    assert shown.packet[54:] == shown.payload == shown.buffers["pkt_data"] == whole[cut:]


@pytest.mark.parametrize("cut", range(20, len(REQUEST) - 10, 7))
def test_a_header_that_goes_on_after_the_alert(cut):
    one, two = REQUEST[:cut], REQUEST[cut:]
    event = engine_event(packet=segment(one, seq=1000), link_type=1, payload=one, capture=None)
    after = redacted_after(event, Capture(after=[kept(segment(two, seq=1000 + cut))]))
    assert said(after.after[0]) == REQUEST.replace(SECRET, STARS)[cut:]


def test_a_packet_that_was_cut_hides_what_its_header_may_go_on_with():
    long = b"GET / HTTP/1.1\r\nX-Padding: " + b"p" * 400 + b"\r\nCookie: " + b"c" * 300
    rest = b"cret-rest-of-the-cookie\r\nHost: shop\r\n\r\n"
    before = [kept(segment(long, seq=1000), snap=256), kept(segment(rest, seq=1000 + len(long)))]
    answer = segment(b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", seq=9000, server=True)
    event = engine_event(packet=answer, link_type=1, payload=b"", matches=[], buffers={}, capture=Capture(before=before))
    shown = redacted(event).capture.before
    assert said(shown[1]) == b"*" * 23 + b"\r\nHost: shop\r\n\r\n"
    assert said(shown[0]) == long[: 256 - 54]
    assert redacted(event).packet == answer


def test_what_matched_stays_readable_where_it_is_only_taken_for_a_secret():
    line = b"no start of a message, but an attack in it\r\nmore"
    event = engine_event(
        generator="raw",
        service=None,
        packet=segment(line, seq=1000),
        link_type=1,
        payload=line,
        matches=[Match("x", "content", "pkt_data", line.index(b"attack"), 6, b"attack")],
        buffers={"pkt_data": line},
        buffer_offsets={"pkt_data": 0},
    )
    shown = redacted(event)
    assert shown.payload == b"*" * line.index(b"attack") + b"attack" + b"*" * 6 + b"\r\nmore"
    assert shown.matches[0].bytes == b"attack"


def test_http2_header_blocks_go_whole_and_bodies_stay():
    def frame(kind, data):
        return struct.pack(">BHBBI", 0, len(data), kind, 4, 1) + data

    sent = frame(1, b"\x82\x87cookie-in-hpack") + frame(0, b"attack in the body") + frame(9, b"more")
    event = engine_event(service="http2", packet=segment(sent, seq=1), link_type=1, payload=sent, matches=[], http=None)
    shown = redacted(event)
    wanted = frame(1, b"*" * 17) + frame(0, b"attack in the body") + frame(9, b"****")
    assert shown.payload == shown.packet[54:] == wanted
    middle = engine_event(service="http2", packet=segment(sent[3:], seq=1), link_type=1, payload=b"", matches=[], http=None)
    assert b"cookie" not in redacted(middle).packet


@pytest.mark.parametrize("link_type", [1, 101, 113, 0])
@given(frame=st.binary(max_size=120))
def test_any_frame_keeps_its_length(link_type, frame):
    capture = Capture(link_type=link_type, before=[CapturedPacket(START, 200, frame)])
    event = engine_event(packet=frame, link_type=link_type, capture=capture, service=None)
    shown = redacted(event)
    assert (len(shown.packet), len(shown.capture.before[0].bytes)) == (len(frame), len(frame))


def test_without_payload_nothing_of_the_wire_is_left_but_headers_and_request_line():
    event = engine_event(http=HttpSummary("GET /a?token=x HTTP/1.1", "shop", "curl"), capture=Capture(before=[kept(b"x")]))
    bare = without_payload(event)
    assert (bare.packet, bare.payload, bare.buffers, bare.matches[0].bytes, bare.capture) == (b"", b"", {}, b"", None)
    assert bare.http.request_line == "GET /a?… HTTP/1.1"
    assert base64.b64encode(WHOLE.payload) not in msgspec.json.encode(bare)
