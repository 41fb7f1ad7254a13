"""The inspector process: opens its ring, gives up everything, then compiles, inspects and tells.

Order matters. Measures of confinement hold for the thread that takes them and for those it starts: so they come before any
other thread, and before the first foreign byte (rules, packets) is read.
"""

import os
import socket
import sys
import threading
import time
from typing import Any, Final

import msgspec

from podlynx import _engine
from podlynx.models.selftest import RULE_COUNT as SELFTEST_COUNT
from podlynx.models.selftest import RULES as SELFTEST_RULES
from podlynx.sensor.confined.framing import frame
from podlynx.sensor.confined.line import Line
from podlynx.sensor.confined.messages import (
    Adopt,
    Adopted,
    Capturing,
    Compiling,
    Failed,
    Figures,
    Loaded,
    Lodge,
    Patterns,
    Refused,
    Release,
    Rules,
    Start,
    Stop,
    ToInspector,
    Watch,
    Watching,
)
from podlynx.sensor.confined.outbox import Outbox

POLL_MILLISECONDS: Final = 20
"""Longest wait for packets: how late other rules, or a socket that was handed over, take effect, not how late an event is."""
FIGURES_SECONDS: Final = 0.5
YIELD_SECONDS: Final = 0.001
HANG_SECONDS: Final = 2.0
"""A poll that does not come back for so long ends the process: the watcher may not be allowed to."""
INSPECTOR: Final = 65533
"""User and group of its own: whoever else runs as `nobody` on the node is none of its business, nor it of theirs."""
_JSON: Final = os.environ.get("PODLYNX_LOG_FORMAT") == "json"
_LARGEST_CACHE: Final = 64 << 20
"""Bytes of pattern databases that are handed out to be kept."""


class ConfinedInspector:
    """One `Live`, polled by the main thread alone; the reading thread grants wishes meanwhile: a waiting poll holds nothing."""

    def __init__(self, line: Line, outbox: Outbox, live: Any, engine: Any = _engine) -> None:
        self._line = line
        self._outbox = outbox
        self._live = live
        self._engine = engine
        self._around = False
        self._granting = False
        self._stop = False
        self._beat = time.monotonic()

    def begin(self, start: Start, measures: list[str]) -> bool:
        """Compile the first rules and say that packets are inspected now; those that came meanwhile wait in the ring."""
        self._around = start.around
        self._watch(Watch(start.ifindexes))
        self._lodge(Lodge(start.lodged))
        ruleset, loaded = self._compile(start.rules)
        if ruleset is None:
            self._outbox.tell(loaded)
            self._outbox.tell(Failed(f"the rules cannot be used: {loaded.error}"))
            return False
        self._live.set(start.rules.settings)
        self._live.reload(ruleset)
        self._outbox.tell(loaded)
        self._outbox.tell(Capturing(measures))
        self._thread(self._keep_patterns, start.rules.version, ruleset)
        return True

    def run(self) -> None:
        """Inspect until told to stop."""
        self._thread(self._read)
        self._beat = time.monotonic()
        self._thread(self._watch_over)
        due = 0.0
        while not self._stop:
            self._beat = time.monotonic()
            if self._granting:  # the engine's lock knows no order: under load the next poll would have it before any wish
                time.sleep(YIELD_SECONDS)
            self._poll()
            if time.monotonic() >= due:
                due = time.monotonic() + FIGURES_SECONDS
                self._tell_figures()
        self._finish()
        self._tell_figures()
        self._live.close()

    def _thread(self, run: Any, *arguments: Any) -> None:
        threading.Thread(target=run, args=arguments, daemon=True).start()

    def _read(self) -> None:
        """Take messages in; the watcher's end is the inspector's."""
        try:
            while (message := self._line.next()) is not None:
                self._granting = True
                self._grant(message)
                self._granting = False
        except (OSError, ValueError) as error:
            complain(f"the watcher's messages cannot be read: {error}")
        os._exit(0 if self._stop else 1)  # nobody is left to inspect for, and the polling thread may be busy

    def _watch_over(self) -> None:
        while time.monotonic() - self._beat < HANG_SECONDS:
            time.sleep(HANG_SECONDS / 4)
        complain(f"no poll came back for {HANG_SECONDS:.0f} s, ending")
        os._exit(1)

    def _grant(self, wish: ToInspector) -> None:
        match wish:
            case Rules():
                self._thread(self._compile_beside, wish)
            case Watch():
                self._watch(wish)
            case Lodge():
                self._lodge(wish)
            case Adopt():
                self._adopt(wish, self._line.descriptor())
            case Release():
                self._try(wish.ifindex, self._live.release, wish.ifindex)
            case Stop():
                self._stop = True

    def _watch(self, wish: Watch) -> None:
        if self._try(0, self._live.watch, wish.ifindexes):
            self._outbox.tell(Watching(wish.number))

    def _lodge(self, wish: Lodge) -> None:
        try:
            self._live.lodge(wish.addresses)
        except (ValueError, RuntimeError) as error:  # nothing is lost by it: packets between two pods are inspected twice
            complain(f"addresses of pods cannot be used: {error}")

    def _adopt(self, wish: Adopt, descriptor: int | None) -> None:
        if descriptor is None:
            self._outbox.tell(Refused(wish.ifindex, "no socket came with the wish to adopt one"))
            return
        adopted = self._try(wish.ifindex, self._live.adopt, descriptor, wish.ifindex, wish.ring_mib)
        os.close(descriptor)  # the engine has one of its own
        if adopted:
            self._outbox.tell(Adopted(wish.ifindex))

    def _try(self, ifindex: int, act: Any, *arguments: Any) -> bool:
        try:
            act(*arguments)
        except (OSError, ValueError, RuntimeError) as error:  # CaptureError is an OSError; RuntimeError: it was closed meanwhile
            self._outbox.tell(Refused(ifindex, str(error)[:1000]))
            return False
        return True

    def _poll(self) -> None:
        try:
            lines = self._live.poll(POLL_MILLISECONDS)
        except OSError as error:
            # Without its ring the process is of no use, and it cannot open another one: the watcher starts a successor.
            self._outbox.tell(Failed(str(error)[:1000]))
            self._outbox.close()
            os._exit(1)
        self._tell(lines)

    def _finish(self) -> None:
        """What waits in the ring, and the rest of every flow."""
        try:
            self._tell(self._live.finish())
        except OSError as error:
            complain(f"the end of the capture is lost: {error}")

    def _tell(self, lines: bytes) -> None:
        if lines:
            self._outbox.events(lines)
        if self._around and (after := self._live.aftermaths()):
            self._outbox.aftermaths(after)

    def _tell_figures(self) -> None:
        self._outbox.figures(Figures(self._live.counters(), self._live.interfaces(), self._outbox.lost))

    def _compile_beside(self, rules: Rules) -> None:
        ruleset, loaded = self._compile(rules)
        if ruleset is not None:
            self._live.set(rules.settings)
            self._live.reload(ruleset)  # taken up by the next poll
        self._outbox.tell(loaded)
        if ruleset is not None:
            self._keep_patterns(rules.version, ruleset)

    def _compile(self, rules: Rules) -> tuple[Any, Loaded]:
        """The rule set, or None where no rule of it can be used; and what to tell of it."""
        begin = time.monotonic()
        try:
            files = [*rules.files, SELFTEST_RULES]
            ruleset = self._engine.compile_rules(files, settings=rules.settings, cache=rules.patterns)
            report = _theirs(msgspec.json.decode(ruleset.report(), type=_Report))
        except (ValueError, OSError, RuntimeError, MemoryError) as error:
            return None, Loaded(rules.version, error=f"{type(error).__name__}: {error}"[:1000])
        said = Loaded(rules.version, report.loaded, report.refused, time.monotonic() - begin)
        if report.loaded == 0:
            first = next((each.message for each in report.diagnostics if each.fatal), "there is no rule in it")
            return None, msgspec.structs.replace(said, error=f"no rule can be used: {first}"[:1000])
        return ruleset, said

    def _keep_patterns(self, version: str, ruleset: Any) -> None:
        ruleset.warm()
        made = ruleset.cache()
        if made is not None and len(made) <= _LARGEST_CACHE:
            self._outbox.tell(Patterns(version, made))


