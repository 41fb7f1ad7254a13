"""The watcher of a node: everything that the sensor is, but for the inspector behind its small door (`NodeInspector`)."""

import asyncio
import time
import uuid
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from typing import Final

import msgspec
import structlog

from podlynx import __version__
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.watch import INTERRUPTIONS
from podlynx.models.engine_event import EngineEvent
from podlynx.models.loss import Why, loss_event
from podlynx.models.sensor_report import HeartbeatAnswer, SensorReport
from podlynx.sensor.confined.door import NodeInspector
from podlynx.sensor.confined.messages import Figures, Loaded, Patterns, Refused
from podlynx.sensor.errors import SensorError
from podlynx.sensor.interfaces.links import Link, LinkTable
from podlynx.sensor.interfaces.processes import PodProcesses
from podlynx.sensor.node.accounts import Accounts
from podlynx.sensor.node.alert_files import AlertFiles
from podlynx.sensor.node.attachments import Attachments
from podlynx.sensor.node.attribution import Attribution
from podlynx.sensor.node.capture import CaptureState
from podlynx.sensor.node.cluster import ClusterWatches
from podlynx.sensor.node.door import ManagerDoor
from podlynx.sensor.node.downtime import Downtime
from podlynx.sensor.node.events import EventPath
from podlynx.sensor.node.heartbeat import Heartbeat
from podlynx.sensor.node.housekeeping import Housekeeping
from podlynx.sensor.node.identity import Identity
from podlynx.sensor.node.inside import InsidePods
from podlynx.sensor.node.losses import LossWatch
from podlynx.sensor.node.placement import NodeEnds, Places, SimulatedPlaces
from podlynx.sensor.node.readiness import Readiness
from podlynx.sensor.node.report import Outlook, Reporter
from podlynx.sensor.node.roster import Roster
from podlynx.sensor.node.rules import NodeRules
from podlynx.sensor.node.rules_delivery import RulesDelivery
from podlynx.sensor.node.selftest import NodeSelftest
from podlynx.sensor.node.settings import SensorSettings
from podlynx.sensor.node.waiting import WaitingSince
from podlynx.sensor.spool.shipping import Shipper
from podlynx.sensor.spool.spool import Spool
from podlynx.telemetry.metrics import Figures as Told
from podlynx.telemetry.metrics import Instruments, exposition
from podlynx.telemetry.sensor_metrics import readings
from podlynx.telemetry.shared import LOOP_LAG, WATCH_INTERRUPTIONS, LoopLag, build

GRACE_SECONDS: Final = 20.0
"""For shipping what waits, at the end; the pod's own grace is 30 s."""

log = structlog.get_logger(__name__)


