"""Figures for Prometheus (text exposition format 0.0.4): what the sensors reported last, and what the manager holds.

Labels are node, and namespace and name of a resource: bounded by `sensors.MAX_NODES` and what people wrote, never by the traffic.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal

import msgspec

from podlynx import __version__
from podlynx.models.sensor_report import SensorReport, SensorState
from podlynx.models.status import LiveStatistics, StoreStatistics

MAX_SAMPLES: Final = 50_000
"""Lines of one answer; what is beyond is left out, and `podlynx_metrics_truncated` is 1."""
Labels = tuple[tuple[str, str], ...]
Sample = tuple[Labels, float]


class Family(msgspec.Struct, frozen=True):
    """One metric: its name, what it tells, and its samples."""

    name: str
    kind: Literal["gauge", "counter"]
    text: str
    samples: list[Sample]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is told. `rules_age` is in seconds, None for rules that were not fetched."""

    uptime: float
    sensors: list[SensorState] = []
    missed: dict[str, float] = {}
    """Seconds since nodes were heard of that are silent for so long that their reports are forgotten."""
    store: StoreStatistics = StoreStatistics()
    live: LiveStatistics = LiveStatistics()
    rules_loaded: int = 0
    rules_refused: int = 0
    rules_age: float | None = None
    rules_failing: bool = False


def exposition(figures: Figures) -> str:
    """The text of an answer."""
    lines: list[str] = []
    truncated = False
    for family in (*_of_manager(figures), *_of_sensors(figures), *_of_resources(figures.sensors)):
        room = MAX_SAMPLES - len(lines)
        truncated = truncated or len(family.samples) > room
        lines += (f"# HELP {family.name} {family.text}", f"# TYPE {family.name} {family.kind}")
        lines += (_line(family.name, labels, number) for labels, number in family.samples[: max(room, 0)])
    lines.append(f"podlynx_metrics_truncated {int(truncated)}")
    return "\n".join(lines) + "\n"


def _of_manager(figures: Figures) -> Iterator[Family]:
    yield _gauge("podlynx_build_info", "1, with the version of the manager.", [((("version", __version__),), 1)])
    yield _gauge("podlynx_manager_uptime_seconds", "Since the manager started.", [((), figures.uptime)])
    yield _gauge("podlynx_rules_loaded", "Rules that the manager serves to the nodes.", [((), figures.rules_loaded)])
    yield _gauge("podlynx_rules_refused", "Rules of that set that could not be used.", [((), figures.rules_refused)])
    yield _gauge("podlynx_rules_failing", "1 while rules cannot be fetched or used.", [((), int(figures.rules_failing))])
    if figures.rules_age is not None:
        yield _gauge("podlynx_rules_age_seconds", "Since the rules were fetched.", [((), figures.rules_age)])
    for name, number in msgspec.structs.asdict(figures.store).items():
        if name in ("events", "bytes"):
            yield _gauge(f"podlynx_store_{name}", f"Stored {name}.", [((), number)])
        else:
            yield _counter(f"podlynx_store_{name}_total", f"Events of the store: {name.replace('_', ' ')}.", [((), number)])
    yield _gauge("podlynx_live_subscribers", "Open live streams.", [((), figures.live.subscribers)])
    yield _counter("podlynx_live_published_total", "Alerts sent to live streams.", [((), figures.live.published)])


def _of_sensors(figures: Figures) -> Iterator[Family]:
    states = figures.sensors
    missed: list[Sample] = [((("node", node),), age) for node, age in figures.missed.items()]

    def each(number: Callable[[SensorState], float]) -> list[Sample]:
        return [((("node", state.report.node),), number(state)) for state in states]

    ages = [*each(lambda state: state.age_seconds), *missed]
    yield _gauge("podlynx_sensor_age_seconds", "Since the node's sensor was heard of; told for an hour.", ages)
    yield _gauge("podlynx_sensor_capturing", "1 while the node's inspector captures.", each(lambda s: s.report.capture.alive))
    yield _counter("podlynx_sensor_packets_total", "Packets inspected.", each(lambda s: s.report.capture.packets))
    yield _counter("podlynx_sensor_bytes_total", "Bytes inspected.", each(lambda s: s.report.capture.bytes))
    yield _counter("podlynx_sensor_dropped_total", "Packets lost before inspection.", each(lambda s: s.report.capture.dropped))
    yield _counter("podlynx_sensor_restarts_total", "Inspectors started again.", each(lambda s: s.report.capture.restarts))
    yield _gauge("podlynx_sensor_spooled_events", "Events that wait for the manager.", each(lambda s: s.report.spooled))
    yield _gauge("podlynx_sensor_rules_loaded", "Rules in use on the node.", each(lambda s: s.report.rules.loaded))
    yield _gauge("podlynx_sensor_pods", "Pods monitored on the node.", each(lambda s: _monitored(s.report)))


def _of_resources(states: list[SensorState]) -> Iterator[Family]:
    labelled: list[Sample] = [
        ((("namespace", resource.namespace), ("name", resource.name), ("node", state.report.node)), int(resource.success))
        for state in states
        for resource in state.report.resources
    ]
    yield _gauge("podlynx_resource_monitored", "1 while every pod that the resource selects on the node is monitored.", labelled)


def _monitored(report: SensorReport) -> int:
    return sum(pod.monitored for pod in report.monitors)


def _gauge(name: str, text: str, samples: list[Sample]) -> Family:
    return Family(name, "gauge", text, samples)


def _counter(name: str, text: str, samples: list[Sample]) -> Family:
    return Family(name, "counter", text, samples)


def _line(name: str, labels: Labels, number: float) -> str:
    shown = ",".join(f'{key}="{_escaped(value)}"' for key, value in labels)
    return f"{name}{{{shown}}} {float(number):.15g}" if shown else f"{name} {float(number):.15g}"


def _escaped(value: str) -> str:
    """A label's value comes from a sensor's report, in the end from a person."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
