"""Reads single events one after the other: all that match, newest first, or what arrived after a cursor."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from podlynx.models.event import EventDocument
from podlynx.store.protocol import MAX_ARRIVALS, Arrival, Arrivals, Selection
from podlynx.store.search.conditions import all_of, selected
from podlynx.store.search.documents import document_of
from podlynx.store.search.fields import SEQ, TIME
from podlynx.store.search.http import Http
from podlynx.store.sqlite import scanning as limits

_SIZE = "store.bytes"
_MOST_KEYS = 10_000


class Key:
    """Where an event is, its place in the order, and how many bytes it has."""

    __slots__ = ("id", "index", "seq", "size", "sort")

    def __init__(self, hit: Any) -> None:
        self.index = hit["_index"]
        self.id = hit["_id"]
        self.sort = hit["sort"]
        self.seq = int(hit["fields"][SEQ][0])
        self.size = int(hit["fields"][_SIZE][0])


async def _keys(  # noqa: PLR0917 one search
    http: Http, index: str, clauses: list[Any], sort: list[Any], size: int, after: Any = None
) -> list[Key]:
    body: dict[str, Any] = {
        "size": size,
        "query": all_of(*clauses),
        "sort": sort,
        "_source": False,
        "docvalue_fields": [SEQ, _SIZE],
        "track_total_hits": False,
    }
    if after is not None:
        body["search_after"] = after
    return [Key(hit) for hit in (await http.search(f"/{index}/_search", body))["hits"]["hits"]]


def _batch(keys: list[Key]) -> list[Key]:
    """The first of them, as many as one batch may have."""
    size = 0
    for place, key in enumerate(keys[: limits.BATCH_DOCUMENTS]):
        size += key.size
        if size >= limits.BATCH_BYTES:
            return keys[: place + 1]
    return keys[: limits.BATCH_DOCUMENTS]


async def _documents(http: Http, keys: list[Key]) -> list[tuple[Key, EventDocument]]:
    """The documents that are still there."""
    found = await http.json("POST", "/_mget", {"docs": [{"_index": key.index, "_id": key.id} for key in keys]})
    return [(key, document_of(each["_source"])) for key, each in zip(keys, found["docs"], strict=True) if each.get("found")]


async def scan(
    http: Http, index: str, selection: Selection, moment: int, ready: Callable[[], Awaitable[None]]
) -> AsyncIterator[list[EventDocument]]:
    """Batches of all that match and was stored by `moment`; `ready` is awaited before each look at the index."""
    clauses = [*selected(selection), {"range": {SEQ: {"lte": moment}}}]
    after = None
    while True:
        await ready()
        keys = await _keys(http, index, clauses, [{TIME: "desc"}, {SEQ: "desc"}], min(limits.MAX_KEYS, _MOST_KEYS), after)
        if not keys:
            return
        after = keys[-1].sort
        while keys:
            batch = _batch(keys)
            keys = keys[len(batch) :]
            if found := await _documents(http, batch):
                yield [document for _, document in found]


async def arrivals(  # noqa: PLR0917 one search
    http: Http, index: str, selection: Selection, after: int, limit: int, newest: int
) -> Arrivals:
    """What was stored after a cursor and matches, in that order."""
    wanted = min(limit, MAX_ARRIVALS)
    clauses = [*selected(selection), {"range": {SEQ: {"gt": after, "lte": newest}}}]
    keys = await _keys(http, index, clauses, [{SEQ: "asc"}], wanted)
    batch = _batch_of(keys)
    events = [Arrival(key.seq, document) for key, document in await _documents(http, batch)] if batch else []
    if len(keys) < wanted and len(batch) == len(keys):
        return Arrivals(events, max(after, newest), complete=True)
    return Arrivals(events, batch[-1].seq, complete=False)


def _batch_of(keys: list[Key]) -> list[Key]:
    size = 0
    for place, key in enumerate(keys):
        size += key.size
        if size >= limits.BATCH_BYTES:
            return keys[: place + 1]
    return keys
