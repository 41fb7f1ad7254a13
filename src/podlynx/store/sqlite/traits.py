"""Writes what alike events share: their traits, their HTTP requests, and how many there were in each hour."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import apsw
import msgspec

from podlynx.store.sqlite.rows import NewEvent, TraitColumns, WordColumns, digest

HOUR: Final = 3_600_000_000_000
"""Nanoseconds."""
_INSERT_TRAIT: Final = (
    f"INSERT INTO traits (digest, group_id, {', '.join(TraitColumns._fields)}) "
    f"VALUES ({', '.join('?' * (2 + len(TraitColumns._fields)))}) RETURNING id"
)
_INSERT_WORDS: Final = (
    f"INSERT INTO words (rowid, {', '.join(WordColumns._fields)}) VALUES ({', '.join('?' * (1 + len(WordColumns._fields)))})"
)
_COUNT: Final = "INSERT INTO hourly VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"


def json_texts(values: Iterable[str]) -> str:
    """A list for `json_each`."""
    return msgspec.json.encode(list(values)).decode()


class Traits:
    """The traits of a batch."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def of(self, events: Sequence[NewEvent], groups: Sequence[int]) -> list[int]:
        """The id of each event's trait, made where there is none."""
        digests = [digest((event.trait, event.words, event.group.key)) for event in events]
        ids = _known(self._connection, "traits", digests)
        for event, group, key in zip(events, groups, digests, strict=True):
            if key not in ids:
                ids[key] = self._insert(event, group, key)
        return [ids[key] for key in digests]

    def _insert(self, event: NewEvent, group: int, key: bytes) -> int:
        identifier: int = self._connection.execute(_INSERT_TRAIT, (key, group, *event.trait)).get
        self._connection.execute(_INSERT_WORDS, (identifier, *event.words))
        return identifier


class Requests:
    """The HTTP requests of a batch."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def of(self, events: Sequence[NewEvent]) -> list[int | None]:
        """The id of each event's request, made where there is none; None where it has none."""
        digests = [digest(event.request) if event.request else b"" for event in events]
        ids = _known(self._connection, "requests", filter(None, digests))
        for event, key in zip(events, digests, strict=True):
            if key and key not in ids:
                ids[key] = self._insert(event.request, key)
        return [ids.get(key) for key in digests]

    def _insert(self, text: str, key: bytes) -> int:
        identifier: int = self._connection.execute("INSERT INTO requests (digest) VALUES (?) RETURNING id", (key,)).get
        self._connection.execute("INSERT INTO request_words (rowid, http) VALUES (?, ?)", (identifier, text))
        return identifier


class Hours:
    """Counts the events of a batch by hour and trait."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, int]] = Counter()

    def add(self, time: int, trait: int) -> None:
        """One event, at `time` nanoseconds since the epoch."""
        self._counts[time // HOUR, trait] += 1

    def write(self, connection: apsw.Connection) -> None:
        """Adds them up, in the order of the table."""
        connection.executemany(_COUNT, [(*key, count) for key, count in sorted(self._counts.items())])


def _known(connection: apsw.Connection, table: str, digests: Iterable[bytes]) -> dict[bytes, int]:
    wanted = json_texts({each.hex() for each in digests})
    sql = f"SELECT digest, id FROM {table} WHERE digest IN (SELECT unhex(value) FROM json_each(?))"
    return dict(connection.execute(sql, (wanted,)))
