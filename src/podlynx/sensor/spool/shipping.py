"""The way from the spool to the manager: as soon as there is something, until it is acknowledged."""

import asyncio
import gzip
import random
from collections.abc import Awaitable, Callable
from typing import Final, Literal, Protocol

import msgspec
import structlog
import zstandard

from podlynx.sensor.spool.spool import Batch, Spool

BATCH_EVENTS: Final = 1000
BATCH_BYTES: Final = 4 << 20
"""Bytes of JSON lines, before compression."""
SMALL_BYTES: Final = 2048
"""A batch below this is not worth compressing."""
BACKOFF: Final = (0.1, 10.0)
"""Seconds between tries: first, most."""
SYNC_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)


class ManagerUnavailable(Exception):
    """The manager did not take a request; `str()` says why. `retry_after`: seconds that it asked for."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BatchRefused(Exception):
    """The manager will never take this batch as it is; `in_part`: in smaller pieces it would take some of it at least."""

    def __init__(self, message: str, *, in_part: bool = False) -> None:
        super().__init__(message)
        self.in_part = in_part


class EncodingUnknown(Exception):
    """The manager cannot read bodies of this encoding: it is older than this sensor."""


Encoding = Literal["", "gzip", "zstd"]
"""Of a body; `zstd` costs a quarter of `gzip`, which every manager knows."""


class IngestAnswer(msgspec.Struct, frozen=True):
    """What became of a batch; `refused` lines would never become events."""

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0


class EventDoor(Protocol):
    """The manager, as far as events go."""

    async def events(self, body: bytes, encoding: Encoding) -> IngestAnswer:
        """Hand JSON lines over; they are durable when this returns.

        Raises ManagerUnavailable, BatchRefused or EncodingUnknown.
        """


class Shipper:
    """Ships while `run` runs. `wake` when something was appended."""

    def __init__(self, spool: Spool, door: EventDoor, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self.shipped = 0
        self.refused = 0
        """Events that the manager said it would never take; they are dropped."""
        self.failed = 0
        """Deliveries that the manager did not take, ever."""
        self._spool, self._sleep = spool, sleep
        self._door = door
        self._appended = asyncio.Event()
        self._most = BATCH_EVENTS
        self._failures = 0
        self._encoding: Encoding = "zstd"

    def wake(self) -> None:
        """There is something to ship."""
        self._appended.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._appended.clear()
            if not await self.ship_once():
                await self._rest()

    async def drain(self) -> None:
        """Ship until nothing waits; for the end, under a timeout of the caller's."""
        while await self.ship_once() or self._spool.waiting:
            pass

    async def ship_once(self) -> bool:
        """Ship one batch; False where nothing waits. After a failure it has waited before it returns."""
        batch = await asyncio.to_thread(self._spool.read, self._most, BATCH_BYTES)
        if not batch.events:
            return False
        try:
            answer = await self._send(batch)
        except ManagerUnavailable as error:
            await self._wait(error)
        except BatchRefused as error:
            await self._give_way(batch, error)
        except EncodingUnknown as error:
            log.info("the manager is older than this sensor, events are sent as it knows them", error=str(error))
            self._encoding = "gzip"
        else:
            self.shipped += answer.accepted + answer.duplicates
            self.refused += answer.refused
            self._went_well()
            await asyncio.to_thread(self._spool.acknowledge, batch)
        return True

    async def _send(self, batch: Batch) -> IngestAnswer:
        body = b"\n".join(batch.events)
        if len(body) < SMALL_BYTES:
            return await self._door.events(body, "")
        packed = await asyncio.to_thread(_packed, body, self._encoding)
        return await self._door.events(packed, self._encoding)

    def _went_well(self) -> None:
        if self._failures:
            log.info("events reach the manager again", waiting=self._spool.waiting)
        self._failures, self._most = 0, BATCH_EVENTS

    async def _wait(self, error: ManagerUnavailable) -> None:
        if self._failures == 0:
            log.warning("events do not reach the manager, they wait on disk", error=str(error))
        first, most = BACKOFF
        own = min(first * 2 ** min(self._failures, 10), most) * random.uniform(0.5, 1.0)  # noqa: S311 many sensors, one manager
        asked = error.retry_after * random.uniform(1.0, 1.5)  # noqa: S311 never before what was asked for
        self._failures += 1
        self.failed += 1
        await self._sleep(max(own, asked))

    async def _give_way(self, batch: Batch, error: BatchRefused) -> None:
        """Send less at once, down to one event; an event that is refused alone, or a batch without any good one, is dropped."""
        if error.in_part and len(batch.events) > 1:
            self._most = max(len(batch.events) // 2, 1)
            return
        log.error("the manager refuses events for good, they are dropped", events=len(batch.events), error=str(error))
        self.refused += len(batch.events)
        await asyncio.to_thread(self._spool.acknowledge, batch)

    async def _rest(self) -> None:
        """Until something is appended; what was written is synced meanwhile."""
        try:
            async with asyncio.timeout(SYNC_SECONDS):
                await self._appended.wait()
        except TimeoutError:
            await asyncio.to_thread(self._spool.sync)


def _packed(body: bytes, encoding: Encoding) -> bytes:
    return gzip.compress(body, 1) if encoding == "gzip" else zstandard.ZstdCompressor(level=1).compress(body)
