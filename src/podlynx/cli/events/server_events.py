"""Reads server-sent events (WHATWG HTML, section 9.2) from the bytes of an answer."""

from collections.abc import AsyncIterator
from typing import Final, NamedTuple

MAX_FRAME: Final = 32 * 1024 * 1024
"""Bytes of one event; an event document has a megabyte at most."""


class Frame(NamedTuple):
    """One event: its id (None where it brings none), its kind ("" where it names none), its data."""

    id: str | None
    kind: str
    data: bytes


class FrameTooLarge(ValueError):
    """An event that does not end."""


async def frames(pieces: AsyncIterator[bytes]) -> AsyncIterator[Frame]:
    """The events, as they become whole; comments are left out."""
    waiting = b""
    async for piece in pieces:
        waiting += piece
        # Split by bytes: text has more line ends than the format knows.
        *whole, waiting = waiting.split(b"\n\n")
        for each in whole:
            if frame := _frame(each):
                yield frame
        if len(waiting) > MAX_FRAME:
            raise FrameTooLarge


def _frame(text: bytes) -> Frame | None:
    identifier, kind, data = None, "", []
    for line in text.split(b"\n"):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"id":
            identifier = value.decode(errors="replace")
        elif name == b"event":
            kind = value.decode(errors="replace")
        elif name == b"data":
            data.append(value)
    return Frame(identifier, kind, b"\n".join(data)) if data or identifier is not None else None
