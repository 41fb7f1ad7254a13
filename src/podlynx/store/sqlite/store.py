"""`SqliteStore`: the embedded `EventStore`."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import anyio.to_thread
import apsw
import msgspec

from podlynx.expressions.nodes import Query
from podlynx.models.alert import AlertDetail, AlertPage
from podlynx.models.counts import Counts
from podlynx.models.event import EventDocument
from podlynx.models.status import StoreStatistics
from podlynx.store.protocol import Arrivals, Change, Changes, Ingested, Observation, Search, Selection, Statistic, Swept
from podlynx.store.sqlite import counting, ingest, listing, observing, scanning, single
from podlynx.store.sqlite.alert_rows import newest_seq
from podlynx.store.sqlite.connection import open_writer
from podlynx.store.sqlite.migrate import migrate
from podlynx.store.sqlite.readers import Readers
from podlynx.store.sqlite.retention import Retention, trim, used_bytes
from podlynx.store.sqlite.writer import Writer

T = TypeVar("T")

READ_SECONDS: Final = 5.0
"""How long one search may take."""
SCAN_SECONDS: Final = 120.0
"""How long a scan may look for its next events."""
SCANS: Final = 2
"""Scans that read at the same time; they have connections of their own, so that no list waits for them."""
_DOCUMENT_BYTES: Final = 2048
"""What a document weighs in the write queue beside its packet and payload."""
_SWEPT_AT_ONCE: Final = 500


class SqliteStore:
    """One database file. Use it from one event loop; any number of tasks may call it at once."""

    def __init__(
        self,
        path: Path,
        *,
        retention: Retention | None = None,
        read_seconds: float = READ_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self._retention = retention or Retention()
        self._clock = clock
        self._accepted = self._duplicates = self._by_age = self._by_size = 0
        self._untrimmed = 0
        connection = open_writer(path)
        try:
            migrate(connection, path)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        self._readers = Readers(path, read_seconds)
        self._scanners = Readers(path, max(SCAN_SECONDS, read_seconds), SCANS)
        self._writer = Writer(connection, path, self._trim)

    async def ingest(self, documents: Sequence[EventDocument], *, told: bool = True) -> Ingested:
        """Stores what is not there yet; answered once it is durable."""
        weight = sum(_DOCUMENT_BYTES + len(each.podlynx.packet) + len(each.podlynx.payload) for each in documents)
        return await self._write(partial(self._ingest, documents=list(documents), told=told), weight)

    async def alerts(self, search: Search) -> AlertPage:
        """One page."""
        return await self._readers.run(partial(listing.page, search=search))

    async def alert(self, identifier: str, hidden: tuple[Query, ...] = ()) -> AlertDetail | None:
        """One alert in full."""
        return await self._readers.run(partial(single.detail, identifier=identifier, hidden=hidden))

    async def count(self, statistic: Statistic) -> Counts:
        """Counts what matches."""
        return await self._readers.run(partial(counting.count, statistic=statistic))

    async def scan(self, selection: Selection) -> AsyncIterator[list[EventDocument]]:
        """All that matches, a batch at a time; between two batches no connection is held."""
        scan = scanning.Scan(selection, scanning.MAX_KEYS)
        while keys := await self._scanners.run(scan.keys):
            while keys:
                documents, taken = await self._scanners.run(partial(scanning.documents, keys=keys))
                keys = keys[taken:]
                if documents:
                    yield documents

    async def arrivals(self, selection: Selection, after: int, limit: int) -> Arrivals:
        """What was stored after a cursor and matches."""
        return await self._readers.run(partial(scanning.arrivals, selection=selection, after=after, limit=limit))

    async def dismiss_matching(self, selection: Selection, limit: int) -> Swept:
        """Dismisses what matches, some events in a transaction, so that what arrives need not wait for all of them."""
        selection = msgspec.structs.replace(selection, dismissed=False)
        keys = await self._scanners.run(scanning.Scan(selection, limit + 1).keys)
        dismissed = 0
        for begin in range(0, len(keys[:limit]), _SWEPT_AT_ONCE):
            seqs = [seq for _, seq in keys[:limit][begin : begin + _SWEPT_AT_ONCE]]
            dismissed += await self._write(partial(single.dismiss_events, seqs=seqs))
        return Swept(dismissed, complete=len(keys) <= limit)

    async def observe(self, observations: Sequence[Observation]) -> list[bool]:
        """Notes further sightings of stored events."""
        work = partial(observing.observe, observations=list(observations))
        return await self._write(work, _DOCUMENT_BYTES * len(observations))

    async def dismiss(self, identifier: str) -> bool:
        """Hides an event or a group."""
        return await self._write(partial(single.dismiss, identifier=identifier))

    async def restore(self, identifier: str) -> bool:
        """Shows it again."""
        return await self._write(partial(single.restore, identifier=identifier))

    async def changes_since(self, cursor: int, limit: int, hidden: tuple[Query, ...] = ()) -> Changes:
        """Groups that changed after a cursor."""
        return await self._readers.run(partial(single.changes_since, cursor=cursor, limit=limit, hidden=hidden))

    async def cursor(self) -> int:
        """The newest event's cursor."""
        return await self._readers.run(newest_seq)

    async def namespaces(self) -> list[str]:
        """Namespaces that any stored alert has an end in."""
        return await self._readers.run(observing.namespaces)

    async def check(self) -> None:
        """Writes something that changes nothing, through the queue that events take."""
        await self._write(lambda connection: connection.execute("UPDATE totals SET events = events"))

    async def statistics(self) -> StoreStatistics:
        """Counters since opening, and what is held now."""
        events, size = await self._readers.run(_held)
        return StoreStatistics(
            events=events,
            bytes=size,
            accepted=self._accepted,
            duplicates=self._duplicates,
            trimmed_by_age=self._by_age,
            trimmed_by_size=self._by_size,
            refused_busy=self._writer.refused,
            timed_out=self._readers.timed_out + self._scanners.timed_out,
        )

    async def close(self) -> None:
        """Writes what was accepted, then closes the file."""
        await anyio.to_thread.run_sync(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._readers.close()
        self._scanners.close()
        self._connection.close()

    async def _write(self, work: Callable[[apsw.Connection], T], weight: int = 0) -> T:
        # A write goes on when its caller is gone: it was taken, and somebody may rely on it.
        return await asyncio.shield(asyncio.wrap_future(self._writer.submit(work, weight)))

    def _ingest(self, connection: apsw.Connection, documents: list[EventDocument], *, told: bool) -> Ingested:
        written = ingest.write(connection, documents, int(self._clock()))
        self._accepted += written.accepted
        self._duplicates += written.duplicates
        self._untrimmed += written.accepted
        rows = single.rows_of_groups(connection, [group for _, group in written.changed]) if told else {}
        changes = [Change(seq, rows[group]) for seq, group in written.changed if group in rows]
        return Ingested(written.accepted, written.duplicates, changes)

    def _trim(self, connection: apsw.Connection) -> None:
        trimmed = trim(connection, self._retention, int(self._clock()), self._untrimmed)
        self._untrimmed = 0
        self._by_age += trimmed.by_age
        self._by_size += trimmed.by_size


def _held(connection: apsw.Connection) -> tuple[int, int]:
    return connection.execute("SELECT events FROM totals").get, used_bytes(connection)
