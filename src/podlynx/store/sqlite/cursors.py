"""Paging cursors: where a page ended, and the moment that the first page was of.

The moment is the newest seq then. What arrives later stands above the first page, and a group that moved up because of
it keeps, for this paging, the place that it had: so each alert is shown exactly once.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

import msgspec

from podlynx.store.errors import BadCursor

Place = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Position(msgspec.Struct, frozen=True, array_like=True):
    """The last alert of a page: its time, then its row; and the newest seq when the first page was read.

    `shown`: alerts on the pages before, where a store has to know.
    """

    moment: Place
    time: Place
    row: Place
    grouped: bool
    shown: Place = 0


def encode(position: Position) -> str:
    """The text that is given out."""
    return urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode(text: str, *, grouped: bool) -> Position:
    """The position of a text. Raises `BadCursor`."""
    try:
        position = msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Position)
    except (ValueError, RecursionError, msgspec.DecodeError):
        raise BadCursor("This is no cursor of this list.", "Begin at the first page, without a cursor.") from None
    if position.grouped != grouped:
        raise BadCursor("This cursor belongs to the other kind of list.", "Begin at the first page, without a cursor.")
    return position
