"""Rows of a whole batch in one statement, handed over as JSON and taken apart inside SQLite (sqlite.org/json1.html).

A statement for each row would let go of Python's interpreter lock and wait for it again each time, behind every other thread:
with a busy event loop beside it the writer then stands still most of the time. Binary values go as hexadecimal.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import apsw
import msgspec

PIECES: Final = "SELECT value ->> 0, substr(?, value ->> 1, value ->> 2) FROM jsonb_each(?)"
"""A SELECT of a key and bytes, as `insert_pieces` binds them."""


def columns(number: int, *, binary: Iterable[int] = ()) -> str:
    """The columns of a list that stands in `value`; `binary` are the places of hexadecimal values."""
    unhexed = frozenset(binary)
    return ", ".join(f"unhex(value ->> {place})" if place in unhexed else f"value ->> {place}" for place in range(number))


def rows(number: int, *, binary: Iterable[int] = ()) -> str:
    """A SELECT of that many columns over a bound list of lists."""
    return f"SELECT {columns(number, binary=binary)} FROM jsonb_each(?)"


def bound(values: Sequence[Any]) -> str:
    """The value to bind."""
    return msgspec.json.encode(values).decode()


def insert(connection: apsw.Connection, sql: str, values: Sequence[Any]) -> None:
    """Runs `sql`, whose one value is a list of rows; nothing where there is none."""
    if values:
        connection.execute(sql, (bound(values),))


def insert_pieces(connection: apsw.Connection, sql: str, first: int, pieces: Sequence[bytes]) -> None:
    """Inserts bytes under `first` and the following keys. They go as one value that is cut up in SQLite: not as hexadecimal."""
    places: list[tuple[int, int, int]] = []
    begin = 1
    for key, piece in enumerate(pieces, first):
        places.append((key, begin, len(piece)))
        begin += len(piece)
    connection.execute(sql, (b"".join(pieces), bound(places)))


def answer(connection: apsw.Connection, sql: str, wanted: Sequence[str]) -> list[Any]:
    """The one value, a JSON list, that `sql` answers over a list of texts."""
    if not wanted:
        return []
    found: list[Any] = msgspec.json.decode(connection.execute(sql, (bound(wanted),)).get or "[]")
    return found
