"""Writes what alike events share: their traits, their HTTP requests, and how many there were in each hour."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import apsw

from podlynx.store.sqlite.rows import NewEvent, TraitColumns, WordColumns, digest
from podlynx.store.sqlite.setwise import answer, insert, rows

HOUR: Final = 3_600_000_000_000
"""Nanoseconds."""
_KEYS: Final = tuple(3 + place for place, name in enumerate(TraitColumns._fields) if name.endswith("_key"))
_INSERT_TRAITS: Final = (
    f"INSERT INTO traits (id, digest, group_id, {', '.join(TraitColumns._fields)}) "
    f"{rows(3 + len(TraitColumns._fields), binary=(1, *_KEYS))}"
)
_INSERT_WORDS: Final = f"INSERT INTO words (rowid, {', '.join(WordColumns._fields)}) {rows(1 + len(WordColumns._fields))}"
_INSERT_REQUESTS: Final = f"INSERT INTO requests (id, digest) {rows(2, binary=(1,))}"
_INSERT_REQUEST_WORDS: Final = f"INSERT INTO request_words (rowid, http) {rows(2)}"
_COUNT: Final = (
    f"INSERT INTO hourly (trait_id, hour, count) {rows(3)} WHERE true ON CONFLICT DO UPDATE SET count = count + excluded.count"
)


class Traits:
    """The traits of a batch."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def of(self, events: Sequence[NewEvent], groups: Sequence[int]) -> list[int]:
        """The id of each event's trait, made where there is none."""
        digests = [digest((event.trait, event.words, event.group.key)).hex() for event in events]
        ids, following = _known(self._connection, "traits", digests)
        traits: list[Any] = []
        words: list[Any] = []
        for event, group, key in zip(events, groups, digests, strict=True):
            if key not in ids:
                ids[key] = following + len(traits)
                traits.append((ids[key], key, group, *event.trait))
                words.append((ids[key], *event.words))
        insert(self._connection, _INSERT_TRAITS, traits)
        insert(self._connection, _INSERT_WORDS, words)
        return [ids[key] for key in digests]


class Requests:
    """The HTTP requests of a batch."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def of(self, events: Sequence[NewEvent]) -> list[int | None]:
        """The id of each event's request, made where there is none; None where it has none."""
        digests = [digest(event.request).hex() if event.request else "" for event in events]
        ids, following = _known(self._connection, "requests", list(filter(None, digests)))
        requests: list[Any] = []
        words: list[Any] = []
        for event, key in zip(events, digests, strict=True):
            if key and key not in ids:
                ids[key] = following + len(requests)
                requests.append((ids[key], key))
                words.append((ids[key], event.request))
        insert(self._connection, _INSERT_REQUESTS, requests)
        insert(self._connection, _INSERT_REQUEST_WORDS, words)
        return [ids.get(key) for key in digests]


class Hours:
    """Counts the events of a batch by hour and trait."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, int]] = Counter()

    def add(self, time: int, trait: int) -> None:
        """One event, at `time` nanoseconds since the epoch."""
        self._counts[trait, time // HOUR] += 1

    def write(self, connection: apsw.Connection) -> None:
        """Adds them up, in the order of the table."""
        insert(connection, _COUNT, [(*key, count) for key, count in sorted(self._counts.items())])


def _known(connection: apsw.Connection, table: str, digests: Sequence[str]) -> tuple[dict[str, int], int]:
    """Ids by digest of those that are there, and the id that the next one gets. One process writes at a time."""
    sql = (
        f"SELECT json_group_array(json_array(lower(hex(digest)), id)) FROM {table} "
        "WHERE digest IN (SELECT unhex(value) FROM json_each(?))"
    )
    following: int = connection.execute(f"SELECT ifnull(max(id), 0) + 1 FROM {table}").get
    return dict(answer(connection, sql, list(dict.fromkeys(digests)))), following