class Watcher:
    """One sensor. Create it inside an event loop; `run` until `stop`. It listens to its inspector."""

    def __init__(self, settings: SensorSettings, client: Client, inspector: NodeInspector, *, capture: bool = True) -> None:
        """Without `capture` no interface is looked for: a simulation of the watch and the heartbeat (give `readiness_port` 0)."""
        self.settings = settings
        self.boot = uuid.uuid4().hex
        self._loop = asyncio.get_running_loop()
        self.roster, self.identity = Roster(settings.groups), Identity()
        self.state = CaptureState()
        self._inspector = inspector
        self._links = LinkTable() if capture and settings.capture_mode == "host" else None
        self._processes = PodProcesses()
        self._places = self._find_places(capture=capture)
        self.attachments = Attachments(
            self.roster,
            self.identity,
            self._places,
            inspector,
            links=self._links,
            settled=self._settled,
            changed=self._changed,
            missing=self.state.missing,
        )
        self.reporter = Reporter(self.roster, self.attachments, self._outlook)
        self._door = ManagerDoor(
            settings.manager, settings.node, token=settings.manager_token, authority=settings.manager_authority
        )
        self.spool = Spool(
            settings.spool / "events",
            host=settings.node,
            told=lambda loss: msgspec.json.encode(loss_event(loss, settings.node)),
        )
        self.shipper = Shipper(self.spool, self._door)
        files = AlertFiles(settings.alerts, settings.outputs)
        self.selftest = NodeSelftest(self._monitored_addresses, self._selftest_changed)
        self.path = EventPath(
            Attribution(settings.node, self.roster, self.identity, settings.payloads_off),
            self.attachments,
            self.spool,
            files,
            name_of=self._interface_name,
            count=self._count_event,
            written=self.shipper.wake,
            selftest=self.selftest,
        )
        self.rules = NodeRules(settings.spool / "rules", settings.own_rules, settings.settings)
        self.heartbeat = Heartbeat(self._door, self.report, self._answered)
        self.watches = ClusterWatches(client, settings.node, settings.groups, self.roster, self._cluster_changed)
        self._downtime = Downtime(settings.spool, self.boot)
        self._waiting, self._lag = WaitingSince(self.spool), LoopLag()
        self._accounts = Accounts(
            path=self.path,
            spool=self.spool,
            shipper=self.shipper,
            files=files,
            attachments=self.attachments,
            roster=self.roster,
            identity=self.identity,
            downtime=self._downtime,
            links=self._links,
            state=self.state,
            heartbeat=self.heartbeat,
            rules=self.rules,
            waiting=self._waiting,
            selftest=self.selftest,
        )
        self._instruments = Instruments()
        self._readiness = Readiness(settings.readiness_port, self.not_ready, self.metrics)
        losses = LossWatch(self._lost, self._downtime, self.spool.tell)
        self._housekeeping = Housekeeping(
            self._downtime, self._processes, self.identity, self.roster, self.reporter.events, losses=losses
        )
        self._delivery = RulesDelivery(self.rules, self._door, inspector, self._changed)
        self._errands: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()

    def _lost(self) -> dict[Why, int]:
        seen = self.state.figures()
        return {
            "slow_disk": self.path.dropped,
            "no_room": self.spool.counters.lost,
            "shed": sum(seen.shed_packets.values()),
            "dropped": sum(seen.dropped.values()),
        }

    def stop(self) -> None:
        """End: capture first, then what it saw is shipped as far as time allows."""
        self._stop.set()

    async def run(self) -> None:
        """Watch until `stop`. Raises SensorError where the readiness port is taken."""
        await self._begin()
        inspecting = asyncio.create_task(self._inspector.run(self))
        writing = asyncio.create_task(self.path.run())
        tasks = [asyncio.create_task(each) for each in self._endless()]
        stopped = asyncio.create_task(self._stop.wait())
        try:
            done, _ = await asyncio.wait([stopped, inspecting, writing, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopped}:  # none of them ever ends by itself
                task.result()
        finally:
            await self._end(inspecting, writing, tasks)

    def not_ready(self) -> str:
        """Why this sensor is not ready; empty: it is."""
        if self.watches.missing:
            return f"the list of {self.watches.missing} has not been read yet"
        if self._downtime.fault:
            return f"the spool {self.settings.spool} cannot be written to: {self._downtime.fault}; events would wait in memory"
        return self._outlook().fault

    def report(self) -> SensorReport:
        """State as of now."""
        monitors = self.reporter.monitors()
        return SensorReport(
            node=self.settings.node,
            boot=self.boot,
            version=__version__,
            time=time.time(),
            resources=self.reporter.resources(monitors),
            monitors=monitors,
            rules=self.rules.report,
            capture=self.state.report(
                self.settings.capture_mode, self._inspector.restarts, len(self.attachments.provisional), self._accounts.counters()
            ),
            spooled=self.spool.waiting,
            selftest=self.selftest.report,
            figures=self._accounts.figures(),
        )

    def metrics(self) -> bytes:
        """For Prometheus: numbers of this node, without any name of a namespace or a pod."""
        own = [build("sensor", self.settings.node), (LOOP_LAG, self._lag.seconds), (WATCH_INTERRUPTIONS, INTERRUPTIONS.reading())]
        return exposition(Told([*own, *readings([self.report()])]), self._instruments)

    # What the inspector tells (`InspectorListener`).

    def capturing(self, *, alive: bool, reason: str = "") -> None:
        """The inspector captures from now on, or no longer."""
        first = alive and not self.state.captured
        if not alive:
            self.path.inspector_ended()
        self.state.capturing(alive=alive, reason=reason)
        if first:
            self._spawn(asyncio.to_thread(self._downtime.began))
        if isinstance(self._places, InsidePods):
            self._places.inspector_ended()
            if alive:
                self._spawn(self._places.hand_over_again(self.attachments.lost))
        self.heartbeat.changed()

    def watching(self, ifindexes: Sequence[int]) -> None:
        """These interfaces are captured."""
        self.attachments.watching(ifindexes)

    def events(self, lines: bytes) -> None:
        """Engine events."""
        self.path.take(lines)

    def aftermaths(self, lines: bytes) -> None:
        """Packets after events."""
        self.path.take_aftermaths(lines)

    def figures(self, figures: Figures) -> None:
        """Counters."""
        try:
            if self.state.take(figures):
                self.attachments.apply()
                self.heartbeat.changed()
        except msgspec.DecodeError as error:
            log.error("the inspector's figures cannot be read", error=str(error))

    def loaded(self, loaded: Loaded) -> None:
        """Rules are in use, or why not."""
        instead = self.rules.loaded(loaded)
        if instead is not None:
            self._inspector.begin_with(instead)
        elif not loaded.error:
            self._spawn(asyncio.to_thread(self.rules.keep))
        self.heartbeat.changed()

    def patterns(self, patterns: Patterns) -> None:
        """Databases for the next start."""
        self._spawn(asyncio.to_thread(self.rules.keep_patterns, patterns))

    def adopted(self, ifindex: int) -> None:
        """A socket inside a pod is captured."""
        if isinstance(self._places, InsidePods):
            self._places.adopted(ifindex)
            self.heartbeat.changed()

    def refused(self, refused: Refused) -> None:
        """Something cannot be captured."""
        log.error("the inspector cannot capture that", interface=refused.ifindex, reason=refused.reason)
        self.attachments.refused(refused.ifindex, refused.reason)

    # The rest is the watcher's own.

    async def _begin(self) -> None:
        try:
            await self._readiness.start()
        except OSError as error:
            raise SensorError(
                f"readiness cannot be served on port {self.settings.readiness_port}: {error.strerror or error}",
                "another sensor runs on this node, or the port is taken: end it",
            ) from error
        await self._delivery.begin()
        if self._links is not None:
            asyncio.get_running_loop().add_reader(self._links.fileno(), self.attachments.link_news)

    def _endless(self) -> list[Coroutine[None, None, None]]:
        inside = [self._places.run(self.attachments.lost)] if isinstance(self._places, InsidePods) else []
        return [
            self.watches.pods(),
            *(self.watches.inspections(group) for group in self.settings.groups),
            self.attachments.run(),
            self.shipper.run(),
            self.heartbeat.run(),
            self._housekeeping.run(),
            self._waiting.run(),
            self._lag.run(),
            self._delivery.fetch(),
            self._delivery.follow_own(),
            *inside,
        ]

    async def _end(self, inspecting: asyncio.Task[None], writing: asyncio.Task[None], tasks: list[asyncio.Task[None]]) -> None:
        """Capture ends first; then events go to disk, and to the manager for as long as there is time."""
        begin = time.monotonic()
        await self._inspector.stop()
        await asyncio.wait([inspecting], timeout=GRACE_SECONDS / 2)
        self._downtime.stopped()
        self.path.close()
        await asyncio.wait([writing], timeout=GRACE_SECONDS / 4)
        for task in [inspecting, writing, *tasks]:
            task.cancel()
        await asyncio.wait(tasks, timeout=GRACE_SECONDS / 10)
        with suppress(TimeoutError):
            left = max(GRACE_SECONDS - (time.monotonic() - begin), 0.5)
            async with asyncio.timeout(left):
                await self._farewell()
        await self._close()

    async def _farewell(self) -> None:
        await self.heartbeat.send(self.report())
        await self.shipper.drain()

    async def _close(self) -> None:
        log.info("the sensor has stopped", waiting_on_disk=self.spool.waiting)
        await asyncio.to_thread(self.spool.close)
        await self._readiness.stop()
        if self._links is not None:
            asyncio.get_running_loop().remove_reader(self._links.fileno())
            self._links.close()
        if isinstance(self._places, NodeEnds):
            self._places.close()
        await self._door.close()

    def _find_places(self, *, capture: bool) -> Places:
        if not capture:
            return SimulatedPlaces()
        if self._links is not None:
            return NodeEnds(self._links, self._processes)
        return InsidePods(self._inspector, self._processes)

    def _outlook(self) -> Outlook:
        return Outlook(self.state, self.rules.report, self.settings.capture_mode, pods_known=self.watches.missing != "pods")

    def _cluster_changed(self) -> None:
        self.attachments.pods_changed()
        self.heartbeat.changed()

    def _settled(self, events: list[EngineEvent]) -> None:
        self.path.settled(events)

    def _changed(self) -> None:
        self.heartbeat.changed()

    def _interface_name(self, index: int) -> str:
        link: Link | None = self._links.get(index) if self._links is not None else None
        return link.name if link is not None else ""

    def _monitored_addresses(self) -> Iterator[str]:
        return (address for pod in self.reporter.monitors() if pod.monitored for address in pod.addresses)

    def _selftest_changed(self) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self.heartbeat.changed)

    def _count_event(self, uid: str) -> None:
        self.reporter.events[uid] += 1

    def _answered(self, answer: HeartbeatAnswer) -> None:
        self._delivery.told(answer.rules_version)
        self.selftest.asked(answer.selftest)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
        return task
