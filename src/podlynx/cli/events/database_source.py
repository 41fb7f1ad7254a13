"""Events of a local database file: that of `podlynx manager`, `podlynx run --page`, or a copy of a cluster's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from podlynx.cli.events.source import Asked, Swept
from podlynx.cli.exits import CommandError, Exit
from podlynx.expressions.query import parse_query
from podlynx.models.alert import AlertDetail, AlertPage
from podlynx.models.counts import Counts
from podlynx.models.event import EventDocument
from podlynx.outputs.exports import EXPORTS, ExportFormat
from podlynx.store import EventStore, Retention, Search, Selection, Statistic, StoreError, open_store
from podlynx.store.protocol import MAX_ARRIVALS, MAX_SWEEP

LOOK_SECONDS: Final = 0.5
"""Between two looks for what another process stored."""
_FOR_EVER: Final = Retention(seconds=2**31, bytes=2**62)
"""Whoever looks at a database forgets nothing of it: that is for the manager that it belongs to."""


class DatabaseSource:
    """An open store, whose owner closes it."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def page(self, asked: Asked, *, grouped: bool, limit: int, cursor: str | None) -> AlertPage:
        """One page."""
        search = Search(
            query=parse_query(asked.query) if asked.query else None,
            severity_min=asked.severity_min,
            dismissed=asked.dismissed,
            grouped=grouped,
            limit=limit,
            cursor=cursor,
        )
        return await self._store.alerts(search)

    async def event(self, identifier: str) -> AlertDetail | None:
        """One event."""
        return await self._store.alert(identifier)

    async def count(self, asked: Asked) -> Counts:
        """How many match."""
        chosen = _selection(asked)
        return await self._store.count(
            Statistic(query=chosen.query, severity_min=chosen.severity_min, dismissed=chosen.dismissed)
        )

    async def follow(self, asked: Asked, after: int) -> AsyncIterator[EventDocument]:
        """What is stored from now on, by whichever process."""
        selection, cursor = _selection(asked, either=True), after
        while True:
            arrivals = await self._store.arrivals(selection, cursor, MAX_ARRIVALS)
            for each in arrivals.events:
                yield each.document
            cursor = arrivals.cursor
            if arrivals.complete:
                await asyncio.sleep(LOOK_SECONDS)

    async def export(self, asked: Asked, file_format: ExportFormat) -> AsyncIterator[bytes]:
        """The file."""
        writer = EXPORTS[file_format].writer()
        yield writer.begin()
        async for batch in self._store.scan(_selection(asked)):
            yield writer.more(batch)

    async def mark(self, identifier: str, *, dismissed: bool) -> bool:
        """Dismisses or restores."""
        return await (self._store.dismiss(identifier) if dismissed else self._store.restore(identifier))

    async def sweep(self, asked: Asked) -> Swept:
        """Dismisses what matches."""
        swept = await self._store.dismiss_matching(_selection(asked), MAX_SWEEP)
        return Swept(swept.dismissed, swept.complete)


def _selection(asked: Asked, *, either: bool = False) -> Selection:
    query = parse_query(asked.query) if asked.query else None
    return Selection(query=query, severity_min=asked.severity_min, dismissed=None if either else asked.dismissed)


def _open(path: Path) -> EventStore:
    if not path.is_file():
        said = f"there is no event database at {path}"
        raise CommandError(Exit.UNREADABLE, said, "podlynx manager makes one; its first lines say where")
    try:
        return open_store(path, retention=_FOR_EVER)
    except StoreError as error:
        raise CommandError(Exit.UNREADABLE, error.message, error.hint) from error


@asynccontextmanager
async def opened_database(path: Path) -> AsyncIterator[DatabaseSource]:
    """The events of that file. Raises CommandError where it is none; makes no new one."""
    store = _open(path)
    try:
        yield DatabaseSource(store)
    except StoreError as error:
        raise CommandError(Exit.UNREADABLE, error.message, error.hint) from error
    finally:
        await store.close()