class _Fault(msgspec.Struct, frozen=True):
    message: str = ""
    fatal: bool = False


class _Report(msgspec.Struct, frozen=True):
    loaded: int = 0
    refused: int = 0
    diagnostics: list[_Fault] = []


def _theirs(report: _Report) -> _Report:
    """Without the rule of our own, which every set has."""
    return msgspec.structs.replace(report, loaded=max(report.loaded - SELFTEST_COUNT, 0))


def inspect(descriptor: int) -> int:
    """The whole life of the process; `descriptor`: its end of the socket pair. Answers its exit code."""
    connection = socket.socket(fileno=descriptor)
    line, outbox = Line(connection), Outbox(connection)
    start = line.next()
    if not isinstance(start, Start):
        return 1
    try:
        live = _engine.Live(
            _engine.compile_rules([]),
            [],
            ring_mib=start.ring_mib,
            around=start.around,
            workers=start.workers,
            memory_mib=start.memory_mib,
        )
        _make_ready()
        measures = _engine.confine(INSPECTOR, INSPECTOR)
        connection.sendall(frame(Compiling()))  # by itself, before anything foreign is read: no death by rules comes before it
    except OSError as error:
        outbox.start()
        outbox.tell(Failed(str(error)[:1000]))
        outbox.close()
        return 1
    inspector = ConfinedInspector(line, outbox, live)
    outbox.start()
    began = inspector.begin(start, measures)
    if began:
        inspector.run()
    outbox.close()
    return 0 if began else 1


def _make_ready() -> None:
    """Whatever Python does at first use only, while files can still be opened."""
    sys.excepthook = lambda kind, error, _trace: complain(f"{kind.__name__}: {error}")
    threading.excepthook = _end_with_thread


def _end_with_thread(failure: threading.ExceptHookArgs) -> None:
    """A thread that dies leaves a process that looks alive and is not: end it, the watcher starts a successor."""
    complain(f"{failure.exc_type.__name__}: {failure.exc_value}")
    os._exit(1)


def complain(text: str) -> None:
    """To standard error without Python's traceback, which would open source files."""
    line = f"inspector: {text[:1000]}"
    if _JSON:
        said = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "level": "error", "event": line}
        os.write(2, msgspec.json.encode(said) + b"\n")
    else:
        os.write(2, f"{line}\n".encode(errors="replace"))
