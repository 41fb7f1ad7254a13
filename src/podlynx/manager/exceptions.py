"""AlertExceptions at work: what is hidden now, and told to open pages the moment that changes.

Nothing is done to what is stored: every search is asked to leave it out. `show_excepted` asks it not to.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

import structlog

from podlynx.expressions.nodes import Query
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import Kind
from podlynx.kubernetes.exceptions import Judged, judged
from podlynx.kubernetes.kinds import Manifest
from podlynx.kubernetes.mirror import Mirror
from podlynx.kubernetes.ours import EXCEPTIONS, with_ours
from podlynx.manager.live import Live
from podlynx.store.protocol import Change, EventStore

_LOG = structlog.get_logger("podlynx.manager")
LONGEST_SECONDS: Final = 3_600.0
"""How long the clock is not looked at; it may be set."""
_AHEAD: Final = 256
"""Changes that are read at once."""


class Exceptions:
    """Everything happens in the manager's event loop."""

    def __init__(self, store: EventStore, live: Live, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._live, self._clock = live, clock
        self._manifests: list[Manifest] = []
        self.states: list[Judged] = []
        """Each one as it stands now, the oldest first."""
        self.hidden: tuple[Query, ...] = ()
        """What `Selection.hidden` is to be."""
        self._told = asyncio.Event()
        self._shown = _Shown(store)

    def for_asker(self, *, show_excepted: bool = False) -> tuple[Query, ...]:
        """What is hidden from somebody who did, or did not, ask to see it all the same."""
        return () if show_excepted else self.hidden

    async def change(self, change: Change) -> Change | None:
        """A published change as it stands without what is hidden; None where nothing new is left of it."""
        return await self._shown.of(change, self.hidden) if self.hidden else change

    def replace(self, manifests: Iterable[Manifest]) -> None:
        """These are all that there are."""
        self._manifests = list(manifests)
        self.look()
        self._told.set()

    def look(self) -> None:
        """Judges all anew; where something else is hidden than before, open pages read their list again."""
        self.states = judged(self._manifests, self._clock())
        hidden = tuple(each.query for each in self.states if each.query is not None)
        if hidden == self.hidden:
            return
        self.hidden = hidden
        self._live.reload()
        _LOG.info("exceptions in effect", names=[each.name for each in self.states if each.query is not None])

    async def run(self, client: Client) -> None:
        """Follows the cluster's AlertExceptions and the clock. Ends only when cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.follow_clock())
            group.create_task(with_ours(client, EXCEPTIONS, lambda kind: self._follow(client, kind)))

    async def _follow(self, client: Client, kind: Kind) -> None:
        mirror = Mirror(client, kind.resource)
        try:
            await mirror.run(lambda: self.replace(mirror.objects.values()))
        finally:
            self.replace([])

    async def follow_clock(self) -> None:
        """Looks again at the moment when one begins or ends."""
        while True:
            self._told.clear()
            try:
                async with asyncio.timeout(self._until_next()):
                    await self._told.wait()
            except TimeoutError:
                self.look()

    def _until_next(self) -> float:
        times = [each.changes for each in self.states if each.changes is not None]
        seconds = min(((time - self._clock()).total_seconds() for time in times), default=LONGEST_SECONDS)
        return min(max(seconds, 0.02), LONGEST_SECONDS)


class _Shown:
    """Published changes without what is hidden: read from the store, many at once, once for all readers."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._turn = asyncio.Lock()
        self._hidden: tuple[Query, ...] = ()
        self._first = self._last = 0
        self._found: dict[int, Change] = {}

    async def of(self, change: Change, hidden: tuple[Query, ...]) -> Change | None:
        """A group that moved on since then has another cursor by now: that one is published too, and is enough."""
        async with self._turn:
            if hidden is not self._hidden or not self._first <= change.cursor <= self._last:
                await self._read(change.cursor, hidden)
            return self._found.get(change.cursor)

    async def _read(self, cursor: int, hidden: tuple[Query, ...]) -> None:
        found = (await self._store.changes_since(cursor - 1, _AHEAD, hidden)).changes
        self._hidden, self._first = hidden, cursor
        self._last = max([cursor, *(each.cursor for each in found)])
        self._found = {each.cursor: each for each in found}
