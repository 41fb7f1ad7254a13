"""Figures of a process for Prometheus: each is declared once (`Metric`), and read at the moment it is asked for.

docs/metrics.md is generated from the declarations (`setup/write_metrics.py`); a figure that is not declared cannot be told.
Written by the Prometheus project's own client: https://prometheus.github.io/client_python/.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = "text/plain; version=0.0.4"
MAX_SAMPLES: Final = 50_000
"""Lines of one answer; what is beyond is left out, and `podlynx_metrics_truncated` is 1."""
OTHER: Final = "other"
"""Label of everything that a cap left without a label of its own."""
_MAX_VALUE: Final = 128
"""Characters of one label's value."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second line for each counter that nobody reads

Labels = tuple[str, ...]
Reading = float | Mapping[Labels, float] | None
"""One number, or one for each set of labels; None: there is none now."""


class Metric(msgspec.Struct, frozen=True):
    """What a figure is: name (Prometheus' rules: base units, counters end in `_total`), kind, meaning, labels."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    text: str
    labels: Labels = ()
    buckets: tuple[float, ...] = ()
    """Of a histogram: upper bounds."""


TRUNCATED: Final = Metric("podlynx_metrics_truncated", "gauge", "1 where figures were left out of this answer, for their number.")
OF_PROCESS: Final = (
    Metric("process_cpu_seconds_total", "counter", "Processor time that the process used."),
    Metric("process_resident_memory_bytes", "gauge", "Memory that the process has in use."),
    Metric("process_virtual_memory_bytes", "gauge", "Address space of the process."),
    Metric("process_start_time_seconds", "gauge", "When the process started (Unix time)."),
    Metric("process_open_fds", "gauge", "Files and connections that the process has open."),
    Metric("process_max_fds", "gauge", "The most that it may have open."),
)
"""Told of every process by the client library."""


class LabelCounts:
    """Counts by labels. The first `cap` sets of labels get a line each; what comes later counts under `other`."""

    def __init__(self, width: int, cap: int) -> None:
        """`width`: labels of a set."""
        self._other: Labels = (OTHER,) * width
        self._cap = cap
        self._counts: dict[Labels, float] = {}
        self.overflow = 0
        """How often something was counted under `other` for the cap's sake."""

    def add(self, *labels: str, by: float = 1) -> None:
        """Counts once more, or `by`."""
        if labels not in self._counts and len(self._counts) >= self._cap:
            self.overflow += 1
            labels = self._other
        self._counts[labels] = self._counts.get(labels, 0) + by

    def reading(self) -> Mapping[Labels, float]:
        """All of them."""
        return dict(self._counts)


class Instruments:
    """The histograms of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)

    def histogram(self, metric: Metric) -> Histogram:
        """A new one; `observe` counts a value."""
        return Histogram(metric.name, metric.text, metric.labels, buckets=metric.buckets, registry=self.registry)


class Figures(Collector):
    """Metrics and where each is read; told in the order in which they were added."""

    def __init__(self, readings: Iterable[tuple[Metric, Reading | Callable[[], Reading]]] = ()) -> None:
        self._readings = list(readings)

    def collect(self) -> Iterator[Family]:
        """As the client library asks for it."""
        room = MAX_SAMPLES
        truncated = False
        for metric, read in self._readings:
            reading = read() if callable(read) else read
            if reading is None:
                continue
            samples = list(reading.items() if isinstance(reading, Mapping) else [((), reading)])
            truncated = truncated or len(samples) > room
            yield _family(metric, samples[: max(room, 0)])
            room -= len(samples)
        yield _family(TRUNCATED, [((), int(truncated))])


def exposition(figures: Figures, instruments: Instruments | None = None) -> bytes:
    """The text of an answer (exposition format 0.0.4)."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(figures)
    return (generate_latest(instruments.registry) if instruments else b"") + generate_latest(registry)


def by_label(counts: Mapping[str, float]) -> Mapping[Labels, float]:
    """Samples of a metric with one label."""
    return {(label,): number for label, number in counts.items()}


def _family(metric: Metric, samples: Sequence[tuple[Labels, float]]) -> Family:
    made = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    family = made(metric.name, metric.text, labels=metric.labels)
    for labels, number in samples:
        family.add_metric([value[:_MAX_VALUE] for value in labels], float(number))
    return family
