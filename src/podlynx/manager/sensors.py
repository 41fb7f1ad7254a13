"""The sensors of the cluster by their heartbeats: in memory, bounded, by a clock that does not go back."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from podlynx.manager.errors import ApiError, ErrorDetail
from podlynx.models.sensor_report import SensorReport, SensorState

MAX_NODES: Final = 2_000
SILENT_SECONDS: Final = 60.0
"""A node that was not heard of for so long, some thirty heartbeats, is gone, and what it said last with it."""
MISSED_SECONDS: Final = 3_600.0
"""How long the figures still tell the age of a node that is gone, so that somebody is told: it may not be meant to be."""


class _Known(msgspec.Struct):
    report: SensorReport
    heard: float
    addresses: frozenset[str]
    pods: frozenset[str]


class Sensors:
    """What every node said last, and which pods are monitored now."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self._nodes: OrderedDict[str, _Known] = OrderedDict()  # the one heard of longest ago first, as in `_missed`
        self._missed: OrderedDict[str, float] = OrderedDict()
        self._addresses: Counter[str] = Counter()
        self._pods: Counter[str] = Counter()
        self.refused_full = 0

    def heard(self, report: SensorReport) -> None:
        """Takes a heartbeat; it replaces the node's last. Raises ApiError 503 where there are too many nodes."""
        self._forget_silent()
        if report.node not in self._nodes and len(self._nodes) >= MAX_NODES:
            self.refused_full += 1
            detail = ErrorDetail("too_many_sensors", f"{MAX_NODES} nodes report already.", "One manager serves no more.")
            raise ApiError(503, detail, {"Retry-After": "60"})
        self._missed.pop(report.node, None)
        addresses = frozenset(address for pod in report.monitors if pod.monitored for address in pod.addresses)
        pods = frozenset(pod.uid for pod in report.monitors if pod.monitored and pod.uid)
        before = self._nodes.get(report.node)
        self._nodes[report.node] = _Known(report, self._clock(), addresses, pods)
        self._nodes.move_to_end(report.node)
        if before is None or (before.addresses, before.pods) != (addresses, pods):
            self._forget(before)
            self._addresses.update(addresses)
            self._pods.update(pods)

    def states(self, *, monitors: bool = True) -> list[SensorState]:
        """Every node's last report and its age, by name; without the single pods where not `monitors`."""
        self._forget_silent()
        now = self._clock()
        known = sorted(self._nodes.items())
        return [SensorState(report=_slim(each.report, monitors), age_seconds=round(now - each.heard, 3)) for _, each in known]

    def missed(self) -> dict[str, float]:
        """Nodes that fell silent within the last hour, and for how many seconds they have been."""
        self._forget_silent()
        now = self._clock()
        return {node: round(now - heard, 3) for node, heard in sorted(self._missed.items())}

    def uptime(self) -> float:
        """Seconds since the start: a young manager has not heard of everybody yet."""
        return round(self._clock() - self._start, 3)

    def watches_address(self, address: str) -> bool:
        """Whether a pod of that address is monitored now."""
        return self._addresses[address] > 0

    def watches_pod(self, uid: str) -> bool:
        """Whether the pod is monitored now."""
        return self._pods[uid] > 0

    def watched_pods(self) -> frozenset[str]:
        """Uids of all monitored pods."""
        return frozenset(self._pods)

    def watched_namespaces(self) -> list[str]:
        """Namespaces of all monitored pods, in order: what an alert can be of."""
        return sorted({pod.namespace for each in self._nodes.values() for pod in each.report.monitors if pod.monitored})

    def _forget(self, known: _Known | None) -> None:
        if known is None:
            return
        for counter, gone in ((self._addresses, known.addresses), (self._pods, known.pods)):
            counter.subtract(gone)
            for each in gone:
                if counter[each] <= 0:
                    del counter[each]

    def _forget_silent(self) -> None:
        now = self._clock()
        while self._nodes and now - next(iter(self._nodes.values())).heard > SILENT_SECONDS:
            node, known = self._nodes.popitem(last=False)
            self._forget(known)
            self._missed[node] = known.heard
        while self._missed and (len(self._missed) > MAX_NODES or now - next(iter(self._missed.values())) > MISSED_SECONDS):
            self._missed.popitem(last=False)


def _slim(report: SensorReport, monitors: bool) -> SensorReport:  # noqa: FBT001
    return report if monitors else msgspec.structs.replace(report, monitors=[])
