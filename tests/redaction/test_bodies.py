"""Secrets in bodies, URLs and log-ins: what is overwritten, what is not, and that looking for it costs little."""

import random
import string
from base64 import b64encode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podlynx._engine import may_hold_secrets
from podlynx.models.engine_event import Capture, HttpSummary, Match
from podlynx.redaction.event import captured_again, redacted, redacted_again
from podlynx.redaction.logins import logins_of
from podlynx.redaction.named import named_of
from podlynx.redaction.secrets import cards_of, headers_of, masked, secrets_of

from ..engine_events import engine_event
from .test_redaction import kept, said, segment

NAMES = [
    "password", "PassWord", "passwd", "pwd", "user_password", "newPassword", "passphrase", "token", "access_token",
    "refreshToken",     "client_secret", "api_key", "apikey", "X-Api-Key", "private-key", "session_id", "jwt", "csrfToken",
    "login[password]", "sig",
    "pass", "otp", "pin", "cvv", "pass%77ord", "%70assword",
]  # fmt: skip
HARMLESS = [
    "user",
    "pin_code_hint",
    "tokenizer_x",
    "token_type",
    "max_tokens",
    "passing",
    "compass",
    "keyboard",
    "author",
    "spin",
    "key",
]
VALUE = "hunter2-and-more"

FORMS = {
    "form": "a=1&{name}={value}&b=2",
    "form at the end": "{name}={value}",
    "query": "GET /login?x=1&{name}={value}&y=2 HTTP/1.1",
    "query in a header": "Referer: https://shop/?{name}={value}\r\nHost: a",
    "nested in a query": "GET /go?next=%2Flogin%3F{name}%3D{value}%26y HTTP/1.1",
    "settings": '{name} = "{value}"\n',
    "JSON": '{{"a": 1, "{name}": "{value}", "b": 2}}',
    "JSON over lines": '{{"{name}"\n :\r\n  "{value}"\n}}',
    "JSON in JSON": '{{"body": "{{\\"{name}\\":\\"{value}\\"}}"}}',
    "JSON list": '{{"{name}": ["{value}", "{value}"]}}',
    "JSON object": '{{"{name}": {{"value": "{value}"}}}}',
    "JSON cut": '{{"{name}": "{value}',
    "script": "x = {{'{name}': '{value}'}}",
    "XML": "<user><{name}>{value}</{name}></user>",
    "XML with a namespace": '<wsse:{name} Type="x">{value}</wsse:{name}>',
    "multipart": '--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--x--',
    "multipart of a kind": '--x\r\nContent-Disposition: form-data; name="{name}"\r\nA: b/c\r\n\r\n{value}\r\n--x--',
}
_XML_NAME = set(string.ascii_letters + string.digits + "._-")


def written(form, name, value=VALUE):
    if form.startswith("nested") and "%" in name:
        pytest.skip("encoded twice")
    if form.startswith("XML") and not set(name) <= _XML_NAME:
        pytest.skip("no name of an element")
    return FORMS[form].format(name=name, value=value).encode()


def hidden(data, service=None):
    return masked(data, secrets_of(data, service))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_value_beside_its_name(form, name):
    data = written(form, name)
    shown = hidden(data, "http")
    assert shown == data.replace(VALUE.encode(), b"*" * len(VALUE)) or form in {"JSON object", "JSON list"}
    assert VALUE.encode() not in shown


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", HARMLESS)
def test_a_value_beside_another_name_stays(form, name):
    data = written(form, name)
    assert hidden(data) == data


OTHERS = [
    (b'{"password": 12345678, "token": null, "pin":1234}', b'{"password": ********, "token": null, "pin":****}'),
    (b'{"pass\\u0077ord":"a\\"b","x":1}', b'{"pass\\u0077ord":"****","x":1}'),
    (b"password=a%26b+c&x=1", b"password=*******&x=1"),
    (b"https://user:p%40ss@host/x?y", b"https://***********@host/x?y"),
    (b"ftp://me:se@cret@host:21/", b"ftp://**********@host:21/"),
    (b"u=https%3A%2F%2Fme%3Asecret%40host%2F", b"u=https%3A%2F%2F***********%40host%2F"),
    (b"https://host/@handle, mailto:a@b", b"https://host/@handle, mailto:a@b"),
    (b"if (token == other) password = 'x y';", b"if (token == other) password = '***';"),
    (b"/secid_canceltoken.cgi?X-CMD=Test", b"/secid_canceltoken.cgi?X-CMD=Test"),
    ('{"пароль": 1, "password": "пароль"}'.encode(), '{"пароль": 1, "password": "'.encode() + b"*" * 12 + b'"}'),
]  # fmt: skip


