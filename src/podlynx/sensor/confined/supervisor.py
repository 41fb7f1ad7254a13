"""The watcher's end of the inspector: starts it, talks to it, and starts its successor when it ends."""

import asyncio
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import msgspec
import structlog

from podlynx.sensor.confined.door import InspectorListener
from podlynx.sensor.confined.framing import FrameError, Frames, frame
from podlynx.sensor.confined.messages import (
    MAX_INTERFACES,
    Adopt,
    Capturing,
    Events,
    Failed,
    Figures,
    FromInspector,
    Loaded,
    Patterns,
    Refused,
    Release,
    Rules,
    Start,
    Stop,
    Watch,
    Watching,
    decode_from_inspector,
)

COMMAND: Final = (sys.executable, "-P", "-m", "podlynx", "inspector")
"""Never from the working directory, whoever's that is."""
READ_BYTES: Final = 1 << 18
SILENCE_SECONDS: Final = 5.0
"""An inspector that has not said a word for so long (it sends figures each half second) hangs, and is ended."""
START_SECONDS: Final = 120.0
"""For opening, compiling without kept pattern databases on a busy node, and the first word."""
STOP_SECONDS: Final = 5.0
END_SECONDS: Final = 1.0
"""For the process to end once its line is closed, and once more when it was killed."""
BACKOFF: Final = (0.1, 5.0)
"""Seconds before a successor is started: first, most. A life of `STEADY_SECONDS` begins anew."""
STEADY_SECONDS: Final = 30.0
BAD_STARTS: Final = 3
"""So many inspectors in a row that end before they capture: the rules are blamed."""

log = structlog.get_logger(__name__)


