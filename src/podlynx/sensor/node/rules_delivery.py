"""Brings rules to the inspector: the manager's when a heartbeat tells of another set, one's own when their files change."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from podlynx.rules.errors import RuleSourceError
from podlynx.sensor.confined.door import NodeInspector
from podlynx.sensor.node.rules import NodeRules
from podlynx.sensor.spool.shipping import ManagerUnavailable

RETRY_SECONDS: Final = 5.0
"""Before a set that could not be fetched is asked for again, and between two looks at one's own."""

log = structlog.get_logger(__name__)


class RulesDoor(Protocol):
    """The manager, as far as rules go."""

    async def rules(self, version: str) -> bytes:
        """The packed set of that version. Raises ManagerUnavailable."""


class RulesDelivery:
    """Follows while `run` runs. `changed` is called when there is something to tell of them."""

    def __init__(self, rules: NodeRules, door: RulesDoor, inspector: NodeInspector, changed: Callable[[], None]) -> None:
        self._rules, self._door, self._inspector, self._changed = rules, door, inspector, changed
        self._version = ""
        self._told = asyncio.Event()

    async def begin(self) -> None:
        """The rules of the first inspector."""
        rules = await asyncio.to_thread(self._rules.first)
        if rules is not None:
            self._inspector.begin_with(rules)

    def told(self, version: str) -> None:
        """The manager wants that version in use."""
        self._version = version
        if self._rules.wants(version):
            self._told.set()

    async def fetch(self) -> None:
        """Fetch what the manager wants in use, until cancelled."""
        while True:
            await self._told.wait()
            self._told.clear()
            version = self._version
            if self._rules.wants(version) and not await self._fetch(version):
                await asyncio.sleep(RETRY_SECONDS)

    async def follow_own(self) -> None:
        """Take up one's own rules when their files change, or can be read at last, and settings, until cancelled."""
        stamp = await asyncio.to_thread(self._rules.own_stamp)
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            now = await asyncio.to_thread(self._rules.own_stamp)
            if now != stamp:
                stamp = now
                await self._take_own()
            await self._take_settings()

    async def _fetch(self, version: str) -> bool:
        try:
            packed = await self._door.rules(version)
            self._inspector.use(await asyncio.to_thread(self._rules.fetched, packed, version))
        except (ManagerUnavailable, RuleSourceError) as error:
            log.warning("the manager's rules could not be fetched", version=version, error=str(error))
            self._rules.not_fetched(version, str(error))
            self._changed()
            return False
        return True

    async def _take_settings(self) -> None:
        before = self._rules.report
        rules = await asyncio.to_thread(self._rules.with_other_settings)
        if rules is not None:
            self._inspector.use(rules)
        elif self._rules.report != before:
            self._changed()

    async def _take_own(self) -> None:
        rules = await asyncio.to_thread(self._rules.own_again)
        if rules is None:
            self._changed()
        elif self._rules.report.loaded:
            self._inspector.use(rules)
        else:  # no inspector could begin yet
            self._inspector.begin_with(rules)
