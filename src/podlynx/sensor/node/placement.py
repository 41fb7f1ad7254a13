"""Where a pod's packets show, and the two ways to find out: on the node's ends of its interfaces, or inside its namespace."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Protocol

import msgspec
import structlog

from podlynx.sensor.interfaces.finder import Finder, Found, NotFound
from podlynx.sensor.interfaces.links import LinkTable
from podlynx.sensor.interfaces.processes import PodProcesses
from podlynx.sensor.node.objects import Pod

BREATH: int = 20
"""Pods that are looked up in a row before others of the event loop have their turn."""

log = structlog.get_logger(__name__)


class Placement(msgspec.Struct, frozen=True):
    """Interfaces by number and name. `since`: when the first was seen (nanoseconds since the epoch; 0: always there)."""

    indexes: tuple[int, ...]
    names: tuple[str, ...]
    since: int = 0
    inside: bool = False
    """Whether it is a socket inside the pod, not an interface of the node."""
    fault: str = ""
    """Why not all of the pod's traffic shows there, as the end of a sentence that begins with the pod."""


class NoPlacement(msgspec.Struct, frozen=True):
    """Why there is none, as a sentence about the pod."""

    reason: str


class Sought(msgspec.Struct, frozen=True):
    """A pod that is looked for.

    `by_address`: those of its addresses that may lead to it; others that it is said to have may be another pod's by now.
    """

    pod: Pod
    by_address: tuple[str, ...] = ()


class Places(Protocol):
    """Finds where pods show."""

    needs_selection: bool
    """Whether only pods that some resource selects are looked for."""

    async def find(self, sought: Sequence[Sought]) -> Mapping[str, Placement | NoPlacement]:
        """By UID."""

    def captures(self, placement: Placement, /) -> bool:
        """Whether packets of a place inside a pod are captured by now."""

    def left(self, uid: str) -> None:
        """The pod's place is of no use any more."""


class NodeEnds:
    """The node's ends of veth pairs (`captureMode: host`)."""

    needs_selection = False

    def __init__(self, links: LinkTable, processes: PodProcesses) -> None:
        self._links, self._processes = links, processes
        self._finder = Finder(links)

    async def find(self, sought: Sequence[Sought]) -> Mapping[str, Placement | NoPlacement]:
        """One look at all processes of the node serves all of these pods."""
        processes = await asyncio.to_thread(self._processes.scan)
        self._links.refresh()
        places: dict[str, Placement | NoPlacement] = {}
        for number, each in enumerate(sought, 1):
            pids = processes.get(each.pod.process_uid, ())
            places[each.pod.uid] = _placement(self._finder.find(each.pod.addresses, pids, each.by_address))
            if number % BREATH == 0:
                await asyncio.sleep(0)
        return places

    def captures(self, _placement: Placement, /) -> bool:
        """No place of these is inside a pod."""
        return False

    def left(self, uid: str) -> None:
        """Nothing is held of a pod."""

    def close(self) -> None:
        """No more looks."""
        self._finder.close()


class SimulatedPlaces:
    """Gives every selected pod a place that shows nothing: for a simulation that follows a cluster of nodes that do not exist."""

    needs_selection = True

    def __init__(self) -> None:
        self._numbers = count(1 << 24)

    async def find(self, sought: Sequence[Sought]) -> Mapping[str, Placement | NoPlacement]:
        """A place of its own for each."""
        return {each.pod.uid: Placement((next(self._numbers),), ("simulated",), inside=True) for each in sought}

    def captures(self, _placement: Placement, /) -> bool:
        """As far as anybody can tell."""
        return True

    def left(self, uid: str) -> None:
        """Nothing is held of a pod."""


def _placement(found: Found | NotFound) -> Placement | NoPlacement:
    if isinstance(found, NotFound):
        return NoPlacement(found.reason)
    names = tuple(link.name for link in found.links)
    since = min(link.seen for link in found.links)
    return Placement(tuple(link.index for link in found.links), names, since, fault=_several(found, names))


def _several(found: Found, names: tuple[str, ...]) -> str:
    if len(found.inside) <= 1 and len(names) == 1:
        return ""
    inside = f" ({', '.join(found.inside)})" if found.inside else ""
    return f"has several interfaces{inside}, of which the node shows {', '.join(names)}; captureMode: pod captures all of them"
