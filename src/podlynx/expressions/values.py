"""Turns the text of a value into what a field of its kind compares with: numbers, addresses, moments."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

_SECOND: Final = 1_000_000_000
_BACK: Final = re.compile(r"now(?:-(\d{1,6})([smhdw]))?")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_EPOCH: Final = re.compile(r"\d{1,10}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MINUTE: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})?")
MAX_NUMBER: Final = 2**63 - 1


def number(text: str) -> tuple[int, int]:
    """A whole number. Raises ValueError."""
    if not re.fullmatch(r"\d{1,19}", text) or int(text) > MAX_NUMBER:
        raise ValueError(text)
    return int(text), int(text)


@lru_cache(maxsize=8192)
def address_key(text: str) -> bytes:
    """16 bytes that sort as addresses do: IPv4 as `::ffff:a.b.c.d` (RFC 4291, section 2.5.5.2). Raises ValueError."""
    address = ip_address(text)
    return b"\0" * 10 + b"\xff\xff" + address.packed if address.version == 4 else address.packed


def address(text: str) -> tuple[bytes, bytes]:
    """An address, or a network in CIDR notation. Raises ValueError."""
    if "/" not in text:
        return address_key(text), address_key(text)
    network = ip_network(text, strict=False)
    return address_key(str(network.network_address)), address_key(str(network.broadcast_address))


def moment(now: datetime) -> Callable[[str], tuple[int, int]]:
    """The reader of moments, seen from `now`: nanoseconds since the epoch, from the first to the last that the text means.

    ISO 8601 (UTC where no offset is given; a date is its whole day), epoch seconds, `now`, `now-15m` (s, m, h, d, w).
    """

    def read(text: str) -> tuple[int, int]:
        if back := _BACK.fullmatch(text):
            seconds = int(back[1] or 0) * _UNITS.get(back[2] or "s", 1)
            return _from(int((now - timedelta(seconds=seconds)).timestamp()), 1)
        if _EPOCH.fullmatch(text):
            return _from(int(text), 1)
        parsed = datetime.fromisoformat(text)
        aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
        length = 86_400 if _DAY.fullmatch(text) else 60 if _MINUTE.fullmatch(text) else 1
        return _from(int(aware.timestamp()), length)

    return read


def _from(second: int, length: int) -> tuple[int, int]:
    return second * _SECOND, (second + length) * _SECOND - 1
