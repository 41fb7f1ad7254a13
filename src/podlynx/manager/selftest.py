"""Self-tests: asked of a node's sensor with its next heartbeat, and followed to the live stream.

Times of the sensor are compared with the manager's by the delay since the datagram was sent, never below nothing: clocks differ.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from secrets import token_bytes
from typing import Final

import msgspec
import structlog

from podlynx.manager.errors import ApiError, ErrorDetail
from podlynx.manager.live import Live, Reader
from podlynx.models.event import EventDocument
from podlynx.models.selftest import GID, STAGES, SelftestReport, SelftestResult, SelftestStage, is_selftest, token_in, token_of
from podlynx.models.sensor_report import SensorReport
from podlynx.store.protocol import EventStore

_LOG = structlog.get_logger("podlynx.manager")
WAIT_SECONDS: Final = 20.0
"""For the whole way; a heartbeat comes every two seconds."""
MAX_RUNNING: Final = 32
LOCAL_STAGES: Final = ("sent", "inspected", "stored", "streamed")
"""Of one process, which needs no disk and no delivery between the two."""
MENDS: Final = {
    "sent": "Select a pod of that node with a DeepPacketInspection, and look at its status: kubectl podlynx status.",
    "inspected": "The packet did not reach the rules: see the sensor's log, and PodlynxSensorBlind in docs/runbook.md.",
    "spooled": "The node's disk does not take events: see PodlynxSpoolDiskFailing in docs/runbook.md.",
    "delivered": "The event waits on the node: see PodlynxEventsWaiting in docs/runbook.md.",
    "stored": "The manager's store does not take events: see PodlynxStoreFailing in docs/runbook.md.",
    "streamed": "The event is stored but was not shown live: restart the manager, and report it.",
}
_REASONS: Final = {
    "sent": "the sensor did not take up the test",
    "inspected": "the packet was sent, and no event of it came",
    "spooled": "the event did not come to lie on the node's disk",
    "delivered": "the event did not reach the manager",
    "stored": "the store did not take the event",
    "streamed": "the event did not come to the live stream",
}


class _Run(msgspec.Struct):
    node: str
    token: str
    stages: tuple[str, ...] = STAGES
    reached: dict[str, float] = {}
    """Epoch seconds of each stage."""
    error: str = ""
    event: str = ""
    """Id of its event."""
    done: asyncio.Event = msgspec.field(default_factory=asyncio.Event)


class Selftests:
    """Everything happens in the manager's event loop. `wait`: seconds for the whole way."""

    def __init__(self, store: EventStore, live: Live, wait: float = WAIT_SECONDS) -> None:
        self._store, self._live, self._wait = store, live, wait
        self._runs: OrderedDict[str, _Run] = OrderedDict()
        self.results: dict[str, tuple[SelftestResult, float]] = {}
        """The last of each node, and when (epoch seconds)."""
        self.counts = {"passed": 0, "failed": 0}
        self.send: Callable[[str], str] | None = None
        """Outside of a cluster: sends the datagram from this process; answers why not."""
        self._errands: set[asyncio.Task[bool]] = set()

    async def run(self, node: str) -> SelftestResult:
        """One test of that node, to its end. Raises ApiError where too many run."""
        if len(self._runs) >= MAX_RUNNING or any(each.node == node for each in self._runs.values()):
            said = f"A self-test of {node[:80]!r} runs already, or too many of other nodes do."
            raise ApiError(503, ErrorDetail("selftest_running", said, "Try again."), {"Retry-After": "20"})
        run = _Run(node, token_of(token_bytes(16)), STAGES if self.send is None else LOCAL_STAGES)
        self._runs[run.token] = run
        try:
            async with self._live.reader("selftest") as reader:
                following = asyncio.create_task(self._follow(run, reader))
                if self.send is not None:
                    self._take(run, _sent_here(run.token, self.send))
                await self._until_done(run)
                following.cancel()
        finally:
            del self._runs[run.token]
            self._put_away(run.event)
        return self._note(_result(run))

    def wanted(self, node: str) -> str:
        """The token that the node's sensor is to test with; empty: none."""
        return next((run.token for run in self._runs.values() if run.node == node and "sent" not in run.reached), "")

    def heard(self, report: SensorReport) -> None:
        """How far the sensor says a test came."""
        if report.selftest is not None and (run := self._runs.get(report.selftest.token)) and run.node == report.node:
            self._take(run, report.selftest)

    def passing(self, documents: Sequence[EventDocument], stage: str) -> None:
        """Documents that are at that stage now; those of a test are noted."""
        for document in documents:
            if not is_selftest(document.podlynx):
                continue
            if run := self._runs.get(token_in(document.podlynx)):
                run.event = document.id
                run.reached.setdefault("inspected" if stage == "delivered" and self.send else stage, time.time())
                self._look(run)
            elif stage == "stored":  # of a test that was given up, or of nobody's
                self._put_away(document.id)

    def _put_away(self, event: str) -> None:
        """Dismissed, so that it stands in nobody's list."""
        if event:
            task = asyncio.ensure_future(self._store.dismiss(event))
            self._errands.add(task)
            task.add_done_callback(self._errands.discard)
            task.add_done_callback(_noted)

    def _take(self, run: _Run, said: SelftestReport) -> None:
        for stage, at in (("sent", said.sent), ("inspected", said.inspected), ("spooled", said.spooled)):
            if at:
                run.reached.setdefault(stage, at)
        run.error = said.error
        self._look(run)

    async def _follow(self, run: _Run, reader: Reader) -> None:
        """What every open page reads, read here too."""
        while not reader.closed:
            try:
                change = await reader.next(self._wait)
            except TimeoutError:
                return
            if change is not None and change.row.rule.gid == GID and change.row.event_id == run.event:
                run.reached.setdefault("streamed", time.time())
                self._look(run)

    def _look(self, run: _Run) -> None:
        if run.error or all(stage in run.reached for stage in run.stages):
            run.done.set()

    async def _until_done(self, run: _Run) -> None:
        try:
            async with asyncio.timeout(self._wait):
                await run.done.wait()
        except TimeoutError:
            return

    def _note(self, result: SelftestResult) -> SelftestResult:
        self.counts["passed" if result.passed else "failed"] += 1
        self.results[result.node] = (result, time.time())
        while len(self.results) > 2_000:
            del self.results[next(iter(self.results))]
        return result


def _sent_here(token: str, send: Callable[[str], str]) -> SelftestReport:
    begun = time.time()
    error = send(token)
    return SelftestReport(token=token, sent=0.0 if error else begun, error=error)


def _noted(task: asyncio.Task[bool]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _LOG.warning("the event of a self-test could not be dismissed", error=str(error))


def _result(run: _Run) -> SelftestResult:
    begin = run.reached.get("sent", 0.0)
    reached = [stage for stage in run.stages if stage in run.reached]
    stages = [SelftestStage(stage, round(max(run.reached[stage] - begin, 0.0), 3) if begin else 0.0) for stage in reached]
    failed = next((stage for stage in run.stages if stage not in run.reached), "")
    if not failed:
        return SelftestResult(node=run.node, passed=True, stages=stages)
    reason = run.error or _REASONS[failed]
    return SelftestResult(node=run.node, passed=False, stages=stages, failed_stage=failed, reason=reason, mend=MENDS[failed])
