"""Heartbeats: at once when something changed, but not too often; else now and then, so that silence means something."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

import msgspec
import structlog

from podlynx.models.sensor_report import HeartbeatAnswer, SensorReport
from podlynx.sensor.spool.shipping import ManagerUnavailable

INTERVAL_SECONDS: Final = 2.0
FASTEST_SECONDS: Final = 0.25
"""Between two heartbeats, whatever changes."""
RETRY_SECONDS: Final = 0.5
"""After one that was not heard."""
INTERVALS: Final = (0.5, 60.0)
"""What the manager may ask for."""

log = structlog.get_logger(__name__)


class HeartbeatDoor(Protocol):
    """The manager, as far as heartbeats go."""

    async def heartbeat(self, report: SensorReport) -> HeartbeatAnswer:
        """Raises ManagerUnavailable."""


class Heartbeat:
    """Sends while `run` runs. `changed` when there may be something new to tell."""

    def __init__(
        self, door: HeartbeatDoor, report: Callable[[], SensorReport], answered: Callable[[HeartbeatAnswer], None]
    ) -> None:
        self.failures = 0
        """In a row."""
        self.failed = 0
        """Ever."""
        self.heard = 0
        """That the manager answered, ever."""
        self._door, self._report, self._answered = door, report, answered
        self._changed = asyncio.Event()
        self._interval = INTERVAL_SECONDS
        self._told: SensorReport | None = None

    def changed(self) -> None:
        """There may be something new to tell."""
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        due = 0.0
        while True:
            self._changed.clear()
            report = self._report()
            if time.monotonic() >= due or (self._told is not None and _state(report) != _state(self._told)):
                heard = await self.send(report)
                due = time.monotonic() + (self._interval if heard else RETRY_SECONDS)
            await asyncio.sleep(FASTEST_SECONDS)
            await self._wait(due)

    async def send(self, report: SensorReport) -> bool:
        """One heartbeat; whether it was heard. A failure is logged once."""
        try:
            answer = await self._door.heartbeat(report)
        except ManagerUnavailable as error:
            if self.failures == 0:
                log.warning("the manager does not hear this sensor", error=str(error))
            self.failures += 1
            self.failed += 1
            return False
        if self.failures:
            log.info("the manager hears this sensor again", missed=self.failures)
        self.failures, self._told = 0, report
        self.heard += 1
        self._interval = min(max(answer.interval_seconds, INTERVALS[0]), INTERVALS[1])
        self._answered(answer)
        return True

    async def _wait(self, due: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(due - time.monotonic(), 0.0)):
                await self._changed.wait()


def _state(report: SensorReport) -> tuple[object, ...]:
    """What is worth a heartbeat of its own: not time, not counters."""
    pods = [msgspec.structs.replace(each, packets=0, bytes=0, events=0) for each in report.monitors]
    return (
        report.resources,
        pods,
        report.rules,
        report.capture.alive,
        report.capture.error,
        report.capture.restarts,
        report.selftest,
    )
