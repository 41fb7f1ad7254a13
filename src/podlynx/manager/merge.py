"""Stores events through the merge table: what needs no waiting at once, the rest when the other side came or is overdue."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from podlynx.manager.merge_table import Part, Table
from podlynx.manager.sightings import Sighting
from podlynx.models.event import EventDocument
from podlynx.models.identity import EventKey
from podlynx.store.protocol import Ingested, Observation

_LOG = structlog.get_logger("podlynx.manager")
_GRAIN = 0.005
"""Seconds; events that are due this close together are stored together."""


class Keeper(Protocol):
    """Where documents are kept; both calls answer once it is durable."""

    async def keep(self, documents: Sequence[EventDocument]) -> Ingested:
        """Stores what is not there yet, and tells the live readers."""
        ...

    async def observe(self, observations: Sequence[Observation]) -> list[bool]:
        """Notes further sightings; False for each event that is not there."""
        ...


class Merger:
    """One for a manager, in its event loop. `peer_watched` says whether the other end of an event may be monitored too."""

    def __init__(
        self,
        keeper: Keeper,
        peer_watched: Callable[[EventDocument], bool],
        *,
        table: Table | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._keeper = keeper
        self._peer_watched = peer_watched
        self._clock = clock or asyncio.get_running_loop().time
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[Ingested]] = set()
        self._waiters: dict[int, asyncio.Future[None]] = {}
        self.table = table or Table()

    async def take(self, documents: Sequence[EventDocument]) -> Ingested:
        """Answers once every document is durable, by itself or as part of another. Raises what the store raises."""
        now = self._clock()
        own: list[Sighting] = []
        waits: list[asyncio.Future[None]] = []
        late: list[tuple[Sighting, Part, EventDocument]] = []
        for document in documents:
            sighting, part = self.table.offer(document, now, peer_watched=self._peer_watched(document))
            if part == "own":
                own.append(sighting)
            elif part == "waiting":
                waits.append(self._waiter(sighting))
            else:
                late.append((sighting, part, document))
        self._arm()
        # In a task of its own: others wait for the same sightings, and must not lose them when this caller hangs up.
        stored = await asyncio.shield(self._spawn(self._store(own))) if own else Ingested(0, 0, [])
        again = await self._late(late)
        await asyncio.gather(*(asyncio.shield(each) for each in waits))
        accepted = stored.accepted + again.accepted + len(waits)
        return Ingested(accepted, len(documents) - accepted, [*stored.changes, *again.changes])

    async def close(self) -> None:
        """Stores what still waits."""
        if self._timer:
            self._timer.cancel()
        self._flush(everything=True)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _late(self, late: list[tuple[Sighting, Part, EventDocument]]) -> Ingested:
        """Documents of events that are stored, or just being stored. What then is not there after all is stored for itself."""
        if not late:
            return Ingested(0, 0, [])
        if storing := [self._waiter(sighting) for sighting, _, _ in late if sighting.state == "storing"]:
            await asyncio.wait(storing)
        joins = [(sighting, document) for sighting, part, document in late if part == "join"]
        known = await self._keeper.observe([_joining(*each) for each in joins]) if joins else []
        left = [document for (_, document), there in zip(joins, known, strict=True) if not there]
        left += [document for _, part, document in late if part == "repeat"]
        return await self._keeper.keep(left)

    async def _store(self, sightings: list[Sighting]) -> Ingested:
        documents = [each.document for each in sightings if each.document is not None]
        merged = [Observation(each.key, (), tuple(each.absorbed)) for each in sightings if each.absorbed]
        try:
            result = await self._keeper.keep(documents)
            if merged:
                await self._keeper.observe(merged)
        except Exception as error:
            for each in sightings:
                self.table.failed(each)
                self._tell(each, error)
            raise
        for each in sightings:
            each.stored()
            self._tell(each, None)
        return result

    def _waiter(self, sighting: Sighting) -> asyncio.Future[None]:
        future = self._waiters.get(id(sighting))
        if future is None:
            future = self._waiters[id(sighting)] = asyncio.get_running_loop().create_future()
        return future

    def _tell(self, sighting: Sighting, error: Exception | None) -> None:
        future = self._waiters.pop(id(sighting), None)
        if future is None or future.done():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
            future.exception()  # whoever waited may have hung up: then nobody asks for it

    def _arm(self) -> None:
        due = self.table.next_due()
        if due is not None and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(max(due - self._clock(), 0.0) + _GRAIN, self._flush)

    def _flush(self, *, everything: bool = False) -> None:
        self._timer = None
        ready = self.table.due(float("inf") if everything else self._clock())
        if ready:
            self._spawn(self._store(ready)).add_done_callback(_failed)
        self._arm()

    def _spawn(self, work: Awaitable[Ingested]) -> asyncio.Task[Ingested]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _joining(sighting: Sighting, document: EventDocument) -> Observation:
    return Observation(sighting.key, document.observers, (EventKey(document.id, document.fingerprint),))


def _failed(task: asyncio.Task[Ingested]) -> None:
    """Who waited is told by their future; the log has it once."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _LOG.warning("merged events not stored; their sensors send them again", why=str(error))
