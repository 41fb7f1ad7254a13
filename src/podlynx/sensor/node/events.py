"""The way of an event from the inspector to disk: attributed at once, written in batches by a thread, then shipped."""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from podlynx.models.engine_event import EngineEvent, decode_events
from podlynx.sensor.event_queue import EventQueue
from podlynx.sensor.node.alert_files import AlertFiles
from podlynx.sensor.node.attachments import Attachments
from podlynx.sensor.node.attribution import Attributed, Attribution
from podlynx.sensor.spool.records import RECORD_CAP
from podlynx.sensor.spool.spool import Spool

WAITING: Final = 5000
"""Events that wait for the disk: at some 10 kB each, 50 MB."""
BATCH: Final = 500
"""Events that one visit of the writing thread takes along."""

log = structlog.get_logger(__name__)


class EventCounters(msgspec.Struct):
    """Since the start; each is an event that went no further."""

    undecodable: int = 0
    """The inspector said something that is no event."""
    of_nobody: int = 0
    """Its interface was no pod's at the packet's time."""
    unselected: int = 0
    """No resource selected the pod at the packet's time."""
    too_large: int = 0


class EventPath:
    """One inspector's events in, the spool's records out."""

    def __init__(
        self,
        attribution: Attribution,
        attachments: Attachments,
        spool: Spool,
        files: AlertFiles,
        *,
        name_of: Callable[[int], str],
        count: Callable[[str], None],
        written: Callable[[], None],
    ) -> None:
        """`name_of`: an interface's name; `count`: an event of the pod with that UID; `written`: there is more to ship."""
        self.counters = EventCounters()
        self._attribution, self._attachments = attribution, attachments
        self._spool, self._files = spool, files
        self._name_of, self._count, self._written = name_of, count, written
        self._queue: EventQueue[Attributed] = EventQueue(asyncio.get_running_loop(), WAITING)

    @property
    def dropped(self) -> int:
        """Events for which the disk was too slow."""
        return self._queue.dropped

    def take(self, lines: bytes) -> None:
        """The inspector's JSON lines."""
        attributed = []
        for line in lines.splitlines():
            try:
                events = list(decode_events(line))
            except msgspec.DecodeError as error:
                self._undecodable(error)
                continue
            attributed += [each for event in events if (each := self._attribute(event)) is not None]
        if attributed:
            self._queue.put(attributed)

    def settled(self, events: list[EngineEvent]) -> None:
        """Events that were held until their pod became known."""
        attributed = [each for event in events if (each := self._attribute(event)) is not None]
        if attributed:
            self._queue.put(attributed)

    def close(self) -> None:
        """No more events come: `run` ends when all are on disk."""
        self._queue.close()

    async def run(self) -> None:
        """Write until closed and drained."""
        while events := await self._queue.take(BATCH):
            await asyncio.to_thread(self._write, events)
            self._written()

    def _attribute(self, event: EngineEvent) -> Attributed | None:
        uid = self._attribution.owner(event)
        index = event.ifindex
        if uid is None:
            if index is not None and index in self._attachments.provisional:
                self._attachments.provisional.hold(index, event)
            else:
                self.counters.of_nobody += 1
            return None
        attributed = self._attribution.attribute(event, uid, self._name_of(index or 0))
        if attributed is None:
            self.counters.unselected += 1
            return None
        for pod_uid in {pod.uid for _, pod in attributed.files}:
            self._count(pod_uid)
        return attributed

    def _undecodable(self, error: msgspec.DecodeError) -> None:
        if self.counters.undecodable == 0:
            log.error("an event of the inspector cannot be read and is dropped", error=str(error))
        self.counters.undecodable += 1

    def _write(self, events: list[Attributed]) -> None:
        records = [msgspec.json.encode(each.event) for each in events]
        fitting = [record for record in records if len(record) <= RECORD_CAP]
        self.counters.too_large += len(records) - len(fitting)
        self._spool.append(fitting)
        self._files.write((each.event, each.files) for each in events)