@pytest.mark.parametrize(("data", "shown"), OTHERS)
def test_in_other_ways(data, shown):
    assert hidden(data) == shown


B64 = b64encode(b"\0alice\0hunter2").decode()
LOGINS = [
    ("ftp", "USER alice\r\nPASS hunter2\r\nACCT 12\r\nSYST\r\n", "USER alice\r\nPASS *******\r\nACCT **\r\nSYST\r\n"),
    ("ftp", "user a\npass hunter2\n", "user a\npass *******\n"),
    (None, "AUTH TLS\r\nPASS x y\r\n", "AUTH TLS\r\nPASS ***\r\n"),
    ("pop3", "APOP alice c4c9334bac560ecc\r\nSTAT\r\n", "APOP alice ****************\r\nSTAT\r\n"),
    ("smtp", f"EHLO x\r\nAUTH PLAIN {B64}\r\nMAIL FROM:<a>\r\n", f"EHLO x\r\nAUTH PLAIN {'*' * len(B64)}\r\nMAIL FROM:<a>\r\n"),
    ("smtp", "auth login\r\nYWxpY2U=\r\naHVudGVyMg==\r\nQUIT\r\n", "auth login\r\n********\r\n************\r\nQUIT\r\n"),
    ("imap", 'a1 LOGIN alice "hunter 2"\r\na2 LIST\r\n', "a1 LOGIN " + "*" * 16 + "\r\na2 LIST\r\n"),
    ("imap", "a1 login {5}\r\nalice {7}\r\nhunter2\r\na2 X\r\n", "a1 login ***\r\n*********\r\n*******\r\na2 X\r\n"),
    ("imap", f"a1 AUTHENTICATE PLAIN\r\n{B64}\r\n", f"a1 AUTHENTICATE PLAIN\r\n{'*' * len(B64)}\r\n"),
    (None, "AUTH hunter2\r\nGET x\r\n", "AUTH *******\r\nGET x\r\n"),
    ("http", "PASS the salt\r\nAUTH me\r\n", "PASS the salt\r\nAUTH me\r\n"),
    ("smtp", "250-AUTH LOGIN PLAIN\r\n250 OK\r\n", "250-AUTH LOGIN PLAIN\r\n250 OK\r\n"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "data", "shown"), LOGINS)
def test_log_ins_by_lines(service, data, shown):
    assert hidden(data.encode(), service) == shown.encode()


def conversation(service, *client):
    """An event on the last of some packets of a client, with those before it."""
    frames, at = [], 1000
    for data in client:
        frames.append(segment(data, seq=at))
        at += len(data)
    return engine_event(
        service=service,
        generator="raw",
        packet=frames[-1],
        link_type=1,
        payload=client[-1],
        buffers={"pkt_data": client[-1]},
        buffer_offsets={},
        matches=[],
        http=None,
        capture=Capture(before=[kept(each) for each in frames[:-1]]),
    )


@pytest.mark.parametrize(
    ("service", "client", "secret"),
    [
        ("smtp", [b"AUTH LOGIN\r\n", b"YWxpY2U=\r\n", b"aHVudGVyMg==\r\n"], b"aHVudGVyMg"),
        ("smtp", [b"aHVudGVyMg==\r\n"], b"aHVudGVyMg"),
        ("imap", [b"a1 LOGIN alice {7}\r\n", b"hunter2\r\n"], b"hunter2"),
        ("ftp", [b"USER alice\r\n", b"PASS hun", b"ter2\r\n"], b"ter2"),
        ("http", [b"POST / HTTP/1.1\r\n\r\nuser=a&pass", b"word=hunter2&x=1"], b"hunter2"),
        ("http", [b'POST / HTTP/1.1\r\n\r\n{"password":', b'"hunter2"}'], b"hunter2"),
    ],
)
def test_log_ins_that_are_split_over_packets(service, client, secret):
    shown = redacted(conversation(service, *client))
    for copy in (shown.packet, shown.payload, *shown.buffers.values(), *(said(each) for each in shown.capture.before)):
        assert secret not in copy


