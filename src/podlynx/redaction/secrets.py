"""Where in bytes secrets stand: values of header fields that hold credentials, of named fields, of log-ins, and card numbers.

Header fields are found by their line, whatever protocol carries it (HTTP/1, SIP, mail, a form part, HTTP/2's decoded ones): name,
colon, value up to the end of the line, and of lines that continue it (RFC 9112, 5.2: folded lines).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from podlynx._engine import may_hold_secrets
from podlynx.redaction.logins import HTTP, logins_of
from podlynx.redaction.named import named_of

Range = tuple[int, int]
"""First byte, and the one behind the last."""

MASK: Final = b"*"

# Exact names, and names that say of themselves that they hold one: X-Api-Key, X-Auth-Token, X-Amz-Security-Token, PRIVATE-TOKEN,
# Ocp-Apim-Subscription-Key, X-Vault-Token, X-CSRF-Token, Session-Id, Client-Secret ...
_NAME: Final = rb"""
    (?: authorization | proxy-authorization | cookie2? | set-cookie2?
      | [a-z0-9_-]{0,64} (?: (?: api | access | auth | private | subscription | functions )[_-]?key
                           | token | secret | passw(?:or)?d | credential s? | session[_-]?id | authorization | jwt | signature )
        [a-z0-9_-]{0,16}
    )
"""
_VALUE: Final = rb"(?P<value> [^\r\n]* (?: \r?\n [\x20\t]+ [^\r\n]* )* )"
_HEADER: Final = re.compile(rb"(?: ^ | (?<=[\r\n]) ) [\x20\t]* " + _NAME + rb"[\x20\t]* : [\x20\t]* " + _VALUE, re.I | re.X)
_DIGITS: Final = re.compile(rb"(?<![0-9])[2-6](?:[\x20-]?[0-9]){12,18}(?![0-9])")
# Major industry prefixes and their lengths (ISO/IEC 7812 as the card schemes use it): what else passes Luhn is mostly no card.
_CARD: Final = re.compile(
    rb"""4\d{12}(?:\d{3}){0,2} | (?:5[1-5]|2[2-7])\d{14} | 3[47]\d{13} | 3(?:0[0-5]|[68]\d)\d{11}
       | (?:6011|65\d\d|64[4-9]\d|35\d\d|62\d\d)\d{12,15} | (?:50|5[6-9]|6\d)\d{10,17}""",
    re.X,
)
_LUHN: Final = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))


def secrets_of(data: bytes, service: str | None = None) -> list[Range]:
    """Every range of a secret, in order of kind; they may overlap."""
    return [*credentials_of(data, service), *cards_of(data)] if may_hold_secrets(data) else []


def credentials_of(data: bytes, service: str | None = None) -> list[Range]:
    """Those that let somebody in, wherever they are said. `service`: what the bytes are of, as far as known."""
    if not may_hold_secrets(data):
        return []
    return [*headers_of(data), *named_of(data), *(() if service in HTTP else logins_of(data))]


def headers_of(data: bytes) -> Iterator[Range]:
    """Values of header fields that hold credentials."""
    if b":" in data:
        for found in _HEADER.finditer(data):
            yield found.span("value")


def cards_of(data: bytes) -> Iterator[Range]:
    """Card numbers, in one piece or in groups with blanks or dashes between."""
    for found in _DIGITS.finditer(data):
        digits = found[0].replace(b" ", b"").replace(b"-", b"")
        if _CARD.fullmatch(digits) and _luhn(digits):
            yield found.span()


def masked(data: bytes, ranges: Iterable[Range]) -> bytes:
    """The data with these ranges overwritten; themselves where there are none. Blanks and ends of lines within stay."""
    ranges = [(max(start, 0), min(end, len(data))) for start, end in ranges if start < len(data) and end > 0 and start < end]
    if not ranges:
        return data
    out = bytearray(data)
    for start, end in ranges:
        out[start:end] = out[start:end].translate(_MASKS)
    return bytes(out)


# The end of a line within a folded value stays, so that what follows is still read as a header of its own.
_MASKS: Final = bytes(byte if byte in b"\r\n" else MASK[0] for byte in range(256))


def _luhn(digits: bytes) -> bool:
    """The check digit is right (ISO/IEC 7812-1, annex B)."""
    plain, doubled = digits[-1::-2], digits[-2::-2]
    return (sum(plain) - 48 * len(plain) + sum(doubled.translate(_LUHN))) % 10 == 0
