"""The one task that writes, and the bounded queue in front of it: batches that wait together are one bulk."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from podlynx.store.errors import StoreBusy, StoreClosed, StoreError
from podlynx.store.search.documents import NewEvent

MAX_JOBS: Final = 256
"""Batches that may wait."""
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
"""Bytes of documents that may wait; a single batch may be larger when nothing else waits."""
_TOGETHER: Final = 5_000
_TOGETHER_BYTES: Final = 16 * 1024 * 1024

Write = Callable[[Sequence[NewEvent]], Awaitable[list[str]]]
"""Stores events; answers the id of each that was stored now, "" for one that had been."""


class _Job:
    __slots__ = ("events", "future", "weight")

    def __init__(self, events: Sequence[NewEvent], weight: int) -> None:
        self.events = events
        self.weight = weight
        self.future: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()


class Writer:
    """Runs in the event loop of who submits first."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._jobs: list[_Job] = []
        self._waiting = 0
        self._closed = False
        self._task: asyncio.Task[None] | None = None
        self.refused = 0

    async def submit(self, events: Sequence[NewEvent], weight: int) -> list[str]:
        """Waits until it is stored. Raises StoreBusy or StoreClosed at once. A write goes on when its caller is gone."""
        if self._closed:
            raise StoreClosed("The event store is closed.", "Send again once the manager is back.")
        if len(self._jobs) >= MAX_JOBS or (self._waiting and self._waiting + weight > MAX_WAITING_BYTES):
            self.refused += 1
            raise StoreBusy("The event store has more to write than it can take now.", "Send again in a second.")
        job = _Job(events, weight)
        self._jobs.append(job)
        self._waiting += weight
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await asyncio.shield(job.future)

    async def close(self) -> None:
        """Writes what waits."""
        self._closed = True
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while self._jobs:
            batch = self._together()
            await self._store(batch)
            self._waiting -= sum(job.weight for job in batch)

    def _together(self) -> list[_Job]:
        """The job that waits longest, and those behind it that one bulk has room for."""
        batch = [self._jobs.pop(0)]
        events, size = len(batch[0].events), batch[0].weight
        while self._jobs:
            events, size = events + len(self._jobs[0].events), size + self._jobs[0].weight
            if events > _TOGETHER or size > _TOGETHER_BYTES:
                break
            batch.append(self._jobs.pop(0))
        return batch

    async def _store(self, batch: list[_Job]) -> None:
        try:
            found = await self._write([event for job in batch for event in job.events])
        except Exception as error:
            failure = error if isinstance(error, StoreError) else StoreError(f"Events were not stored: {error}")
            for job in batch:
                if not job.future.done():
                    job.future.set_exception(failure)
                    job.future.exception()  # whoever waited may have hung up
            return
        at = 0
        for job in batch:
            if not job.future.done():
                job.future.set_result(found[at : at + len(job.events)])
            at += len(job.events)