def body_event(**changed):
    body = b'{"user":"alice","password":"p&ss w0rd"}'
    form = b"user=alice&password=p%26ss+w0rd&x=1"
    request = b"POST /login?token=hunter2x HTTP/1.1\r\nHost: shop\r\n\r\n" + form
    fields = {
        "packet": segment(request, seq=1),
        "link_type": 1,
        "payload": form,
        "buffers": {
            "http_client_body": b"user=alice&password=p&ss w0rd&x=1",
            "http_uri": b"/login?token=hunter2x",
            "file_data": body,
        },
        "buffer_offsets": {},
        "matches": [
            Match("x", "content", "http_client_body", 11, 8, b"password"),
            Match("x", "content", "http_uri", 13, 8, b"hunter2x"),
        ],
        "http": HttpSummary("POST /login?token=hunter2x HTTP/1.1", "shop", "agent"),
        "capture": Capture(before=[kept(segment(request, seq=5000))], after=[kept(segment(request, seq=9000))]),
    }
    return engine_event(**(fields | changed))


@pytest.mark.parametrize("again", [redacted, redacted_again])
def test_every_copy_of_a_body(again):
    shown = again(body_event())
    everything = msgspec.json.encode(shown)
    copies = [shown.packet, shown.payload, *shown.buffers.values(), *(each.bytes for each in shown.matches)]
    copies += [each.bytes for each in (*shown.capture.before, *shown.capture.after)]
    for secret in (b"p%26ss", b"p&ss w0rd", b"w0rd", b"hunter2x"):
        assert not any(secret in copy for copy in copies), secret
    assert b"hunter2x" not in everything
    assert [each.bytes for each in shown.matches] == [b"password", b"********"]
    assert again(shown) == shown


def test_packets_after_an_event_of_another_sensor():
    after = captured_again(Capture(after=[kept(segment(b"GET /?token=hunter2 HTTP/1.1\r\n\r\n", seq=1))]))
    assert said(after.after[0]) == b"GET /?token=******* HTTP/1.1\r\n\r\n"


def test_an_event_without_any_secret_is_left_as_it_is():
    event = plain_event()
    assert redacted_again(event) is event


def plain_event():
    """Two kilobytes of what is usual."""
    chance = random.Random(1)
    text = "".join(chance.choice(string.ascii_letters + "     .,/-\r\n") for _ in range(700))
    request = (
        b"GET /index.html?page=3&sort=up HTTP/1.1\r\nHost: shop\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n" + text.encode()
    )
    return engine_event(
        packet=segment(request, seq=1),
        link_type=1,
        payload=request,
        buffers={"http_uri": b"/index.html"},
        matches=[],
        capture=None,
    )


WORDS = [
    *NAMES,
    *FORMS.values(),
    "=",
    "&",
    '"',
    ":",
    "\r\n",
    "PASS ",
    "AUTH PLAIN ",
    "a LOGIN ",
    "://",
    "@",
    "Cookie: ",
    "4111 1111 1111 1111",
]


@given(st.lists(st.one_of(st.sampled_from([each.encode() for each in WORDS]), st.binary(max_size=8)), max_size=12).map(b"".join))
def test_what_is_passed_over_at_a_glance_holds_nothing(data):
    found = [*headers_of(data), *named_of(data), *logins_of(data), *cards_of(data)]
    assert not found or may_hold_secrets(data)
    once = hidden(data)
    assert len(once) == len(data)
    assert hidden(once) == once


REPEATED = [
    b'password=', b'"password":"', b'"token":[', b'"token":{', b'://', b'://a@', b'a', b'=', b'"', b'\\"', b'<password>',
    b'<', b'\n', b'\n ', b'form-data; name=', b'form-data; name="password"\r\n\r\n', b'%26password%3D', b'%3A%2F%2F',
    b'AUTH LOGIN\r\n', b'AUTH LOGIN\r\nAAAA\r\n', b'a LOGIN {1}\r\n', b'PASS ', b'\nPASS x', b'token', b'4 ', b'-_',
    b'api_', b'Cookie: x\r\n ', b"'password':'", b'token = ', b'password==',
]  # fmt: skip


@pytest.mark.parametrize("piece", REPEATED)
def test_nothing_that_somebody_sends_stops_a_node(piece):
    """Work that grew with the square of the bytes would not end here."""
    data = (piece * (1 << 18))[: 1 << 18]
    assert len(hidden(data)) == len(data)
