"""Stores a batch: each event under an id of its own, repeats known again, whichever index they are in."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from podlynx.models.event import EventDocument
from podlynx.models.identity import EventKey
from podlynx.store.search.bulk import Operation, bulk
from podlynx.store.search.dead_letters import DeadLetters
from podlynx.store.search.documents import NewEvent, source_of
from podlynx.store.search.fields import FINGERPRINT
from podlynx.store.search.http import Http
from podlynx.store.search.indices import Indices
from podlynx.store.sqlite.ingest import candidates

_IDS: Final = 10_000
"""Ids of one look-up."""


class Stored(msgspec.Struct, frozen=True):
    """What became of each event of a batch: its id where it was stored now, "" where it had been; and the groups that changed."""

    identifiers: list[str]
    groups: set[str]


class _Open(msgspec.Struct):
    """An event that is still to be stored: its place in the batch."""

    place: int
    event: NewEvent
    identifier: str = ""


class Ingest:
    """Writes batches for one store, one at a time."""

    def __init__(self, http: Http, indices: Indices, letters: DeadLetters) -> None:
        self._http = http
        self._indices = indices
        self._letters = letters

    async def store(self, events: Sequence[NewEvent], first: int, now: int) -> Stored:
        """Stores what is not there yet, numbered from `first` on. Raises StoreError; then it may be sent again as it is."""
        index, older = await self._indices.write_index()
        known = _Known(self._http, self._indices, index, older)
        await known.look_up(events)
        found = [""] * len(events)
        changed: set[str] = set()
        waiting = [_Open(place, event) for place, event in enumerate(events)]
        while waiting:
            chosen = [each for each in waiting if known.choose(each)]
            written = await self._write(chosen, index, first, now)
            waiting = []
            for each, outcome in zip(chosen, written, strict=True):
                if outcome == "conflict":
                    waiting.append(each)
                elif outcome == "done":
                    found[each.place] = each.identifier
                    changed.add(each.event.group)
            await known.learn(waiting)
            for each in [each for each in waiting if known.is_ours(each, first)]:
                waiting.remove(each)
                found[each.place] = each.identifier
                changed.add(each.event.group)
        return Stored(found, changed)

    async def _write(self, chosen: list[_Open], index: str, first: int, now: int) -> list[str]:
        operations = [
            Operation("create", index, each.identifier, source_of(each.event, each.identifier, first + each.place, now))
            for each in chosen
        ]
        results = await bulk(self._http, operations)
        refused: list[tuple[EventDocument, str]] = [
            (each.event.document, result.reason)
            for each, result in zip(chosen, results, strict=True)
            if result.outcome in {"refused", "missing"}
        ]
        if refused:
            self._letters.add(refused)
        return [result.outcome for result in results]


class _Known:
    """Which ids are taken, and by what: in the indices, and in the batch so far."""

    def __init__(self, http: Http, indices: Indices, index: str, older: list[str]) -> None:
        self._http = http
        self._indices = indices
        self._index = index
        self._older = older
        self._stored: dict[str, tuple[str, int]] = {}
        self._claimed: dict[str, str] = {}

    def choose(self, each: _Open) -> bool:
        """Gives the event the first id that is free; False where it is a repeat."""
        fingerprint = each.event.key.fingerprint.hex()
        for identifier in candidates(each.event.key):
            taken = self._stored[identifier][0] if identifier in self._stored else self._claimed.get(identifier)
            if taken == fingerprint:
                return False
            if taken is None:
                self._claimed[identifier] = fingerprint
                each.identifier = identifier
                return True
        return False

    async def look_up(self, events: Sequence[NewEvent]) -> None:
        """Learns of what cannot show by a conflict: absorbed events, those of older indices, and ids that several here share."""
        keys = {event.key.id: event.key for event in events}
        shared = _shared(events)
        everywhere = [identifier for key in shared for identifier in candidates(key)]
        indices = [self._indices.absorbed, *self._older[-1:]]
        await self._get([(index, identifier) for identifier in (*keys, *everywhere) for index in indices])
        await self._get([(self._index, identifier) for identifier in everywhere])
        if self._older[:-1]:
            await self._search([*keys, *everywhere], self._older[:-1])

    async def learn(self, conflicting: Sequence[_Open]) -> None:
        """Learns what stands where the engine said that something does."""
        for each in conflicting:
            self._claimed.pop(each.identifier, None)
        await self._get([(self._index, each.identifier) for each in conflicting])

    def is_ours(self, each: _Open, first: int) -> bool:
        """Whether it is what we wrote ourselves just now, whose answer was lost."""
        return self._stored.get(each.identifier) == (each.event.key.fingerprint.hex(), first + each.place)

    async def _get(self, wanted: list[tuple[str, str]]) -> None:
        for at in range(0, len(wanted), _IDS):
            docs = [{"_index": index, "_id": identifier} for index, identifier in wanted[at : at + _IDS]]
            found = await self._http.json("POST", f"/_mget?_source_includes={FINGERPRINT},store.seq,fingerprint", {"docs": docs})
            self._take(each for each in found["docs"] if each.get("found"))

    async def _search(self, identifiers: list[str], indices: list[str]) -> None:
        for at in range(0, len(identifiers), _IDS):
            ids = identifiers[at : at + _IDS]
            body = {"size": _IDS, "_source": [FINGERPRINT, "store.seq"], "query": {"ids": {"values": ids}}}
            found = await self._http.search(f"/{','.join(indices)}/_search", body)
            self._take(found["hits"]["hits"])

    def _take(self, hits: Iterable[Any]) -> None:
        for hit in hits:
            source = hit["_source"]
            beside = source.get("store", {})
            self._stored[hit["_id"]] = (beside.get("fingerprint") or source["fingerprint"], beside.get("seq", -1))


def _shared(events: Sequence[NewEvent]) -> list[EventKey]:
    """One key of each id that several different events of the batch have."""
    seen: dict[str, EventKey] = {}
    shared: list[EventKey] = []
    for event in events:
        other = seen.setdefault(event.key.id, event.key)
        if other != event.key:
            shared.append(event.key)
    return shared
