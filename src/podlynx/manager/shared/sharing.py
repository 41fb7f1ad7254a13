"""Runs what is shared for as long as a manager runs. Over a store of its own there is nothing to do."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from podlynx.manager.access import Access, Principal
from podlynx.manager.live import Live
from podlynx.manager.rule_library import RuleLibrary
from podlynx.manager.sensors import Sensors
from podlynx.manager.shared.following import Follower
from podlynx.manager.shared.telling import Ended, Telling
from podlynx.models.sensor_report import SensorReport
from podlynx.store.errors import StoreError
from podlynx.store.protocol import EventStore
from podlynx.store.search.store import SearchStore

_LOG = structlog.get_logger("podlynx.manager")
LOOK_SECONDS: Final = 0.3
"""Between two looks for alerts of other managers."""
TELL_SECONDS: Final = 3.0
"""Between two rounds of heartbeats, rules and sessions that ended; a sensor counts as silent after a minute."""


class Sharing:
    """One for a manager."""

    def __init__(
        self, store: EventStore, live: Live, sensors: Sensors, rules: RuleLibrary | None, access: Access | None = None
    ) -> None:
        self._access = access
        self._store = store if isinstance(store, SearchStore) else None
        self._follower = Follower(self._store, live) if self._store else None
        self.telling = Telling(self._store.board, sensors, rules, time.time, self._end) if self._store else None
        self._tasks: list[asyncio.Task[None]] = []
        self.failed = 0
        """Rounds in which the store was not to be had."""

    def heard(self, report: SensorReport) -> None:
        """A heartbeat came to this manager."""
        if self.telling:
            self.telling.heard(report)

    def logged_out(self, principal: Principal) -> None:
        """A person ended a session here."""
        if self.telling and principal.session:
            self.telling.ended(Ended(principal.session, principal.ends))

    def _end(self, ended: Ended) -> None:
        if self._access is not None:
            self._access.close_session(Principal("session", session=ended.session, ends=ended.ends))

    async def uploaded(self, archive: bytes) -> None:
        """A person uploaded rules here, or forgot them (no bytes). Raises StoreError."""
        if self.telling:
            await self.telling.uploaded(archive)

    def start(self) -> None:
        """Begins the rounds, in the running event loop."""
        if self._follower and self.telling:
            rounds = ((self._follower.look, LOOK_SECONDS), (self.telling.exchange, TELL_SECONDS))
            self._tasks = [asyncio.create_task(self._rounds(*each)) for each in rounds]

    async def stop(self) -> None:
        """Ends them."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _rounds(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        well = True
        while True:
            try:
                await work()
                well = True
            except StoreError as error:
                self.failed += 1
                if well:
                    _LOG.warning("other managers cannot be heard; tried again", why=str(error))
                well = False
            await asyncio.sleep(seconds if well else 10 * seconds)
