"""Writes what alike events share: their traits, their HTTP requests, and how many there were in each hour.

Traits share their rule and their place in turn, and these have sums of their own (`levels.RULES`, `levels.PLACES`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import apsw

from podlynx.models.event import EventDocument
from podlynx.store.sqlite.levels import PLACES, RULES, TRAITS, Level
from podlynx.store.sqlite.rows import (
    PlaceColumns,
    RuleColumns,
    TraitColumns,
    WordColumns,
    digest,
    place_columns,
    request_words,
    rule_columns,
    trait_columns,
    trait_digest,
    word_columns,
)
from podlynx.store.sqlite.setwise import answer, insert, rows

HOUR: Final = 3_600_000_000_000
"""Nanoseconds."""
_OWN: Final = ("id", "group_id", "rule_id", "place_id", "digest")
_KEYS: Final = tuple(len(_OWN) + place for place, name in enumerate(TraitColumns._fields) if name.endswith("_key"))
_INSERT_TRAITS: Final = (
    f"INSERT INTO traits ({', '.join((*_OWN, *TraitColumns._fields))}) "
    f"{rows(len(_OWN) + len(TraitColumns._fields), binary=(_OWN.index('digest'), *_KEYS))}"
)
_INSERT_WORDS: Final = f"INSERT INTO words (rowid, {', '.join(WordColumns._fields)}) {rows(1 + len(WordColumns._fields))}"
_INSERT_REQUESTS: Final = f"INSERT INTO requests (id, digest) {rows(2, binary=(1,))}"
_INSERT_REQUEST_WORDS: Final = f"INSERT INTO request_words (rowid, http) {rows(2)}"
_INSERT_NAMESPACES: Final = f"INSERT OR IGNORE INTO namespaces {rows(1)}"
_COUNT: Final = {
    level: f"INSERT INTO {level.hours} ({level.column}, hour, count) {rows(3)} WHERE true "
    "ON CONFLICT DO UPDATE SET count = count + excluded.count"
    for level in (TRAITS, RULES, PLACES)
}
_INSERT_SHARED: Final = {
    level: f"INSERT INTO {level.table} (id, digest, {', '.join(columns._fields)}) {rows(2 + len(columns._fields), binary=(1,))}"
    for level, columns in ((RULES, RuleColumns), (PLACES, PlaceColumns))
}


class Trait(NamedTuple):
    """What is written once of alike events: its id, and those of the group, the rule and the place that they are of."""

    id: int
    group: int
    rule: int
    place: int


class Traits:
    """The traits of a batch."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def of(self, documents: Sequence[EventDocument], groups_of: Callable[[list[int]], list[int]]) -> list[Trait]:
        """Each one's trait, made where there is none: `groups_of` then answers the groups of the documents at those places."""
        digests = [trait_digest(document) for document in documents]
        found, following = _known(self._connection, "traits", ("id", "group_id", "rule_id", "place_id"), digests)
        traits = {key: Trait(*each) for key, each in found.items()}
        new: dict[str, int] = {}
        for place, key in enumerate(digests):
            if key not in traits:
                new.setdefault(key, place)
        if new:
            fresh = [documents[place] for place in new.values()]
            columns = list(map(trait_columns, fresh))
            rules = _shared(self._connection, RULES, list(map(rule_columns, fresh, columns)))
            places = _shared(self._connection, PLACES, [place_columns(each) for each in fresh])
            groups = groups_of(list(new.values()))
            made = zip(range(following, following + len(new)), groups, rules, places, strict=True)
            traits |= {key: Trait(*each) for key, each in zip(new, made, strict=True)}
            insert(self._connection, _INSERT_TRAITS, [(*traits[key], key, *each) for key, each in zip(new, columns, strict=True)])
            self._insert([(traits[key].id, each) for key, each in zip(new, fresh, strict=True)])
        return [traits[key] for key in digests]

    def _insert(self, new: Sequence[tuple[int, EventDocument]]) -> None:
        insert(self._connection, _INSERT_WORDS, [(trait, *word_columns(document)) for trait, document in new])
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

    def write(self, connection: apsw.Connection, traits: Iterable[Trait]) -> None:
        """Adds them up, each level in the order of its table. `traits` are those that were added."""
        insert(connection, _COUNT[TRAITS], [(*key, count) for key, count in sorted(self._counts.items())])
        known = {trait.id: trait for trait in traits}
        rules: Counter[tuple[int, int]] = Counter()
        places: Counter[tuple[int, int]] = Counter()
        for (trait, hour), count in self._counts.items():
            rules[hour, known[trait].rule] += count
            places[hour, known[trait].place] += count
        for level, sums in ((RULES, rules), (PLACES, places)):
            insert(connection, _COUNT[level], [(which, hour, count) for (hour, which), count in sorted(sums.items())])


def _shared(connection: apsw.Connection, level: Level, columns: Sequence[tuple[object, ...]]) -> list[int]:
    """The ids of these rules or places, made where there are none."""
    digests = [digest(each).hex() for each in columns]
    known, following = _known(connection, level.table, ("id",), digests)
    ids = {key: identifier for key, (identifier,) in known.items()}
    new = {key: each for key, each in zip(digests, columns, strict=True) if key not in ids}
    ids |= {key: following + number for number, key in enumerate(new)}
    insert(connection, _INSERT_SHARED[level], [(ids[key], key, *each) for key, each in new.items()])
    return [ids[key] for key in digests]


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
