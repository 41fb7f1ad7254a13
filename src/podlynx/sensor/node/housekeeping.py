"""What a sensor does every few seconds so that nothing grows: it forgets what is too old to matter."""

import asyncio
import time
from collections import Counter
from typing import Final

from podlynx.sensor.interfaces.processes import PodProcesses
from podlynx.sensor.node.downtime import Downtime
from podlynx.sensor.node.identity import Identity
from podlynx.sensor.node.losses import LossWatch
from podlynx.sensor.node.roster import Roster

ALIVE_SECONDS: Final = 2.0
FORGET_SECONDS: Final = 10.0


class Housekeeping:
    """Runs beside everything else. `events`: counts by UID of the pod, for as long as the roster remembers it."""

    def __init__(
        self,
        downtime: Downtime,
        processes: PodProcesses,
        identity: Identity,
        roster: Roster,
        events: Counter[str],
        *,
        losses: LossWatch,
    ) -> None:
        self._downtime, self._processes = downtime, processes
        self._identity, self._roster, self._events, self._losses = identity, roster, events, losses

    async def run(self) -> None:
        """Until cancelled."""
        forget_at = 0.0
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            await asyncio.to_thread(self._downtime.alive)
            if time.monotonic() >= forget_at:
                forget_at = time.monotonic() + FORGET_SECONDS
                await asyncio.to_thread(self._processes.refresh)
                await asyncio.to_thread(self._losses.look)
                self._forget()

    def _forget(self) -> None:
        self._identity.forget(time.time_ns())
        for uid in self._roster.forget(time.time_ns()):
            del self._events[uid]
