"""Figures of a sensor: told by itself on its node's loopback, and by the manager for every node that reports.

None names a namespace, a pod or an address: whoever reads loopback of a node may not see those.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

from podlynx.models.sensor_figures import SensorFigures
from podlynx.models.sensor_report import CaptureReport, SensorReport
from podlynx.telemetry.metrics import Metric, Reading

Read = Callable[[SensorReport], float | Mapping[str, float] | None]
_TABLE: list[tuple[Metric, Read]] = []


def _declare(name: str, kind: Literal["gauge", "counter"], text: str, read: Read, *labels: str) -> None:
    _TABLE.append((Metric(f"podlynx_sensor_{name}", kind, text, ("node", *labels)), read))


def _of_capture(name: str, kind: Literal["gauge", "counter"], text: str, read: Callable[[CaptureReport], float]) -> None:
    _declare(name, kind, text, lambda report: read(report.capture))


def _of_figures(
    name: str,
    kind: Literal["gauge", "counter"],
    text: str,
    read: Callable[[SensorFigures], float | Mapping[str, float] | None],
    *labels: str,
) -> None:
    _declare(name, kind, text, lambda report: read(report.figures), *labels)


def _missed(report: SensorReport) -> int:
    return sum(not pod.monitored for pod in report.monitors)


_of_capture("capturing", "gauge", "1 while the node's inspector captures.", lambda capture: capture.alive)
_of_capture("packets_total", "counter", "Packets inspected.", lambda capture: capture.packets)
_of_capture("bytes_total", "counter", "Bytes inspected.", lambda capture: capture.bytes)
_of_capture("restarts_total", "counter", "Inspectors started again.", lambda capture: capture.restarts)
_of_figures("inspector_gap_seconds_total", "counter", "Time without an inspector.", lambda figures: figures.inspector_gap_seconds)
_of_figures("dropped_total", "counter", "Packets lost before inspection.", lambda figures: figures.dropped, "reason")
_of_figures("inspected_packets_total", "counter", "Packets that rules have looked at.", lambda figures: figures.inspected_packets)
_of_figures("inspected_bytes_total", "counter", "Bytes that rules have looked at.", lambda figures: figures.inspected_bytes)
_of_figures("skipped_packets_total", "counter", "Packets with nothing for rules, or seen elsewhere.", lambda f: f.skipped_packets)
_of_figures("skipped_bytes_total", "counter", "Bytes with nothing for rules, or seen elsewhere.", lambda f: f.skipped_bytes)
_of_figures("shed_packets_total", "counter", "Packets for which there was no time.", lambda f: f.shed_packets, "reason")
_of_figures("shed_bytes_total", "counter", "Bytes for which there was no time.", lambda f: f.shed_bytes, "reason")
_of_figures(
    "pressure",
    "gauge",
    "What is being shed now: 0 nothing, 1 bulk, 2 long flows too, 3 new flows too.",
    lambda figures: figures.pressure,
)
_of_figures("ring_bytes", "gauge", "Memory of the kernel's rings.", lambda figures: figures.ring_bytes)
_of_figures("memory_limit_bytes", "gauge", "Memory limit of the container.", lambda figures: figures.memory_limit_bytes or None)
_of_figures("cpu_limit", "gauge", "CPU limit of the container, in CPUs.", lambda figures: figures.cpu_limit or None)
_of_figures("throttled_total", "counter", "Times that the CPU limit stopped the container.", lambda figures: figures.throttled)
_of_figures(
    "not_inspected_total",
    "counter",
    "Packets that gave rules nothing to look at.",
    lambda figures: figures.not_inspected,
    "reason",
)
_of_figures("cap_hits_total", "counter", "Times that a limit of the engine was hit.", lambda figures: figures.caps, "cap")
_of_figures("faults_total", "counter", "Packets whose inspection ended in a fault of the engine.", lambda figures: figures.faults)
_of_figures("flows_total", "counter", "Flows that began.", lambda figures: figures.flows)
_of_figures("open_flows", "gauge", "Flows that are followed now.", lambda figures: figures.open_flows)
_of_figures("flow_memory_bytes", "gauge", "Memory of flows and of what waits to be reassembled.", lambda f: f.flow_memory_bytes)
_of_figures("events_total", "counter", "Events of the engine: rules that fired.", lambda figures: figures.events)
_of_figures("events_lost_total", "counter", "Events that went no further.", lambda figures: figures.events_lost, "reason")
_of_figures("events_shipped_total", "counter", "Events that the manager has.", lambda figures: figures.events_shipped)
_declare("spooled_events", "gauge", "Events that wait for the manager.", lambda report: report.spooled)
_of_figures("spool_bytes", "gauge", "Bytes of the spool on disk.", lambda figures: figures.spool_bytes)
_of_figures("spool_limit_bytes", "gauge", "Bytes that the spool may take.", lambda f: f.spool_limit_bytes)
_of_figures("spool_oldest_seconds", "gauge", "How long the oldest event has waited.", lambda f: f.spool_oldest_seconds)
_of_figures("spool_errors_total", "counter", "Failures of the spool's disk.", lambda figures: figures.spool_errors)
_of_figures("deliveries_failed_total", "counter", "Deliveries that the manager did not take.", lambda f: f.deliveries_failed)
_of_figures("heartbeats_failed_total", "counter", "Heartbeats that the manager did not hear.", lambda f: f.heartbeats_failed)
_of_figures(
    "watches_interrupted_total", "counter", "Times that a watch of the API server was lost.", lambda f: f.watches_interrupted
)
_declare("rules_loaded", "gauge", "Rules in use on the node.", lambda report: report.rules.loaded)
_declare("rules_refused", "gauge", "Rules of that set that could not be used.", lambda report: report.rules.refused)
_declare("rules_failing", "gauge", "1 while other rules cannot be used, or had.", lambda report: bool(report.rules.error))
_of_figures(
    "rules_taken_up_timestamp_seconds",
    "gauge",
    "When the rules in use were taken up (Unix time).",
    lambda figures: figures.rules_loaded_at or None,
)
_declare("pods", "gauge", "Pods monitored on the node.", lambda report: sum(pod.monitored for pod in report.monitors))
_declare("pods_missed", "gauge", "Pods that should be monitored and are not.", _missed)

OF_SENSORS: Final = tuple(metric for metric, _ in _TABLE)


def readings(reports: Iterable[SensorReport]) -> list[tuple[Metric, Reading]]:
    """What these sensors said last, by node."""
    known = list(reports)
    return [(metric, _by_node(known, read)) for metric, read in _TABLE]


def _by_node(reports: list[SensorReport], read: Read) -> dict[tuple[str, ...], float]:
    samples: dict[tuple[str, ...], float] = {}
    for report in reports:
        reading = read(report)
        if isinstance(reading, Mapping):
            samples |= {(report.node, label): number for label, number in reading.items()}
        elif reading is not None:
            samples[(report.node,)] = float(reading)
    return samples
