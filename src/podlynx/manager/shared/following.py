"""Alerts that any manager stored, for the live readers of this one."""

from typing import Final

from podlynx.manager.live import Live
from podlynx.store.search.store import SearchStore

MAX_CHANGES: Final = 500
"""Groups that one look may bring; readers are told to reload where there are more."""


class Follower:
    """Asks the store what changed since the last look."""

    def __init__(self, store: SearchStore, live: Live) -> None:
        self._store = store
        self._live = live
        self._cursor: int | None = None

    async def look(self) -> None:
        """One look. Without readers only the place is kept. Raises StoreError; then nothing is lost."""
        if self._live.read:
            await self._store.catch_up()
        newest = await self._store.cursor()
        if self._cursor is not None and newest > self._cursor and self._live.read:
            found = await self._store.changes_since(self._cursor, MAX_CHANGES)
            self._live.publish(found.changes)
            if not found.complete:
                self._live.reload()
            elif found.changes:  # more came between the two questions
                newest = max(newest, found.changes[-1].cursor)
        self._cursor = newest