class InspectorProcess:
    """One inspector process at a time (`podlynx.sensor.confined.child`)."""

    def __init__(self, command: Sequence[str] = COMMAND, ring_mib: int = 32) -> None:
        self.restarts = 0
        self._command = tuple(command)
        self._ring_mib = ring_mib
        self._rules: Rules | None = None
        self._candidate: Rules | None = None
        self._candidate_sent = False
        self._ifindexes: tuple[int, ...] = ()
        self._watch_number = 0
        self._wishes: dict[int, tuple[int, ...]] = {}
        """Interfaces of each `Watch` that was not answered yet."""
        self._outgoing: asyncio.Queue[tuple[msgspec.Struct, int | None]] | None = None
        self._alive = False
        self._bad_starts = 0
        self._stopping = asyncio.Event()

    def begin_with(self, rules: Rules) -> None:
        """The rules of the next start."""
        self._rules = rules
        self._bad_starts = 0

    def use(self, rules: Rules) -> None:
        """Hand these to the inspector, or to the next one where there is none now."""
        self._candidate = rules
        self._candidate_sent = self._alive
        if self._alive:
            self._tell(rules)

    def watch(self, ifindexes: Sequence[int]) -> None:
        """These interfaces; those above the cap (`MAX_INTERFACES`) are the caller's to leave out."""
        self._ifindexes = tuple(ifindexes[:MAX_INTERFACES])
        self._watch_number += 1
        self._wishes[self._watch_number] = self._ifindexes
        self._tell(Watch(list(self._ifindexes), self._watch_number))

    def adopt(self, ifindex: int, descriptor: int) -> None:
        """Pass the descriptor on and close it; without an inspector it is only closed: adopt again when one captures."""
        if self._outgoing is None or not self._alive:
            os.close(descriptor)
        else:
            self._outgoing.put_nowait((Adopt(ifindex), descriptor))

    def release(self, ifindex: int) -> None:
        """Close the adopted socket."""
        self._tell(Release(ifindex))

    async def stop(self) -> None:
        """Ask it to end; `run` returns when it has."""
        self._stopping.set()
        self._tell(Stop())

    async def run(self, listener: InspectorListener) -> None:
        """Start inspectors, one after another, until `stop`."""
        wait = BACKOFF[0]
        while not self._stopping.is_set():
            began = time.monotonic()
            reason = await self._live(listener)
            self._alive = False
            if self._stopping.is_set():
                break
            self._blame(listener, reason)
            listener.capturing(alive=False, reason=reason)
            log.warning("the inspector ended, starting another", reason=reason, restarts=self.restarts)
            wait = BACKOFF[0] if time.monotonic() - began > STEADY_SECONDS else min(wait * 2, BACKOFF[1])
            await self._pause(wait * random.uniform(0.5, 1.0))  # noqa: S311 many nodes, one cause
            self.restarts += 1
        listener.capturing(alive=False, reason="the sensor is stopping")

    def _blame(self, listener: InspectorListener, reason: str) -> None:
        """Rules that an inspector died of are not given to its successor."""
        if self._candidate is not None and self._candidate_sent:
            candidate, self._candidate = self._candidate, None
            listener.loaded(Loaded(candidate.version, error=f"the inspector ended while it took them up: {reason}"))
        elif self._bad_starts >= BAD_STARTS and self._rules is not None:
            self._bad_starts = 0
            listener.loaded(Loaded(self._rules.version, error=f"{BAD_STARTS} inspectors ended before they captured: {reason}"))

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _live(self, listener: InspectorListener) -> str:
        """One inspector from start to end; answers why it ended."""
        if self._rules is None:
            await self._pause(0.1)
            return "there are no rules yet"
        ours, theirs = socket.socketpair()
        ours.settimeout(0.0)
        self._outgoing = asyncio.Queue()
        self._candidate_sent = False
        self._bad_starts += 1
        try:
            process = await self._spawn(theirs)
        except OSError as error:
            ours.close()
            return f"it cannot be started: {error}"
        finally:
            theirs.close()
        self._wishes = {0: self._ifindexes}
        self._outgoing.put_nowait((Start(self._rules, list(self._ifindexes), self._ring_mib), None))
        sender = asyncio.create_task(self._send(ours, self._outgoing))
        try:
            reason = await self._hear(ours, listener)
        finally:
            sender.cancel()
            self._drop_outgoing()
            ours.close()
            code = await _end(process)
        return reason or _how_it_ended(code)

    async def _spawn(self, theirs: socket.socket) -> asyncio.subprocess.Process:
        # Nothing of our environment is the inspector's business: tokens and addresses may stand in it.
        kept = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "LC_ALL", "TZ", "PODLYNX_DEBUG")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        return await asyncio.create_subprocess_exec(
            *self._command, str(theirs.fileno()), pass_fds=[theirs.fileno()], env=environment, stdin=asyncio.subprocess.DEVNULL
        )

    def _tell(self, message: msgspec.Struct) -> None:
        if self._outgoing is not None:
            self._outgoing.put_nowait((message, None))

    def _drop_outgoing(self) -> None:
        queue, self._outgoing = self._outgoing, None
        while queue is not None and not queue.empty():
            _, descriptor = queue.get_nowait()
            if descriptor is not None:
                os.close(descriptor)

    async def _send(self, ours: socket.socket, queue: asyncio.Queue[tuple[msgspec.Struct, int | None]]) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                message, descriptor = await queue.get()
                try:
                    data = frame(message)
                    if descriptor is not None:  # it travels with the first byte of its message
                        data = data[await _send_descriptor(ours, data, descriptor) :]
                    await loop.sock_sendall(ours, data)
                finally:
                    if descriptor is not None:
                        os.close(descriptor)
        except FrameError as error:
            log.error("a message to the inspector is not sent", error=str(error))
        except OSError:  # it ended; whoever reads is told
            return

    async def _hear(self, ours: socket.socket, listener: InspectorListener) -> str:
        """Take in what it says; answers why that ended, empty where it simply closed its end."""
        loop, frames = asyncio.get_running_loop(), Frames()
        try:
            while True:
                patience = STOP_SECONDS if self._stopping.is_set() else SILENCE_SECONDS if self._alive else START_SECONDS
                async with asyncio.timeout(patience):
                    piece = await loop.sock_recv(ours, READ_BYTES)
                if not piece:
                    return ""
                for payload in frames.feed(piece):
                    if reason := self._take(decode_from_inspector(payload), listener):
                        return reason
        except TimeoutError:
            return "it hung, and was ended"
        except (FrameError, msgspec.DecodeError) as error:
            return f"it said what makes no sense, and was ended: {error}"[:300]
        except OSError:  # it ended with something of ours unread
            return ""

    def _take(self, message: FromInspector, listener: InspectorListener) -> str:
        """Pass one message on; answers why the inspector is at its end, if it is."""
        match message:
            case Events():
                listener.events(message.lines)
            case Figures():
                listener.figures(message)
            case Loaded():
                self._settle(message)
                listener.loaded(message)
            case Patterns():
                listener.patterns(message)
            case Refused():
                listener.refused(message)
            case Capturing():
                self._begin(message, listener)
            case Watching():
                self._watching(message.number, listener)
            case Failed():
                return message.reason
        return ""

    def _begin(self, said: Capturing, listener: InspectorListener) -> None:
        log.info("the inspector captures", measures=said.measures, restarts=self.restarts)
        self._alive = True
        self._bad_starts = 0
        self._rules = _slim(self._rules) if self._rules is not None else None
        listener.capturing(alive=True)
        if self._candidate is not None:
            self._candidate_sent = True
            self._tell(self._candidate)

    def _watching(self, number: int, listener: InspectorListener) -> None:
        ifindexes = self._wishes.get(number)
        self._wishes = {later: wish for later, wish in self._wishes.items() if later > number}
        if ifindexes is not None:
            listener.watching(ifindexes)

    def _settle(self, loaded: Loaded) -> None:
        if self._candidate is not None and loaded.version == self._candidate.version:
            if not loaded.error:
                self._rules = _slim(self._candidate)
            self._candidate = None


def _slim(rules: Rules) -> Rules:
    """Without the pattern databases: tens of megabytes that save a successor a third of a second are not held for it."""
    return msgspec.structs.replace(rules, patterns=None)


async def _send_descriptor(ours: socket.socket, data: bytes, descriptor: int) -> int:
    """Send the beginning of `data` with the descriptor; answers how much of it went."""
    while True:
        try:
            return socket.send_fds(ours, [data], [descriptor])
        except BlockingIOError:
            await asyncio.sleep(0.005)


async def _end(process: asyncio.subprocess.Process) -> int | None:
    """Its line is closed, upon which it ends by itself; else it is ended. Answers its exit code, None: it lives on, confined."""
    try:
        async with asyncio.timeout(END_SECONDS):
            return await process.wait()
    except TimeoutError:
        # It runs as another user, and we may have no CAP_KILL: then one in an attacker's hands cannot be ended from here.
        with suppress(PermissionError, ProcessLookupError):
            process.kill()
    try:
        async with asyncio.timeout(END_SECONDS):
            return await process.wait()
    except TimeoutError:
        log.error("an inspector does not end and cannot be ended", pid=process.pid)
        return None


def _how_it_ended(code: int | None) -> str:
    if code is None:
        return "it does not end; it is left alone"
    if code < 0:
        try:
            return f"it was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"it was ended by signal {-code}"
    return f"it ended with exit code {code}"
