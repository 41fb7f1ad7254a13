"""How long the oldest event of the spool has waited: from what was appended by when, so that nobody has to read the disk."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from podlynx.sensor.spool.spool import Spool

LOOK_SECONDS: Final = 1.0
LOOKS: Final = 1024
"""Looks that are remembered; where there are more, every other one is forgotten: after an hour a few seconds do not matter."""


class WaitingSince:
    """Looks while `run` runs. What an earlier process left waits, for all this one knows, since the start."""

    def __init__(self, spool: Spool, clock: Callable[[], float] = time.monotonic) -> None:
        self._spool, self._clock = spool, clock
        self._looks: deque[tuple[float, int]] = deque([(clock(), 0)])
        """When, and how many events had been appended by then; the first one covers all that wait."""

    def seconds(self) -> float:
        """Since the oldest event that waits was appended, to a second; 0 where none waits."""
        waiting = self._spool.waiting
        if not waiting:
            return 0.0
        gone = self._spool.counters.appended - waiting
        since = next((when for when, appended in reversed(self._looks) if appended <= gone), self._looks[0][0])
        return round(self._clock() - since, 1)

    def look(self) -> None:
        """Notes how many were appended by now, and forgets what is not needed any more."""
        appended, waiting = self._spool.counters.appended, self._spool.waiting
        if not waiting:
            self._looks.clear()
        self._looks.append((self._clock(), appended))
        while len(self._looks) > 1 and self._looks[1][1] <= appended - waiting:
            self._looks.popleft()
        if len(self._looks) > LOOKS:
            self._looks = deque(look for place, look in enumerate(self._looks) if place % 2 == 0)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)
