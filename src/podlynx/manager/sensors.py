"""The sensors of the cluster by their heartbeats: in memory, bounded, by a clock that does not go back."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec

from podlynx.manager.errors import ApiError, ErrorDetail
from podlynx.models.sensor_report import SensorReport, SensorState

MAX_NODES: Final = 2_000
GONE_SECONDS: Final = 3_600.0
"""A node that was not heard of for so long is forgotten when another needs its place."""


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
        self._nodes: dict[str, _Known] = {}
        self._addresses: Counter[str] = Counter()
        self._pods: Counter[str] = Counter()
        self.refused_full = 0

    def heard(self, report: SensorReport) -> None:
        """Takes a heartbeat; it replaces the node's last. Raises ApiError 503 where there are too many nodes."""
        if report.node not in self._nodes:
            self._make_room()
        addresses = frozenset(address for pod in report.monitors if pod.monitored for address in pod.addresses)
        pods = frozenset(pod.uid for pod in report.monitors if pod.monitored and pod.uid)
        before = self._nodes.get(report.node)
        self._nodes[report.node] = _Known(report, self._clock(), addresses, pods)
        if before is None or (before.addresses, before.pods) != (addresses, pods):
            self._forget(before)
            self._addresses.update(addresses)
            self._pods.update(pods)

    def states(self, *, monitors: bool = True) -> list[SensorState]:
        """Every node's last report and its age, by name; without the single pods where not `monitors`."""
        now = self._clock()
        known = sorted(self._nodes.items())
        return [SensorState(report=_slim(each.report, monitors), age_seconds=round(now - each.heard, 3)) for _, each in known]

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

    def _forget(self, known: _Known | None) -> None:
        if known is None:
            return
        for counter, gone in ((self._addresses, known.addresses), (self._pods, known.pods)):
            counter.subtract(gone)
            for each in gone:
                if counter[each] <= 0:
                    del counter[each]

    def _make_room(self) -> None:
        if len(self._nodes) < MAX_NODES:
            return
        name, oldest = min(self._nodes.items(), key=lambda item: item[1].heard)
        if self._clock() - oldest.heard < GONE_SECONDS:
            self.refused_full += 1
            detail = ErrorDetail("too_many_sensors", f"{MAX_NODES} nodes report already.", "One manager serves no more.")
            raise ApiError(503, detail, {"Retry-After": "60"})
        self._forget(self._nodes.pop(name))


def _slim(report: SensorReport, monitors: bool) -> SensorReport:  # noqa: FBT001
    return report if monitors else msgspec.structs.replace(report, monitors=[])
