"""`SqliteStore`: the embedded `EventStore`."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import anyio.to_thread
import apsw

from podlynx.models.alert import AlertDetail, AlertPage
from podlynx.models.event import EventDocument
from podlynx.models.status import StoreStatistics
from podlynx.store.protocol import Change, Changes, Ingested, Observation, Search
from podlynx.store.sqlite import ingest, listing, observing, single
from podlynx.store.sqlite.alert_rows import newest_seq
from podlynx.store.sqlite.connection import open_writer
from podlynx.store.sqlite.migrate import migrate
from podlynx.store.sqlite.readers import Readers
from podlynx.store.sqlite.retention import Retention, trim, used_bytes
from podlynx.store.sqlite.writer import Writer

T = TypeVar("T")

READ_SECONDS: Final = 5.0
"""How long one search may take."""
_DOCUMENT_BYTES: Final = 2048
"""What a document weighs in the write queue beside its packet and payload."""


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
        self._writer = Writer(connection, path, self._trim)

    async def ingest(self, documents: Sequence[EventDocument]) -> Ingested:
        """Stores what is not there yet; answered once it is durable."""
        weight = sum(_DOCUMENT_BYTES + len(each.podlynx.packet) + len(each.podlynx.payload) for each in documents)
        return await self._write(partial(self._ingest, documents=list(documents)), weight)

    async def alerts(self, search: Search) -> AlertPage:
        """One page."""
        return await self._readers.run(partial(listing.page, search=search))

    async def alert(self, identifier: str) -> AlertDetail | None:
        """One alert in full."""
        return await self._readers.run(partial(single.detail, identifier=identifier))

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

    async def changes_since(self, cursor: int, limit: int) -> Changes:
        """Groups that changed after a cursor."""
        return await self._readers.run(partial(single.changes_since, cursor=cursor, limit=limit))

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
            timed_out=self._readers.timed_out,
        )

    async def close(self) -> None:
        """Writes what was accepted, then closes the file."""
        await anyio.to_thread.run_sync(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._readers.close()
        self._connection.close()

    async def _write(self, work: Callable[[apsw.Connection], T], weight: int = 0) -> T:
        # A write goes on when its caller is gone: it was taken, and somebody may rely on it.
        return await asyncio.shield(asyncio.wrap_future(self._writer.submit(work, weight)))

    def _ingest(self, connection: apsw.Connection, documents: list[EventDocument]) -> Ingested:
        written = ingest.write(connection, documents, int(self._clock()))
        self._accepted += written.accepted
        self._duplicates += written.duplicates
        self._untrimmed += written.accepted
        rows = single.rows_of_groups(connection, [group for _, group in written.changed])
        changes = [Change(seq, rows[group]) for seq, group in written.changed if group in rows]
        return Ingested(written.accepted, written.duplicates, changes)

    def _trim(self, connection: apsw.Connection) -> None:
        trimmed = trim(connection, self._retention, int(self._clock()), self._untrimmed)
        self._untrimmed = 0
        self._by_age += trimmed.by_age
        self._by_size += trimmed.by_size


def _held(connection: apsw.Connection) -> tuple[int, int]:
    return connection.execute("SELECT events FROM totals").get, used_bytes(connection)
