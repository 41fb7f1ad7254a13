"""Which sensors came back after a time in which nobody inspected their node. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from podlynx.models.sensor_report import SensorReport

_COUNTER: Final = "gap_ms"
"""What a sensor counts from its predecessor's end to its own begin of capture."""


@dataclass(frozen=True)
class _Start:
    boot: str
    told: bool


class Gaps:
    """Each gap once: that of a start which was seen to follow another one. Holds no more than there are nodes and reports."""

    def __init__(self) -> None:
        self._starts: dict[str, _Start] = {}

    def news(self, reports: Iterable[SensorReport], nodes: Iterable[str]) -> list[tuple[str, int]]:
        """(node, milliseconds) of the gaps that were not told yet. A start whose predecessor nobody saw tells none.

        `nodes`: those with a monitor's pod; one that a manager which was just replaced has not heard of yet is not forgotten.
        """
        found: list[tuple[str, int]] = []
        starts = {node: self._starts[node] for node in nodes if node in self._starts}
        for report in reports:
            before = self._starts.get(report.node) or _Start(report.boot, told=True)
            told = before.told and before.boot == report.boot
            gap = report.capture.counters.get(_COUNTER, 0)  # zero until capture has begun
            if not told and gap > 0:
                found.append((report.node, gap))
            starts[report.node] = _Start(report.boot, told=told or gap > 0)
        self._starts = starts
        return found
