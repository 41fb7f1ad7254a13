"""Secrets in packets of one flow: found in what each side said, across segments, then told packet by packet.

Captured packets are cut, and some are left out. Where a side's words go on after a gap, a header's name may stand in what is
missing: what stands in front of the next end of line is then overwritten too, unless it begins a message.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from podlynx.redaction.frames import Carried, carried
from podlynx.redaction.http2 import SERVICE as HTTP2
from podlynx.redaction.http2 import header_blocks
from podlynx.redaction.logins import MAIL, answer_of
from podlynx.redaction.secrets import MASK, Range, credentials_of, secrets_of

_TEXT_SERVICES: Final = frozenset({None, "http", "sip"})
"""Those whose messages have header fields; `None`: not known yet."""
_LONGEST: Final = 1_024
"""Bytes of the end of a secret that data may begin with."""
_SHORTEST: Final = 6
"""Bytes of a secret that is looked for wherever else it may stand."""
KNOWN: Final = 64
"""Secrets that are looked for elsewhere."""
_START: Final = re.compile(rb"[A-Z]{3,10} [^\r\n]* (?:HTTP|SIP)/|HTTP/\d|SIP/\d|PRI \* HTTP/2")
_PLAIN_FIELD: Final = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,40}: ")
_LINE: Final = re.compile(rb"[\x20-\x7e\t\x80-\xff]*")
_WORD: Final = 1 << 32


class Frame(NamedTuple):
    """One packet."""

    data: bytes
    link_type: int


class _Piece(NamedTuple):
    """One packet's bytes in a run."""

    number: int
    start: int
    """In the frame."""
    offset: int
    """In the run."""
    length: int


class _Run:
    """Bytes of one side that follow each other without a gap. `begins`: what is known of the byte in front."""

    def __init__(self, sequence: int, begins: str) -> None:
        self.sequence, self.begins = sequence, begins
        self.data = bytearray()
        self.pieces: list[_Piece] = []

    def add(self, number: int, part: Carried, frame: bytes) -> bool:
        """False where the packet does not join on."""
        offset = (part.sequence - self.sequence) % _WORD
        if offset > len(self.data):
            return False
        data = frame[part.start : part.end]
        self.data[offset : offset + len(data)] = data
        self.pieces.append(_Piece(number, part.start, offset, len(data)))
        return True


Marks = tuple[list[Range], list[Range]]
"""Of one packet, in offsets of its frame: what is a secret for certain, and what may be a part of one."""


def secrets_in(
    frames: Sequence[Frame], service: str | None, known: Iterable[bytes] = (), *, guess: bool = True
) -> tuple[list[Marks], list[bytes]]:
    """The marks of each packet; and the credentials, those that were `known` among them. Without `guess` nothing is unsure."""
    found: list[Marks] = [([], []) for _ in frames]
    runs = list(_runs(frames, found, service))
    values = [*known, *values_in((bytes(run.data) for run in runs), service)][:KNOWN]
    for run in runs:
        data = bytes(run.data)
        sure = header_blocks(data) if service == HTTP2 else [*secrets_of(data, service), *parts_of(values, data)]
        _tell(run, sure, found, 0)
        if guess:
            _tell(run, _unsure(data, run.begins, service), found, 1)
    return found, values


def values_in(texts: Iterable[bytes], service: str | None = None) -> Iterator[bytes]:
    """Credentials, so that their copies can be found: as they were sent, and as a form's reader sees them."""
    for text in texts:
        for start, end in credentials_of(text, service):
            value = text[start:end].strip()
            plain = unquote_to_bytes(value.replace(b"+", b" ")) if b"%" in value or b"+" in value else value
            for each in dict.fromkeys((value, plain)):
                if len(each) >= _SHORTEST and each.strip(MASK):
                    yield each


def copies_of(values: Iterable[bytes], data: bytes) -> Iterator[Range]:
    """Where these values stand."""
    for value in values:
        at = data.find(value)
        while at >= 0:
            yield (at, at + len(value))
            at = data.find(value, at + len(value))


def parts_of(values: Sequence[bytes], data: bytes) -> Iterator[Range]:
    """Where these values stand, and where the data begins in the middle of one."""
    yield from copies_of(values, data)
    for value in values:
        for length in range(min(len(value), len(data), _LONGEST), _SHORTEST - 1, -1):
            if data.startswith(value[-length:]):
                yield (0, length)
                break


def _runs(frames: Sequence[Frame], found: list[Marks], service: str | None) -> Iterator[_Run]:
    current: dict[bytes, _Run] = {}
    last = b""
    for number, frame in enumerate(frames):
        part = carried(frame.data, frame.link_type)
        if part.start >= part.end:
            continue
        if not part.direction:
            data = frame.data[part.start : part.end]
            found[number][0].extend((start + part.start, end + part.start) for start, end in secrets_of(data, service))
            continue
        if service in MAIL and (answer := answer_of(frame.data[part.start : part.end])):
            found[number][0].append((answer[0] + part.start, answer[1] + part.start))
        run = current.get(part.direction)
        if run is None or not run.add(number, part, frame.data):
            # Who speaks after the other side did begins a message; who goes on after bytes that are missing may be in the middle.
            begins = "message" if last not in {b"", part.direction} else ("gap" if run else "unknown")
            if run is not None:
                yield run
            run = current[part.direction] = _Run(part.sequence, begins)
            run.add(number, part, frame.data)
        last = part.direction
    yield from current.values()


def _unsure(data: bytes, begins: str, service: str | None) -> list[Range]:
    """The line in front, where it may be the rest of a header field whose name is not there."""
    if begins == "message" or service not in _TEXT_SERVICES or _START.match(data):
        return []
    if begins == "unknown" and _PLAIN_FIELD.match(data):
        return []
    line = _LINE.match(data)
    return [line.span()] if line and line.end() else []


def _tell(run: _Run, ranges: Iterable[Range], found: list[Marks], sure: int) -> None:
    for start, end in ranges:
        for piece in run.pieces:
            low, high = max(start - piece.offset, 0), min(end - piece.offset, piece.length)
            if low < high:
                found[piece.number][sure].append((low + piece.start, high + piece.start))
