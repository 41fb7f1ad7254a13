"""Watches the counters of what this node lost before it reached the spool, and tells of each loss in an event."""

import time
from collections.abc import Callable
from typing import Final

from podlynx.models.loss import Loss, Why
from podlynx.sensor.node.downtime import Downtime

GAP_SECONDS: Final = 10.0
"""A time without a sensor that is told of; a restart is shorter."""
_WORST: Final = 100
"""Severity of what nobody had the time to look at."""


class LossWatch:
    """`counts`: how many were lost by each reason so far. `tell` keeps the event of a loss."""

    def __init__(
        self,
        counts: Callable[[], dict[Why, int]],
        downtime: Downtime,
        tell: Callable[[Loss], None],
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._counts, self._downtime, self._tell, self._clock = counts, downtime, tell, clock
        self._told: dict[Why, int] = {}
        self._looked = clock()
        self._gap_told = False

    def look(self) -> None:
        """Tells what was lost since the last look."""
        now = self._clock()
        for why, count in self._counts().items():
            if more := count - self._told.get(why, 0):
                self._told[why] = count
                self._tell(Loss(why=why, count=more, severity=_WORST, first_time=self._looked, last_time=now, number=count))
        self._looked = now
        gap = self._downtime.gap_ms
        if gap >= GAP_SECONDS * 1000 and not self._gap_told:
            self._gap_told = True
            self._tell(Loss(why="no_capture", count=0, severity=_WORST, first_time=now - gap * 1_000_000, last_time=now))
