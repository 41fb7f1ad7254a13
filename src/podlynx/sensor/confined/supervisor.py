"""The watcher's end of the inspector: starts it, talks to it, and starts its successor when it ends."""

import asyncio
import os
import random
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

import msgspec
import structlog

from podlynx.sensor.confined import process
from podlynx.sensor.confined.door import InspectorListener
from podlynx.sensor.confined.framing import FrameError, Frames
from podlynx.sensor.confined.messages import (
    MAX_INTERFACES,
    MAX_LODGED,
    Adopt,
    Adopted,
    Aftermaths,
    Capturing,
    Compiling,
    Events,
    Failed,
    Figures,
    FromInspector,
    Loaded,
    Lodge,
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
from podlynx.sensor.confined.sending import Sending, slim
from podlynx.sensor.limits import UNLIMITED, Plan

READ_BYTES: Final = 1 << 18
SILENCE_SECONDS: Final = 2.5
"""An inspector that has not said a word for so long (it sends figures each half second) hangs: that is told, and it is ended."""
START_SECONDS: Final = 120.0
"""For opening, compiling without kept pattern databases on a busy node, and the first word."""
STOP_SECONDS: Final = 5.0
BACKOFF: Final = (0.1, 5.0)
"""Seconds before a successor is started: first, most. A life of `STEADY_SECONDS` begins anew."""
STEADY_SECONDS: Final = 30.0
BAD_STARTS: Final = 3
"""So many inspectors in a row that end while they compile their first rules: the rules are blamed."""
CANDIDATE_TRIES: Final = 2
"""So many inspectors that end while they take up other rules: those are blamed."""

log = structlog.get_logger(__name__)


class InspectorProcess:
    """One inspector process at a time (`podlynx.sensor.confined.child`)."""

    def __init__(self, command: Sequence[str] = process.COMMAND, plan: Plan = UNLIMITED, *, around: bool = True) -> None:
        self.restarts = 0
        self._command = tuple(command)
        self._plan, self._around = plan, around
        self._rules: Rules | None = None
        self._candidate: Rules | None = None
        self._candidate_sent = False
        self._candidate_deaths = 0
        self._ifindexes: tuple[int, ...] = ()
        self._lodged: dict[int, list[str]] = {}
        self._watch_number = 0
        self._wishes: dict[int, tuple[int, ...]] = {}
        """Interfaces of each `Watch` that was not answered yet."""
        self._sending: Sending | None = None
        self._alive = False
        self._compiling = False
        """It was confined with its ring open, and does not capture yet."""
        self._bad_starts = 0
        self._stopping, self._begun = asyncio.Event(), asyncio.Event()

    def begin_with(self, rules: Rules) -> None:
        """The rules of the next start."""
        self._rules = rules
        self._bad_starts = 0
        self._begun.set()

    def use(self, rules: Rules) -> None:
        """Hand these to the inspector, or to the next one where there is none now."""
        self._candidate, self._candidate_deaths = rules, 0
        self._candidate_sent = self._alive
        if self._alive:
            self._tell(rules)

    def watch(self, ifindexes: Sequence[int]) -> None:
        """These interfaces; those above the cap (`MAX_INTERFACES`) are the caller's to leave out."""
        self._ifindexes = tuple(ifindexes[:MAX_INTERFACES])
        self._watch_number += 1
        self._wishes[self._watch_number] = self._ifindexes
        self._tell(Watch(list(self._ifindexes), self._watch_number))

    def lodge(self, addresses: Mapping[int, Sequence[str]]) -> None:
        """Of those above the cap (`MAX_LODGED`) packets are inspected on both interfaces."""
        self._lodged = {ifindex: list(each) for ifindex, each in islice(addresses.items(), MAX_LODGED)}
        self._tell(Lodge(self._lodged))

    def adopt(self, ifindex: int, descriptor: int) -> None:
        """Pass the descriptor on and close it; without an inspector it is only closed: adopt again when one captures."""
        if self._sending is None or not self._alive:
            os.close(descriptor)
        else:
            self._sending.put(Adopt(ifindex), descriptor)

    def release(self, ifindex: int) -> None:
        """Close the adopted socket."""
        self._tell(Release(ifindex))

    async def stop(self) -> None:
        """Ask it to end; `run` returns when it has."""
        self._stopping.set()
        self._begun.set()
        self._tell(Stop())

    async def run(self, listener: InspectorListener) -> None:
        """Start inspectors, one after another, from when there are rules until `stop`."""
        await self._begun.wait()
        wait = BACKOFF[0]
        while not self._stopping.is_set():
            began = time.monotonic()
            reason = await self._live(listener)
            if self._stopping.is_set():
                break
            self._blame(listener, reason)
            log.warning("the inspector ended, starting another", reason=reason, restarts=self.restarts)
            wait = BACKOFF[0] if time.monotonic() - began > STEADY_SECONDS else min(wait * 2, BACKOFF[1])
            await self._pause(wait * random.uniform(0.5, 1.0))  # noqa: S311 many nodes, one cause
            self.restarts += 1
        listener.capturing(alive=False, reason="the sensor is stopping")

    def _blame(self, listener: InspectorListener, reason: str) -> None:
        """Rules that inspectors died of are not given to their successors for now."""
        if self._candidate is not None and self._candidate_sent:
            self._candidate_deaths += 1
            if self._candidate_deaths >= CANDIDATE_TRIES:
                candidate, self._candidate = self._candidate, None
                error = f"{CANDIDATE_TRIES} inspectors ended while they took them up: {reason}"
                listener.loaded(Loaded(candidate.version, error=error, died=True))
        elif self._compiling and self._rules is not None:
            self._bad_starts += 1
            if self._bad_starts >= BAD_STARTS:
                self._bad_starts = 0
                error = f"{BAD_STARTS} inspectors ended while they compiled them: {reason}"
                listener.loaded(Loaded(self._rules.version, error=error, died=True))

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _live(self, listener: InspectorListener) -> str:
        """One inspector from start to end; answers why it ended. The listener is told as soon as that is known."""
        ours, theirs = socket.socketpair()
        ours.settimeout(0.0)
        sending = self._sending = self._first_words()
        try:
            child = await process.begin(self._command, theirs)
        except OSError as error:
            self._sending = None
            ours.close()
            return self._over(listener, f"it cannot be started: {error}")
        finally:
            theirs.close()
        sender = asyncio.create_task(sending.run(ours, lambda message, error: self._unsent(message, error, ours, listener)))
        try:
            reason = await self._hear(ours, listener)
            if reason:
                self._over(listener, reason)
        finally:
            self._alive = False
            sender.cancel()
            self._sending = None
            sending.drop()
            ours.close()
            code = await process.end(child)
        return reason or self._over(listener, process.how_it_ended(code))

    def _over(self, listener: InspectorListener, reason: str) -> str:
        """It captures no more, whether or not its process has ended; answers the reason."""
        self._alive = False
        listener.capturing(alive=False, reason=reason)
        return reason

    def _first_words(self) -> Sending:
        """What a new inspector is told; the start comes before anything that is wished from now on."""
        sending, self._candidate_sent, self._compiling = Sending(), False, False
        self._wishes = {0: self._ifindexes}
        if self._rules is not None:  # always: `run` waits for them
            given = self._plan
            sending.put(
                Start(
                    self._rules,
                    list(self._ifindexes),
                    given.ring_mib,
                    self._around,
                    self._lodged,
                    given.workers,
                    given.memory_mib,
                )
            )
        return sending

    def _unsent(self, message: msgspec.Struct, error: FrameError, ours: socket.socket, listener: InspectorListener) -> None:
        """Rules that are too large for the line are as good as rules that cannot be compiled."""
        if isinstance(message, Start):
            ours.shutdown(socket.SHUT_WR)  # it waits for a start that does not come: upon this it ends
        rules = message.rules if isinstance(message, Start) else message
        if isinstance(rules, Rules):
            said = Loaded(rules.version, error=f"they are too large for the inspector: {error}")
            self._settle(said)
            listener.loaded(said)

    def _tell(self, message: msgspec.Struct) -> None:
        if self._sending is not None:
            self._sending.put(message)

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
        """Take one message in; answers why the inspector is at its end, if it is."""
        match message:
            case Compiling():
                self._compiling = True
            case Capturing():
                self._begin(message, listener)
            case Watching():
                self._watching(message.number, listener)
            case Loaded():
                self._settle(message)
                listener.loaded(message)
            case Failed():
                self._candidate_sent = self._compiling = False  # it says itself what it ends of: no rules
                return message.reason
            case _:
                _pass_on(message, listener)
        return ""

    def _begin(self, said: Capturing, listener: InspectorListener) -> None:
        log.info("the inspector captures", measures=said.measures, restarts=self.restarts)
        self._alive, self._compiling = True, False
        self._bad_starts = 0
        self._rules = slim(self._rules) if self._rules is not None else None  # not held for a successor
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
                self._rules = slim(self._candidate)
            self._candidate = None


def _pass_on(message: Events | Aftermaths | Figures | Patterns | Adopted | Refused, listener: InspectorListener) -> None:
    match message:
        case Events():
            listener.events(message.lines)
        case Aftermaths():
            listener.aftermaths(message.lines)
        case Figures():
            listener.figures(message)
        case Patterns():
            listener.patterns(message)
        case Adopted():
            listener.adopted(message.ifindex)
        case Refused():
            listener.refused(message)
