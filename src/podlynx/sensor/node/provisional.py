"""Interfaces that are captured although nobody knows yet whose they are, and their events, held until somebody does.

A runtime makes the interface before the pod's first process lives, and long before the API server tells its address: without
this a pod's first packets would go uninspected.
"""

import time
from collections import deque
from typing import Final

import msgspec

from podlynx.models.engine_event import EngineEvent

PROVISIONAL_CAP: Final = 64
"""Interfaces at once; what comes on top is captured only when its pod is known."""
PROVISIONAL_SECONDS: Final = 30.0
HELD_EVENTS: Final = 1000
"""Events of all of them together."""


class ProvisionalCounters(msgspec.Struct):
    """Since the start."""

    interfaces: int = 0
    refused: int = 0
    """Interfaces beyond the cap."""
    expired: int = 0
    """Interfaces whose pod did not become known in time."""
    held: int = 0
    dropped: int = 0
    """Events dropped: no room, or their pod did not become known."""


class Provisional:
    """At most `PROVISIONAL_CAP` interfaces, each for `PROVISIONAL_SECONDS`."""

    def __init__(self) -> None:
        self.counters = ProvisionalCounters()
        self._until: dict[int, float] = {}
        self._held: dict[int, deque[EngineEvent]] = {}
        self._count = 0

    def __contains__(self, ifindex: int) -> bool:
        return ifindex in self._until

    def __len__(self) -> int:
        return len(self._until)

    def interfaces(self) -> list[int]:
        """Those that are captured now."""
        return list(self._until)

    def add(self, ifindex: int) -> bool:
        """Capture it; False where there is no room."""
        if len(self._until) >= PROVISIONAL_CAP:
            self.counters.refused += 1
            return False
        self._until[ifindex] = time.monotonic() + PROVISIONAL_SECONDS
        self.counters.interfaces += 1
        return True

    def hold(self, ifindex: int, event: EngineEvent) -> None:
        """Keep an event until it is known whose it is."""
        if self._count >= HELD_EVENTS:
            self.counters.dropped += 1
            return
        self._held.setdefault(ifindex, deque()).append(event)
        self._count += 1
        self.counters.held += 1

    def settle(self, ifindex: int) -> list[EngineEvent]:
        """It is known now: no longer provisional; answers what was held of it."""
        self._until.pop(ifindex, None)
        held = list(self._held.pop(ifindex, ()))
        self._count -= len(held)
        return held

    def drop(self, ifindex: int) -> None:
        """It went, or will never be known: what was held of it is dropped."""
        self.counters.dropped += len(self.settle(ifindex))

    def expire(self) -> list[int]:
        """Drop those whose time is over; answers which."""
        now = time.monotonic()
        over = [ifindex for ifindex, until in self._until.items() if until <= now]
        for ifindex in over:
            self.drop(ifindex)
        self.counters.expired += len(over)
        return over

    def next_expiry(self) -> float | None:
        """Monotonic time of the next one."""
        return min(self._until.values(), default=None)
