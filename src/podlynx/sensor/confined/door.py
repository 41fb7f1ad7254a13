"""The small door between the watcher and its inspector: whatever inspects behind it, a process or a simulation."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from podlynx.sensor.confined.messages import Figures, Loaded, Patterns, Refused, Rules


class InspectorListener(Protocol):
    """Who is told of what the inspector says. Calls come from the event loop and must not block."""

    def capturing(self, *, alive: bool, reason: str = "") -> None:
        """The inspector captures from now on, or no longer, and why."""

    def watching(self, ifindexes: Sequence[int]) -> None:
        """The inspector captures from these interfaces of the node by now."""

    def events(self, lines: bytes) -> None:
        """Engine events, JSON lines; not looked at yet."""

    def aftermaths(self, lines: bytes) -> None:
        """Packets after events that were told of before, JSON lines; not looked at yet."""

    def figures(self, figures: Figures) -> None:
        """Counters; they begin at nothing with each inspector."""

    def loaded(self, loaded: Loaded) -> None:
        """A rule set is in use, or why not."""

    def patterns(self, patterns: Patterns) -> None:
        """Databases worth keeping for the next start."""

    def adopted(self, ifindex: int) -> None:
        """The inspector captures from the socket that was handed over under that number."""

    def refused(self, refused: Refused) -> None:
        """An interface or socket cannot be captured."""


class NodeInspector(Protocol):
    """What the watcher needs of an inspector; a simulation has one that captures nothing."""

    restarts: int

    async def run(self, listener: InspectorListener) -> None:
        """Keep an inspector running until `stop`."""

    def begin_with(self, rules: Rules) -> None:
        """The rules of the next start."""

    def use(self, rules: Rules) -> None:
        """Compile these beside those in use, and change over; `InspectorListener.loaded` tells what became of it."""

    def watch(self, ifindexes: Sequence[int]) -> None:
        """Capture from these interfaces of the node, and no others."""

    def lodge(self, addresses: Mapping[int, Sequence[str]]) -> None:
        """Addresses of the pods behind interfaces and adopted sockets, by number: between them packets are inspected once."""

    def adopt(self, ifindex: int, descriptor: int) -> None:
        """Capture from this packet socket of another namespace under that number; the descriptor is closed here."""

    def release(self, ifindex: int) -> None:
        """No longer."""

    async def stop(self) -> None:
        """Let it hand out what it has, and end it."""
