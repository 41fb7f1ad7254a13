"""The inspecting thread: owns the engine's live capture from opening to closing, and shares nothing of it."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import structlog

from podlynx import _engine
from podlynx.models.engine_counters import EngineCounters, decode_counters
from podlynx.models.engine_event import Capture, EngineEvent, decode_aftermaths, decode_events
from podlynx.redaction.event import redacted
from podlynx.redaction.remembered import Remembered
from podlynx.sensor.errors import SensorError
from podlynx.sensor.limits import plan, read_limits
from podlynx.sensor.monitor import Monitor

POLL_MILLISECONDS = 50
"""Longest wait for packets: bounds how late a stop, a reload and the figures are noticed, not how late an event is."""
COUNTERS_SECONDS = 1.0
REOPEN_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Followed(NamedTuple):
    """An event that was delivered before, and the packets that came after it."""

    event: EngineEvent
    after: Capture


Delivered = EngineEvent | Followed


class Inspector:
    """Polls one `Live` and hands its events on. Only its thread touches the engine; others leave wishes (`reload`, `stop`)."""

    def __init__(
        self,
        monitor: Monitor,
        rules: _engine.RuleSet,
        deliver: Callable[[Sequence[Delivered]], None],
        settings: bytes | None = None,
    ) -> None:
        """`deliver` gets events without secrets, and later what came after them. `settings`: as the engine takes them."""
        self.monitor = monitor
        self.counters = EngineCounters()
        self.reopened = 0
        self.undecodable = 0
        self._rules = rules
        self._fresh_rules: _engine.RuleSet | None = None
        self._settings = settings
        self._fresh_settings: bytes | None = None
        self._deliver = deliver
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"inspector {monitor.name}", daemon=True)
        self._live: _engine.Live | None = None
        self._remembered: Remembered[EngineEvent] = Remembered()

    def start(self) -> None:
        """Open the capture, then inspect until `stop`. Raises SensorError where it cannot be opened."""
        self.monitor.check()
        try:
            self._live = self._open()
        except _engine.CaptureError as error:
            raise SensorError(
                f"cannot watch {', '.join(self.monitor.interfaces)}: {error}", "check the interface and the ring's memory"
            ) from error
        self._thread.start()

    def reload(self, rules: _engine.RuleSet) -> None:
        """Use these rules from the next poll on; flows go on."""
        self._fresh_rules = rules

    def set(self, settings: bytes) -> None:
        """Hold to these settings, which were checked, from the next poll on."""
        self._fresh_settings = settings

    def stop(self) -> None:
        """End the thread and close the capture; events that were raised before are delivered."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _open(self) -> _engine.Live:
        monitor = self.monitor
        given = plan(read_limits(), workers=monitor.workers)
        return _engine.Live(
            self._rules,
            list(monitor.interfaces),
            ports=list(monitor.ports),
            settings=self._settings,
            around=True,
            ring_mib=given.ring_mib,
            workers=given.workers,
            memory_mib=given.memory_mib,
        )

    def _run(self) -> None:
        due = 0.0
        while not self._stop.is_set():
            self._swap_rules()
            self._poll()
            if time.monotonic() >= due:
                due = time.monotonic() + COUNTERS_SECONDS
                self._read_counters()
        if self._live is not None:
            self._finish(self._live)
            self._read_counters()
            self._live.close()

    def _finish(self, live: _engine.Live) -> None:
        try:
            lines = live.finish()
        except _engine.CaptureError as error:
            log.warning("the end of the capture is lost", monitor=self.monitor.name, error=str(error))
        else:
            self._hand_on(lines, live.aftermaths())

    def _swap_rules(self) -> None:
        if (settings := self._fresh_settings) is not None:
            self._fresh_settings, self._settings = None, settings
            if self._live is not None:
                self._live.set(settings)
        if (fresh := self._fresh_rules) is None:
            return
        self._fresh_rules, self._rules = None, fresh
        if self._live is not None:
            self._live.reload(fresh)

    def _poll(self) -> None:
        try:
            if self._live is None:
                self._live = self._open()
                self.reopened += 1
            lines = self._live.poll(POLL_MILLISECONDS)
        except _engine.CaptureError as error:
            # An interface went away, as a pod's does when it ends. Whoever watches must not end with it: try again.
            log.warning("capture lost, trying again", monitor=self.monitor.name, error=str(error))
            self._live = None
            self._remembered.clear()
            self._stop.wait(REOPEN_SECONDS)
            return
        after = self._live.aftermaths()
        if lines or after:
            self._hand_on(lines, after)

    def _hand_on(self, lines: bytes, after: bytes) -> None:
        try:
            delivered: list[Delivered] = [self._without_secrets(event) for event in decode_events(lines)]
            found = (self._remembered.take(aftermath) for aftermath in decode_aftermaths(after))
            delivered += [Followed(*each) for each in found if each is not None]
            self._deliver(delivered)
        except msgspec.DecodeError as error:
            self.undecodable += 1
            log.error("the engine's events could not be read", error=str(error))

    def _without_secrets(self, event: EngineEvent) -> EngineEvent:
        shown = redacted(event)
        self._remembered.add(event, shown)
        return shown

    def _read_counters(self) -> None:
        if self._live is not None:
            self.counters = decode_counters(self._live.counters())
