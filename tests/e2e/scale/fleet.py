"""Hundreds of sensors in one process: the sensor's own watch and heartbeat, with nothing to capture."""

import asyncio
import itertools
import tempfile
from pathlib import Path

from tests.sensor.null_inspector import NullInspector

from podlynx.kubernetes.client import Client
from podlynx.models.sensor_report import RulesReport
from podlynx.sensor.node.settings import SensorSettings
from podlynx.sensor.node.watcher import Watcher

GROUPS = ("projectcalico.org/v3", "crd.projectcalico.org/v1")
TROUBLE_SECONDS = 2.0
AT_ONCE = 10
"""Sensors that start together, as a rolling DaemonSet's do."""


class Fleet:
    """Simulated sensors, one a node. `tokens`: node to the ServiceAccount token of its own sensor's pod."""

    def __init__(self, manager: str, authority: Path, tokens: dict[str, str]) -> None:
        self._manager, self._authority, self._tokens = manager, authority, tokens
        self._folder = tempfile.TemporaryDirectory(prefix="podlynx-scale-")
        self._tasks: list[asyncio.Task[None]] = []
        self._clients: list[Client] = []
        self.watchers: list[Watcher] = []

    async def start(self) -> None:
        """All of them, some at a time; done when each has read its lists and was heard by the manager."""
        nodes = sorted(self._tokens)
        for first in range(0, len(nodes), AT_ONCE):
            for node in nodes[first : first + AT_ONCE]:
                self._begin(node)
            await self._settled()

    async def stop(self) -> None:
        """Ends them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(client.close() for client in self._clients), return_exceptions=True)
        self._folder.cleanup()

    def pods(self) -> int:
        """Pods that they know of, together."""
        return sum(len(list(watcher.roster.pods())) for watcher in self.watchers)

    async def trouble(self, count: int) -> None:
        """The capture of so many fails and mends, in turns, until cancelled; then it is well again."""
        chosen = self.watchers[:count]
        try:
            for alive in itertools.cycle((False, True)):
                for watcher in chosen:
                    watcher.state.capturing(alive=alive, reason="" if alive else "trouble of the simulation")
                    watcher.heartbeat.changed()
                await asyncio.sleep(TROUBLE_SECONDS)
        finally:
            for watcher in chosen:
                watcher.state.capturing(alive=True)

    def _begin(self, node: str) -> None:
        folder = Path(self._folder.name, node)
        folder.mkdir()
        (folder / "token").write_text(self._tokens[node])
        settings = SensorSettings(
            node=node,
            manager=self._manager,
            manager_authority=self._authority,
            manager_token=folder / "token",
            groups=GROUPS,
            spool=folder / "spool",
            alerts=folder / "alerts",
        )
        client = Client.connect()
        watcher = Watcher(settings, client, NullInspector(), capture=False)
        watcher.state.capturing(alive=True)
        watcher.rules.report = RulesReport(loaded=1)
        work = [watcher.watches.pods(), *(watcher.watches.inspections(group) for group in GROUPS), watcher.heartbeat.run()]
        self._tasks += [asyncio.create_task(each) for each in work]
        self._clients.append(client)
        self.watchers.append(watcher)

    async def _settled(self) -> None:
        for _ in range(600):
            if all(not watcher.watches.missing and watcher.heartbeat.failures == 0 for watcher in self.watchers):
                return
            if failed := [task for task in self._tasks if task.done()]:
                failed[0].result()
            await asyncio.sleep(0.1)
        waiting = [watcher.settings.node for watcher in self.watchers if watcher.watches.missing or watcher.heartbeat.failures]
        raise AssertionError(f"{len(waiting)} sensors are not settled after a minute: {waiting[:5]}")
