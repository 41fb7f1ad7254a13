"""The interfaces that the kernel's filter lets through: what is wanted, and what the inspector said of it."""

import time
from collections.abc import Iterable, Sequence
from typing import Final

from podlynx.sensor.confined.door import NodeInspector
from podlynx.sensor.confined.messages import MAX_INTERFACES

AGAIN_SECONDS: Final = 5.0
"""Before a list that the kernel did not take is sent again."""


class WatchList:
    """One list for the whole node."""

    def __init__(self, inspector: NodeInspector) -> None:
        self.fault = ""
        """Why the kernel's filter of interfaces could not be set; empty: it was."""
        self.over_cap = 0
        """Interfaces that found no room in it, as of now."""
        self.due: float | None = None
        """When the list is sent again (monotonic seconds); None: it was taken."""
        self._inspector = inspector
        self._wanted: tuple[int, ...] = ()
        self._captured: frozenset[int] = frozenset()

    def want(self, ifindexes: Sequence[int]) -> bool:
        """These from now on; answers whether that is another list."""
        self.over_cap = max(len(ifindexes) - MAX_INTERFACES, 0)
        wanted = tuple(ifindexes[:MAX_INTERFACES])
        if wanted == self._wanted:
            return False
        self._wanted = wanted
        self._inspector.watch(wanted)
        return True

    def again(self) -> None:
        """Send a list that was refused once more, where that is due."""
        if self.due is not None and self.due <= time.monotonic():
            self.due = None
            self._inspector.watch(self._wanted)

    def watching(self, ifindexes: Iterable[int]) -> None:
        """The inspector captures from these now."""
        self._captured = frozenset(ifindexes)
        self.fault, self.due = "", None

    def refused(self, reason: str) -> None:
        """The kernel did not take the list."""
        self.fault, self.due = reason, time.monotonic() + AGAIN_SECONDS

    def captures(self, ifindexes: Iterable[int]) -> bool:
        """Whether the inspector said that it captures from all of these."""
        return self._captured.issuperset(ifindexes)

    def has_room(self, ifindexes: Iterable[int]) -> bool:
        """Whether all of these are on the list."""
        return set(ifindexes) <= set(self._wanted)
