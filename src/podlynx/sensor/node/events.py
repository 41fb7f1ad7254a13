"""The way of an event from the inspector to disk: attributed at once, written in batches by a thread, then shipped."""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec
import structlog

from podlynx.models.engine_event import Capture, EngineEvent, SensorCapture, SensorEvent, decode_aftermaths, decode_events
from podlynx.models.identity import fingerprint, whole_id
from podlynx.models.selftest import is_selftest
from podlynx.redaction.event import VERSION, redacted, without_payload
from podlynx.redaction.remembered import Remembered
from podlynx.sensor.event_queue import EventQueue
from podlynx.sensor.node.alert_files import AlertFiles
from podlynx.sensor.node.attachments import Attachments
from podlynx.sensor.node.attribution import Attributed, Attribution
from podlynx.sensor.node.selftest import NodeSelftest
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


class Followed(NamedTuple):
    """Packets that came after an event, without secrets."""

    attributed: Attributed
    after: Capture


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
        selftest: NodeSelftest,
    ) -> None:
        """`name_of`: an interface's name; `count`: an event of the pod with that UID; `written`: there is more to ship."""
        self.counters = EventCounters()
        self._attribution, self._attachments = attribution, attachments
        self._spool, self._files = spool, files
        self._name_of, self._count, self._written = name_of, count, written
        self._selftest = selftest
        self._remembered: Remembered[Attributed] = Remembered()
        self._queue: EventQueue[Attributed | Followed] = EventQueue(asyncio.get_running_loop(), WAITING)

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

    def take_aftermaths(self, lines: bytes) -> None:
        """What came after events, the inspector's JSON lines."""
        try:
            aftermaths = list(decode_aftermaths(lines))
        except msgspec.DecodeError as error:
            self._undecodable(error)
            return
        found = (self._remembered.take(each) for each in aftermaths)
        self._queue.put([Followed(*each) for each in found if each is not None])

    def inspector_ended(self) -> None:
        """Its successor counts events anew."""
        self._remembered.clear()

    @property
    def captures_unclaimed(self) -> int:
        """Packets after events that nobody asked for, or that are known no more."""
        return self._remembered.unclaimed

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
        if is_selftest(event) and not self._selftest.accepts(event):
            return None
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
        if is_selftest(event):
            return attributed
        for pod_uid in {pod.uid for _, pod in attributed.files}:
            self._count(pod_uid)
        if not attributed.payloads_off:
            self._remembered.add(event, attributed)
        return attributed

    def _undecodable(self, error: msgspec.DecodeError) -> None:
        if self.counters.undecodable == 0:
            log.error("an event of the inspector cannot be read and is dropped", error=str(error))
        self.counters.undecodable += 1

    def _write(self, items: list[Attributed | Followed]) -> None:
        shown = [(_kept(each), each.files) for each in items if isinstance(each, Attributed)]
        followed = [_capture(each) for each in items if isinstance(each, Followed)]
        records = [*(msgspec.json.encode(event) for event, _ in shown), *map(msgspec.json.encode, followed)]
        fitting = [record for record in records if len(record) <= RECORD_CAP]
        self.counters.too_large += len(records) - len(fitting)
        self._spool.append(fitting)
        self._files.write([each for each in shown if not is_selftest(each[0])])
        if any(is_selftest(event) for event, _ in shown):
            self._selftest.spooled()


def _kept(attributed: Attributed) -> SensorEvent:
    """The event as it may lie on a disk."""
    off = attributed.payloads_off and not is_selftest(attributed.event)  # that one holds our own token and nothing else
    event = without_payload(attributed.event) if off else redacted(attributed.event)
    return msgspec.structs.replace(event, redacted=VERSION)


def _capture(followed: Followed) -> SensorCapture:
    event = _kept(followed.attributed)
    whole = whole_id(event, host=event.host, origin=event.origin)
    own = fingerprint(event)
    return SensorCapture(event_id=whole, fingerprint=own, host=event.host, after=followed.after, redacted=VERSION)
