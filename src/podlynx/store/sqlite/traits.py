"""Writes what alike events share: their traits, their HTTP requests, and how many there were in each hour."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import apsw

from podlynx.models.event import EventDocument
from podlynx.store.sqlite.rows import TraitColumns, WordColumns, digest, request_words, trait_columns, trait_digest, word_columns
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
_INSERT_NAMESPACES: Final = f"INSERT OR IGNORE INTO namespaces {rows(1)}"
_COUNT: Final = (
    f"INSERT INTO hourly (trait_id, hour, count) {rows(3)} WHERE true ON CONFLICT DO UPDATE SET count = count + excluded.count"
)


class Trait(NamedTuple):
    """What is written once of alike events, and the group that they are of."""

    id: int
    group: int


class Traits:
    """The traits of a batch."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def of(self, documents: Sequence[EventDocument], groups_of: Callable[[list[int]], list[int]]) -> list[Trait]:
        """Each one's trait, made where there is none: `groups_of` then answers the groups of the documents at those places."""
        digests = [trait_digest(document) for document in documents]
        found, following = _known(self._connection, "traits", ("id", "group_id"), digests)
        traits = {key: Trait(*each) for key, each in found.items()}
        new: dict[str, int] = {}
        for place, key in enumerate(digests):
            if key not in traits:
                new.setdefault(key, place)
        if new:
            made = zip(range(following, following + len(new)), groups_of(list(new.values())), strict=True)
            traits |= {key: Trait(*each) for key, each in zip(new, made, strict=True)}
            self._insert([(*traits[key], key, documents[place]) for key, place in new.items()])
        return [traits[key] for key in digests]

    def _insert(self, new: Sequence[tuple[int, int, str, EventDocument]]) -> None:
        columns = [(trait, key, group, *trait_columns(document)) for trait, group, key, document in new]
        insert(self._connection, _INSERT_TRAITS, columns)
        insert(self._connection, _INSERT_WORDS, [(trait, *word_columns(document)) for trait, _, _, document in new])
        namespaces = {name for *_, document in new for name in (document.source_namespace, document.dest_namespace) if name}
        insert(self._connection, _INSERT_NAMESPACES, [(name,) for name in namespaces])


class Requests:
    """The HTTP requests of a batch."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def of(self, documents: Sequence[EventDocument]) -> list[int | None]:
        """The id of each document's request, made where there is none; None where it has none."""
        texts = [request_words(document) for document in documents]
        digests = {text: digest(text).hex() for text in texts if text}
        known, following = _known(self._connection, "requests", ("id",), list(digests.values()))
        found = {key: identifier for key, (identifier,) in known.items()}
        new = {key: text for text, key in digests.items() if key not in found}
        ids = dict(zip(new, range(following, following + len(new)), strict=True))
        insert(self._connection, _INSERT_REQUESTS, [(identifier, key) for key, identifier in ids.items()])
        insert(self._connection, _INSERT_REQUEST_WORDS, [(ids[key], text) for key, text in new.items()])
        found |= ids
        return [found[digests[text]] if text else None for text in texts]


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


def _known(
    connection: apsw.Connection, table: str, columns: Sequence[str], digests: Sequence[str]
) -> tuple[dict[str, tuple[int, ...]], int]:
    """Columns by digest of those that are there, and the id that the next one gets. One process writes at a time."""
    sql = (
        f"SELECT json_group_array(json_array(lower(hex(digest)), {', '.join(columns)})) FROM {table} "
        "WHERE digest IN (SELECT unhex(value) FROM json_each(?))"
    )
    following: int = connection.execute(f"SELECT ifnull(max(id), 0) + 1 FROM {table}").get
    found = answer(connection, sql, list(dict.fromkeys(digests)))
    return {key: tuple(values) for key, *values in found}, following
