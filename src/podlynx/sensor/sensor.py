"""A sensor: one monitor, its inspector, the queue of its events and an eye on the rules."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

from podlynx.models.engine_event import EngineEvent
from podlynx.models.status import MonitorStatus, RulesStatus, SensorStatus
from podlynx.rules.catalogue import Compiled, compile_sources
from podlynx.rules.errors import RuleSourceError
from podlynx.sensor.event_queue import EventQueue
from podlynx.sensor.inspector import Delivered, Followed, Inspector
from podlynx.sensor.monitor import Monitor
from podlynx.sensor.selftest import send_through
from podlynx.settings.effective import in_mode
from podlynx.settings.errors import SettingsError
from podlynx.settings.watched import SettingsFile

D = TypeVar("D", bound=Delivered)

EventSink = Callable[[list[EngineEvent]], Awaitable[object]]
"""Takes a batch of events; called again only after it is done."""
FollowSink = Callable[[list[Followed]], Awaitable[object]]
"""Takes what came after events that the other sink took."""

RULES_LOOK_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)


class Sensor:
    """Watches one monitor while `run` runs. Create it inside an event loop."""

    def __init__(self, monitor: Monitor, rules: Compiled, settings: SettingsFile | None = None, *, profile: bool = False) -> None:
        self.monitor = monitor
        self.rules = rules
        self.settings = settings
        self.queue: EventQueue[Delivered] = EventQueue(asyncio.get_running_loop())
        self.inspector = Inspector(monitor, rules.ruleset, self.queue.put, self._for_engine(), profile=profile)
        self.reloads = 0
        self._stopping = False

    def start(self) -> None:
        """Open the capture. From here on no packet is missed. Raises SensorError."""
        self.inspector.start()

    async def run(self, sink: EventSink, follow: FollowSink | None = None) -> None:
        """Hand events to `sink`, and what came after them to `follow`, until `stop`; take up rules that change on disk."""
        watch = asyncio.create_task(self._watch_rules())
        try:
            while taken := await self.queue.take():
                if events := [each for each in taken if not isinstance(each, Followed)]:
                    await self._deliver(sink, events)
                if follow and (followed := [each for each in taken if isinstance(each, Followed)]):
                    await self._deliver(follow, followed)
        finally:
            watch.cancel()

    async def stop(self) -> None:
        """End the capture; `run` ends after the last event."""
        self._stopping = True
        await asyncio.to_thread(self.inspector.stop)
        await asyncio.to_thread(self.rules.keep)
        self.queue.close()

    async def reload(self, *, force: bool = False) -> bool:
        """Compile the rules again where their files changed, or `force`; answers whether the new set is in use.

        A set that cannot be used leaves the old one.
        """
        source = self.rules.source
        try:
            fresh = await asyncio.to_thread(source.read_again)
            if fresh.files == source.files and not force:
                return False
            settings, used = self.settings.settings if self.settings else None, self.rules.ruleset
            compiled = await asyncio.to_thread(compile_sources, fresh, live=True, settings=settings, after=used)
        except RuleSourceError as error:
            log.warning("rules not reloaded, the old ones stay", error=str(error), mend=error.mend)
            return False
        if compiled.report.loaded == 0:
            log.warning("rules not reloaded, the old ones stay", error="no rule of the new files can be used")
            return False
        self.rules = compiled
        self.inspector.reload(compiled.ruleset)
        self.reloads += 1
        log.info("rules reloaded", loaded=compiled.report.loaded, refused=compiled.report.refused)
        return True

    def send_selftest(self, token: str) -> str:
        """Sends the datagram of a self-test where this sensor watches; answers why not, empty: it was sent."""
        return send_through(self.monitor, token)

    def status(self) -> SensorStatus:
        """What it watches and with which rules; counters since the start."""
        counters = self.inspector.counters
        dropped = counters.ring.get("dropped", 0) + self.queue.dropped
        monitor = MonitorStatus(
            name=self.monitor.name,
            interfaces=list(self.monitor.interfaces),
            packets=counters.packets,
            bytes=counters.bytes,
            dropped=dropped,
            events=counters.events,
        )
        report = self.rules.report
        rules = RulesStatus(loaded=report.loaded, refused=report.refused, source=self.rules.source.label)
        return SensorStatus(monitors=[monitor], rules=rules)

    async def _deliver(self, sink: Callable[[list[D]], Awaitable[object]], events: list[D]) -> None:
        # The sink may be busy or its disk full for a while: keep the batch, the queue behind it is bounded and counts.
        # Once stopped there is one more try, so that a broken sink cannot keep the sensor from ending.
        last = False
        while not last:
            last = self._stopping
            try:
                await sink(events)
            except Exception as error:  # whatever the sink's trouble is, the events are kept
                log.warning("events not taken in, trying again", events=len(events), error=str(error))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    def _for_engine(self) -> bytes | None:
        """Live capture is complete, whatever the file says for replays."""
        return in_mode(self.settings.settings, "complete").json() if self.settings else None

    async def _watch_rules(self) -> None:
        seen = self.rules.source.stamp()
        while True:
            await asyncio.sleep(RULES_LOOK_SECONDS)
            await self._take_settings()
            stamp = await asyncio.to_thread(self.rules.source.stamp)
            if stamp != seen:
                seen = stamp
                await self.reload()

    async def _take_settings(self) -> None:
        """Takes settings over that changed on disk; rules are compiled with their variables. Wrong ones leave the old."""
        if self.settings is None:
            return
        try:
            if await asyncio.to_thread(self.settings.changed) is None:
                return
        except SettingsError as error:
            log.warning("settings not taken over, the old ones stay", error=str(error), mend=error.mend)
            return
        self.inspector.set(self._for_engine() or b"{}")
        await self.reload(force=True)
        log.info("settings taken over", file=str(self.settings.path))
