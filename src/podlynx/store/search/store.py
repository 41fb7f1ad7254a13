"""`SearchStore`: the `EventStore` of who brings OpenSearch or Elasticsearch. Several managers may use one at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import structlog

from podlynx.expressions.nodes import Query
from podlynx.models.alert import AlertDetail, AlertPage
from podlynx.models.counts import Counts
from podlynx.models.event import EventDocument
from podlynx.models.status import StoreStatistics
from podlynx.store.errors import StoreClosed, StoreError
from podlynx.store.protocol import (
    MAX_SWEEP,
    Arrivals,
    Change,
    Changes,
    Ingested,
    Observation,
    Search,
    Selection,
    Statistic,
    Swept,
)
from podlynx.store.search import counting, listing, observing, scanning, single
from podlynx.store.search.address import Engine
from podlynx.store.search.board import Board
from podlynx.store.search.claims import Claims
from podlynx.store.search.dead_letters import DeadLetters
from podlynx.store.search.documents import NewEvent, new_event
from podlynx.store.search.fields import SEQ
from podlynx.store.search.groups import rows_of
from podlynx.store.search.http import READ_SECONDS, WRITE_SECONDS, Http
from podlynx.store.search.indices import Indices
from podlynx.store.search.ingest import Ingest
from podlynx.store.search.retention import Trimmer
from podlynx.store.search.sequence import Sequence as Turns
from podlynx.store.search.writer import Writer
from podlynx.store.sqlite.retention import Retention

_LOG = structlog.get_logger("podlynx.manager")
CATCH_UP_SECONDS: Final = 0.5
"""Between two refreshes for what other managers wrote."""
TRIM_SECONDS: Final = 60.0
"""Between two rounds of retention."""
MAX_NAMESPACES: Final = 10_000
_DOCUMENT_BYTES: Final = 2048


class SearchStore:
    """One search engine. Use it from one event loop; any number of tasks may call it at once."""

    def __init__(
        self,
        engine: Engine,
        *,
        retention: Retention | None = None,
        write_seconds: float = WRITE_SECONDS,
        read_seconds: float = READ_SECONDS,
        clock: Callable[[], float] = time.time,
        tells_changes: bool = True,
    ) -> None:
        """`tells_changes` False: `Ingested.changes` is empty, which saves a refresh a batch; `changes_since` tells them."""
        self.engine = engine
        self.http = Http(engine, write_seconds=write_seconds, read_seconds=read_seconds)
        self.indices = Indices(self.http)
        self.letters = DeadLetters(engine.folder)
        self.tells_changes = tells_changes
        self.board = Board(self.http, self.indices)
        self.claims = Claims(self.http, self.indices, clock)
        self._ingest = Ingest(self.http, self.indices, self.letters)
        self._turns = Turns(self.http, self.indices)
        self._writer = Writer(self._write)
        self._trimmer = Trimmer(self.http, self.indices, retention or Retention(), clock)
        self._clock = clock
        self._accepted = self._duplicates = self._by_age = self._by_size = 0
        self._written = self._refreshed = 0
        self._refreshing = asyncio.Lock()
        self._caught, self._caught_up = 0, float("-inf")
        self._trimming: asyncio.Task[None] | None = None
        self._trimmed = float("-inf")
        self._closed = False

    async def ingest(self, documents: Sequence[EventDocument], *, told: bool = True) -> Ingested:
        """Stores what is not there yet; answered once the engine has it on disk."""
        events = [new_event(document) for document in documents]
        weight = sum(_DOCUMENT_BYTES + len(each.podlynx.packet) + len(each.podlynx.payload) for each in documents)
        found = await self._writer.submit(events, weight)
        accepted = sum(bool(identifier) for identifier in found)
        self._accepted += accepted
        self._duplicates += len(found) - accepted
        groups = {event.group for event, identifier in zip(events, found, strict=True) if identifier}
        return Ingested(accepted, len(found) - accepted, await self._changes(groups) if told and self.tells_changes else [])

    async def alerts(self, search: Search) -> AlertPage:
        """One page."""
        await self._fresh()
        return await listing.page(self.http, self.indices.all, search)

    async def alert(self, identifier: str, hidden: tuple[Query, ...] = ()) -> AlertDetail | None:
        """One alert in full."""
        await self._fresh()
        return await single.detail(self.http, self.indices.all, identifier, hidden)

    async def count(self, statistic: Statistic) -> Counts:
        """Counts of what matches."""
        await self._fresh()
        return await counting.count(self.http, self.indices.all, statistic)

    async def scan(self, selection: Selection) -> AsyncIterator[list[EventDocument]]:
        """All that matches, a batch at a time."""
        await self._fresh()
        moment = await listing.newest_seq(self.http, self.indices.all)
        async for batch in scanning.scan(self.http, self.indices.all, selection, moment, self._fresh):
            yield batch

    async def arrivals(self, selection: Selection, after: int, limit: int) -> Arrivals:
        """What was stored after a cursor and matches."""
        await self._fresh()
        newest = await listing.newest_seq(self.http, self.indices.all)
        return await scanning.arrivals(self.http, self.indices.all, selection, after, limit, newest)

    async def dismiss_matching(self, selection: Selection, limit: int) -> Swept:
        """Dismisses what matches."""
        await self._fresh()
        moment = await listing.newest_seq(self.http, self.indices.all)
        swept = await single.sweep(self.http, self.indices.all, selection, min(limit, MAX_SWEEP), moment)
        self._written += 1
        return swept

    async def observe(self, observations: Sequence[Observation]) -> list[bool]:
        """Notes what is told of stored events later."""
        await self._open()
        told = await observing.observe(self.http, self.indices, observations, int(self._clock()))
        self._written += 1
        return told

    async def dismiss(self, identifier: str) -> bool:
        """Hides an event or a group."""
        return await self._mark(identifier, dismissed=True)

    async def restore(self, identifier: str) -> bool:
        """Shows it again."""
        return await self._mark(identifier, dismissed=False)

    async def changes_since(self, cursor: int, limit: int, hidden: tuple[Query, ...] = ()) -> Changes:
        """Groups that changed after a cursor."""
        await self._fresh()
        return await single.changes_since(self.http, self.indices.all, cursor, limit, hidden)

    async def cursor(self) -> int:
        """The newest event's cursor."""
        await self._fresh()
        return await listing.newest_seq(self.http, self.indices.all)

    async def namespaces(self) -> list[str]:
        """Namespaces that any stored alert has an end in."""
        await self._fresh()
        fields = ("source_namespace", "dest_namespace")
        aggs = {name: {"terms": {"field": name, "size": MAX_NAMESPACES}} for name in fields}
        found = (await self.http.search(f"/{self.indices.all}/_search", {"size": 0, "aggs": aggs})).get("aggregations", {})
        return sorted({each["key"] for name in fields for each in found.get(name, {}).get("buckets", ()) if each["key"]})

    async def check(self) -> None:
        """Writes something that changes nothing, and looks after the indices where it is time."""
        await self._open()
        await self.http.json("PUT", f"/{self.indices.shared}/_doc/check", {"kind": "check"})
        self._look_after()

    async def statistics(self) -> StoreStatistics:
        """Counters since opening, and what is held now."""
        await self._fresh()
        counted = await self.http.json("GET", f"/{self.indices.all}/_count")
        stats = await self.http.json("GET", f"/{self.indices.all}/_stats/store")
        return StoreStatistics(
            events=counted["count"],
            bytes=stats["_all"]["total"].get("store", {}).get("size_in_bytes", 0),
            accepted=self._accepted,
            duplicates=self._duplicates,
            trimmed_by_age=self._by_age,
            trimmed_by_size=self._by_size,
            refused_busy=self._writer.refused,
            timed_out=self.http.timed_out,
            refused_documents=self.letters.refused,
            retried=self.http.retried,
        )

    async def trim(self) -> None:
        """One round of retention."""
        await self._open()
        forgotten = await self._trimmer.trim()
        self._by_age += forgotten.by_age
        self._by_size += forgotten.by_size

    async def close(self) -> None:
        """Writes what was accepted, then ends every connection."""
        self._closed = True
        await self._writer.close()
        if self._trimming:
            self._trimming.cancel()
            await asyncio.gather(self._trimming, return_exceptions=True)
        await self.http.close()

    async def _mark(self, identifier: str, *, dismissed: bool) -> bool:
        await self._fresh()
        found = await single.mark(self.http, self.indices.all, identifier, dismissed=dismissed)
        self._written += 1
        return found

    async def _write(self, events: Sequence[NewEvent]) -> list[str]:
        await self.indices.prepare()
        async with self._turns.turn(len(events)) as first:
            stored = await self._ingest.store(events, first, int(self._clock()))
        self._written += 1
        self._look_after()
        return stored.identifiers

    async def _changes(self, groups: set[str]) -> list[Change]:
        """How these groups stand now; the cursor of each is that of its newest event."""
        if not groups:
            return []
        await self._fresh()
        rows = await rows_of(self.http, self.indices.all, groups)
        newest = {"newest": {"max": {"field": SEQ}}}
        terms = {"terms": {"field": "store.group", "size": len(groups)}, "aggs": newest}
        body = {"size": 0, "query": {"terms": {"store.group": sorted(groups)}}, "aggs": {"groups": terms}}
        found = await self.http.search(f"/{self.indices.all}/_search", body)
        seqs = {each["key"]: int(each["newest"]["value"]) for each in found["aggregations"]["groups"]["buckets"]}
        return sorted((Change(seqs[key], row) for key, row in rows.items()), key=lambda change: change.cursor)

    async def _open(self) -> None:
        if self._closed:
            raise StoreClosed("The event store is closed.")
        await self.indices.prepare()

    async def catch_up(self) -> None:
        """What others wrote can be found from now on. Asked often: the index is refreshed only where they did, and not too often.

        While somebody writes all the time this does nothing: the index's own interval is as good, and costs the writer less.
        """
        await self._open()
        now = time.monotonic()
        if now - self._caught_up < CATCH_UP_SECONDS:
            return
        written = await self._turns.settled()
        if written is not None and written != self._caught:
            self._caught_up = now
            await self.http.json("POST", f"/{self.indices.all}/_refresh")
            self._caught = written

    async def _fresh(self) -> None:
        """What this manager wrote can be found from now on. Others' writes can within the index's interval of a second."""
        await self._open()
        written = self._written
        async with self._refreshing:
            if self._refreshed < written:
                wanted = self._written
                await self.http.json("POST", f"/{self.indices.all}/_refresh")
                self._refreshed = wanted

    def _look_after(self) -> None:
        now = time.monotonic()
        if now - self._trimmed >= TRIM_SECONDS and (self._trimming is None or self._trimming.done()):
            self._trimmed = now
            self._trimming = asyncio.create_task(self._trim_quietly())

    async def _trim_quietly(self) -> None:
        try:
            await self.trim()
        except (StoreError, KeyError) as error:
            _LOG.warning("old events not forgotten; tried again in a minute", why=str(error))
