"""Figures that more than one process tells, each of itself."""

import asyncio
import time
from typing import Final

from podlynx import __version__
from podlynx.telemetry.metrics import OF_PROCESS, TRUNCATED, Metric, Reading

BUILD: Final = Metric("podlynx_build_info", "gauge", "1, with the version of each process.", ("process", "node", "version"))
LOOP_LAG: Final = Metric(
    "podlynx_event_loop_lag_seconds", "gauge", "The longest that the process was late for its own work in the last minute."
)
WATCH_INTERRUPTIONS: Final = Metric(
    "podlynx_watch_interruptions_total", "counter", "Times that a watch of the API server was lost, by resource.", ("resource",)
)
CERTIFICATE_EXPIRY: Final = Metric(
    "podlynx_certificate_expiry_timestamp_seconds", "gauge", "Until when a certificate is valid (Unix time).", ("certificate",)
)
OF_ALL: Final = (BUILD, LOOP_LAG, WATCH_INTERRUPTIONS, CERTIFICATE_EXPIRY, *OF_PROCESS, TRUNCATED)
LOOK_SECONDS: Final = 1.0
_SLOTS: Final = 60


class LoopLag:
    """How late the event loop is for what it was to do, over the last minute, while `run` runs."""

    def __init__(self) -> None:
        self._seen: list[float] = []

    @property
    def seconds(self) -> float:
        """The worst of the last minute."""
        return max(self._seen, default=0.0)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            due = time.monotonic() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self._seen = [*self._seen[-_SLOTS + 1 :], max(time.monotonic() - due, 0.0)]


def build(process: str, node: str = "", version: str = __version__) -> tuple[Metric, Reading]:
    """What tells the version of this process."""
    return BUILD, {(process, node, version): 1}
