"""The operator's own figures, served beside its health. Numbers only: whoever reaches the port may not see any names."""

import time
from collections.abc import Awaitable, Callable
from typing import Final

from podlynx.kubernetes.watch import INTERRUPTIONS
from podlynx.telemetry.metrics import Figures, Instruments, LabelCounts, Metric, Reading, exposition
from podlynx.telemetry.shared import BUILD, OF_ALL, WATCH_INTERRUPTIONS, build

LEADING: Final = Metric("podlynx_operator_leading", "gauge", "1 on the replica that leads, 0 on one that stands by.")
READY: Final = Metric("podlynx_operator_ready", "gauge", "1 while the operator can do its work.")
FAULTS: Final = Metric("podlynx_operator_faults", "gauge", "What the last pass could not make as it should be.")
RESOURCES: Final = Metric("podlynx_operator_resources", "gauge", "Resources that are followed, by kind.", ("kind",))
SILENT: Final = Metric("podlynx_operator_manager_silent_seconds", "gauge", "Since the manager answered the operator.")
PASS: Final = Metric(
    "podlynx_operator_pass_seconds",
    "histogram",
    "How long a pass took: reconcile, status, copies.",
    ("pass",),
    (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
ERRORS: Final = Metric("podlynx_operator_pass_errors_total", "counter", "Passes that failed and were tried again.", ("pass",))
METRICS: Final = (
    LEADING,
    READY,
    FAULTS,
    RESOURCES,
    SILENT,
    PASS,
    ERRORS,
    *OF_ALL,
)
_PASSES: Final = ("reconcile", "status", "copies")


class OperatorMetrics:
    """What one operator tells. `add` says where a figure is read."""

    def __init__(self) -> None:
        self._instruments = Instruments()
        self._seconds = self._instruments.histogram(PASS)
        for each in _PASSES:  # from the start, so that the first failure is an increase
            self._seconds.labels(each)
        self._errors = LabelCounts(1, len(_PASSES))
        for each in _PASSES:
            self._errors.add(each, by=0)
        self._readings: dict[Metric, Reading | Callable[[], Reading]] = {
            BUILD: build("operator")[1],
            ERRORS: self._errors.reading,
            WATCH_INTERRUPTIONS: INTERRUPTIONS.reading,
        }

    def add(self, metric: Metric, read: Callable[[], Reading]) -> None:
        """Says where a figure is read from now on."""
        self._readings[metric] = read

    async def timed(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """One pass, counted. Raises what the pass raises."""
        begun = time.monotonic()
        try:
            await work()
        except Exception:
            self._errors.add(name)
            raise
        finally:
            self._seconds.labels(name).observe(time.monotonic() - begun)

    def text(self) -> bytes:
        """The answer of `/metrics`."""
        return exposition(Figures(self._readings.items()), self._instruments)
