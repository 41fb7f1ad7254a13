"""Rows of a whole batch in one statement, handed over as JSON and taken apart inside SQLite (sqlite.org/json1.html).

A statement for each row would let go of Python's interpreter lock and wait for it again each time, behind every other thread:
with a busy event loop beside it the writer then stands still most of the time. Binary values go as hexadecimal.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import apsw
import msgspec


def rows(columns: int, *, binary: Iterable[int] = ()) -> str:
    """A SELECT of that many columns over a bound list of lists; `binary` are the places of hexadecimal values."""
    unhexed = frozenset(binary)
    values = (f"unhex(value ->> {place})" if place in unhexed else f"value ->> {place}" for place in range(columns))
    return f"SELECT {', '.join(values)} FROM jsonb_each(?)"


def bound(values: Sequence[Any]) -> str:
    """The value to bind."""
    return msgspec.json.encode(values).decode()


def insert(connection: apsw.Connection, sql: str, values: Sequence[Any]) -> None:
    """Runs `sql`, whose one value is a list of rows; nothing where there is none."""
    if values:
        connection.execute(sql, (bound(values),))


def answer(connection: apsw.Connection, sql: str, wanted: Sequence[str]) -> list[Any]:
    """The one value, a JSON list, that `sql` answers over a list of texts."""
    if not wanted:
        return []
    found: list[Any] = msgspec.json.decode(connection.execute(sql, (bound(wanted),)).get or "[]")
    return found
