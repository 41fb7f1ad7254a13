"""Secrets beside their name: fields of forms and queries, keys of JSON, elements of XML; and what URLs say in front of a host.

Names are compared as they are meant: letter case, percent-encoding and escapes of JSON aside. Every pattern begins at a place of
its own and is bounded, and looking goes on behind what was found, so that the work grows with the bytes alone.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

Range = tuple[int, int]

_WORD: Final = rb"""(?: passw(?:or)?d | passcode | passphrase | pwd | secret | token | credential | jwt | signature
    | authori[sz]ation | (?:api|access|auth|private|subscription|functions)[_-]?key | sess(?:ion)?[_-]?id )"""
_SECRET: Final = re.compile(
    _WORD + rb"[a-z0-9_-]{0,16}[\]\)]*\Z | (?:\A|[^a-z0-9])(?:pass|pin|otp|cvv2?|cvc2?|sig)[\]\)]*\Z", re.I | re.X
)
_HARMLESS: Final = re.compile(
    rb"token_?type|tokeni[sz]|max_?(?:\w+_)?tokens|tokens?_?(?:count|used|left|limit)|expir|(?:endpoint|_ur[il])\Z", re.I
)
_IN_NAME: Final = rb"A-Za-z0-9_.\-\[\]%$"
_PAIR: Final = re.compile(rb"(?<![" + _IN_NAME + rb"])(?P<name>[" + _IN_NAME + rb"]{1,80})[\x20\t]{0,4}=(?!=)[\x20\t]{0,4}")
_PAIR_VALUE: Final = re.compile(rb"\"((?:[^\"\\\r\n]|\\.)*)|'([^'\r\n]*)|([^&\s\"'<>]*)")
_NESTED: Final = re.compile(rb"(?:%3F|%26|%3B)(?P<name>[A-Za-z0-9_.\[\]-]{1,80}+)%3D(?P<value>(?:(?!%26|%23)[^&\s\"'<>])*)", re.I)
_KEY: Final = re.compile(
    rb"(?P<quote>\\{0,7}[\"'])(?P<name>(?:[^\"'\\\r\n]|\\u[0-9A-Fa-f]{4}){1,80}?)(?P=quote)\s{0,32}:\s{0,32}"
)
_ESCAPE: Final = re.compile(rb"\\u00([0-7][0-9A-Fa-f])")
_STRING: Final = re.compile(rb"(?:[^\"\\]|\\.)*", re.S)
_LITERAL: Final = re.compile(rb"[^\s,}\]\"'\[{]+")
_SAY_NOTHING: Final = frozenset({b"null", b"true", b"false"})
_ELEMENT: Final = re.compile(rb"<(?:[\w.-]{1,40}:)?(?P<name>[\w.-]{1,80})(?:\s[^<>]{0,512})?>(?P<value>[^<]+)")
_PART: Final = re.compile(
    rb"form-data;[\x20\t]*+name=\"?+(?P<name>[^\"\r\n;]{1,80}+)\"?+[^\r\n]{0,256}+\r?+\n(?:[^\r\n]{1,256}+\r?+\n){0,4}+\r?+\n",
    re.I,
)
_USER: Final = re.compile(rb"://(?P<value>[^\s/?#\"'<>]+)@")
_USER_ENCODED: Final = re.compile(rb"%3A%2F%2F(?P<value>(?:(?!%2F|%3F|%23|%40)[^\s/?#\"'<>&]){1,512})%40", re.I)


def named_of(data: bytes) -> Iterator[Range]:
    """Values beside a name that says that they are secret, without their quotes; user and password of URLs (RFC 3986, 3.2.1)."""
    if b"=" in data:
        yield from _each(data, _PAIR, _after_equals)
    if b"%3" in data:
        yield from _each(data, _NESTED, _value)
        yield from (found.span("value") for found in _USER_ENCODED.finditer(data))
    if b":" in data:
        yield from _each(data, _KEY, _after_colon)
        yield from (found.span("value") for found in _USER.finditer(data))
    if b"<" in data:
        yield from _each(data, _ELEMENT, _value)
    if b"form-data" in data:
        yield from _each(data, _PART, _after_head)


def is_secret(name: bytes) -> bool:
    """Whether a field of this name holds a secret."""
    if b"%" in name:
        name = unquote_to_bytes(name)
    if b"\\u" in name:
        name = _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), name)
    return _SECRET.search(name) is not None and _HARMLESS.search(name) is None


def _each(data: bytes, pattern: re.Pattern[bytes], value: Callable[[bytes, re.Match[bytes]], Range]) -> Iterator[Range]:
    at = 0
    while found := pattern.search(data, at):
        at = found.end()
        if is_secret(found["name"]):
            start, end = value(data, found)
            if start < end and data[start:end] not in _SAY_NOTHING:
                yield start, end
            at = max(at if pattern is not _ELEMENT else found.start() + 1, end)
        elif pattern is _ELEMENT:
            at = found.start("value")


def _value(_: bytes, found: re.Match[bytes]) -> Range:
    return found.span("value")


def _after_equals(data: bytes, found: re.Match[bytes]) -> Range:
    value = _PAIR_VALUE.match(data, found.end())
    return value.span(value.lastindex or 0) if value else (found.end(), found.end())


def _after_colon(data: bytes, found: re.Match[bytes]) -> Range:
    """A string, what is in brackets as a whole, or a literal. Where the end is missing, all that is there."""
    start, quote = found.end(), found["quote"]
    for opening, closing in ((b"[", b"]"), (b"{", b"}")):
        if data.startswith(opening, start):
            return start + 1, _found(data, closing, start)
    if not data.startswith(quote, start):
        literal = _LITERAL.match(data, start)
        return literal.span() if literal else (start, start)
    start += len(quote)
    if quote == b'"' and (string := _STRING.match(data, start)):
        return string.span()
    return start, _found(data, quote, start)


def _after_head(data: bytes, found: re.Match[bytes]) -> Range:
    """Up to the next boundary (RFC 2046, 5.1.1)."""
    end = _found(data, b"\n--", found.end())
    return found.end(), end - (end > found.end() and data[end - 1 : end] == b"\r")


def _found(data: bytes, what: bytes, start: int) -> int:
    at = data.find(what, start)
    return at if at >= 0 else len(data)
