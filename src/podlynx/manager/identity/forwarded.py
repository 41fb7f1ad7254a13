"""Who a proxy says came first: `Forwarded` (RFC 7239), `X-Forwarded-For`. Unproven: a client may write there what it likes."""

import re
from ipaddress import ip_address
from typing import Final

from podlynx.models.engine_event import EngineEvent

_HEADER_BUFFERS: Final = ("http_raw_header", "http_header")
MAX_HEADER: Final = 8_192
"""Bytes of a request that are searched for its headers."""
_LINE: Final = re.compile(rb"(?im)^(x-forwarded-for|forwarded)[ \t]*:[ \t]*([^\r\n]*)")
_FOR: Final = re.compile(r"(?i)(?:^|[;,])\s*for\s*=\s*(\"[^\"]*\"|[^;,\s]*)")
_END: Final = b"\r\n\r\n"


def true_client(event: EngineEvent) -> str:
    """The first address that a forwarding header of this request names; "" where none does, or it is hidden on purpose."""
    if event.direction == "S2C":
        return ""
    texts = [each for each in _texts(event) if b"forwarded" in each.lower()]  # few say so: the pattern costs ten times as much
    if not texts:
        return ""
    found = {name.lower(): value for text in texts for name, value in _LINE.findall(text)}
    for header, first in ((b"forwarded", _first_for), (b"x-forwarded-for", _first)):
        if header in found and (address := _address(first(found[header].decode("latin-1")))):
            return address
    return ""


def _texts(event: EngineEvent) -> list[bytes]:
    """Where the headers may stand. A buffer of headers holds nothing else; a payload holds them up to the empty line."""
    buffers = event.buffers
    found = [buffers[name] for name in _HEADER_BUFFERS if name in buffers]
    return [event.payload[:MAX_HEADER].partition(_END)[0], *found]


def _first(value: str) -> str:
    return value.split(",", 1)[0]


def _first_for(value: str) -> str:
    match = _FOR.search(value)
    return match[1].strip('"') if match else ""


def _address(text: str) -> str:
    """The address of `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`; "" for anything else (`unknown`, `_x`)."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
