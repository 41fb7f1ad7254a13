"""Opens the shop, watches it, attacks it, waits for the alert in the store, then stays until it is told to end."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from podlynx.demo import walkthrough
from podlynx.demo.shop import Shop
from podlynx.manager.server import Manager
from podlynx.models.alert import AlertRow
from podlynx.models.engine_event import EngineEvent
from podlynx.rules.catalogue import Compiled
from podlynx.sensor.inspector import Followed
from podlynx.sensor.monitor import Monitor
from podlynx.sensor.sensor import Sensor
from podlynx.store import EventStore

ALERT_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.02
ORIGIN: Final = "dpi.demo/shop"


class DemoError(Exception):
    """The demo did not show what it is there to show. `mend` says where to look."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


class Demo:
    """One demo on a running manager. `say` takes lines for the person who watches; setting `stop` ends it."""

    def __init__(self, rules: Compiled, store: EventStore, manager: Manager, say: Callable[[str], None]) -> None:
        self.rules = rules
        self.store = store
        self.manager = manager
        self.say = say
        self.stop = asyncio.Event()

    async def run(self, listening: socket.socket, *, once: bool) -> None:
        """Keep shop on `listening`: until the alert is stored (`once`), else until `stop` is set.

        Raises DemoError, SensorError.
        """
        shop = Shop(listening)
        async with shop, self._sensor(shop.port) as sensor:
            alert = await self._show(shop.port, sensor)
            if alert is not None and not once:
                self.say(self._invitation(shop.port))
                await self.stop.wait()

    async def _show(self, port: int, sensor: Sensor) -> AlertRow | None:
        before, start = await self.store.cursor(), time.monotonic()
        self.say(f"attack:  {walkthrough.command_line(port)}")
        attack = asyncio.create_task(walkthrough.attack(port))
        alert = await self._wait_for_alert(before, port, attack)
        if alert is not None:
            took = 1000 * (time.monotonic() - start)
            self.say(f"alert:   {alert.rule.gid}:{alert.rule.sid}:{alert.rule.rev} {alert.rule.msg}")
            self.say(f"         stored {took:.0f} ms after the attack began; {await attack}")
        elif not self.stop.is_set():
            raise _no_alert(sensor)
        return alert

    async def _wait_for_alert(self, before: int, port: int, attack: asyncio.Task[str]) -> AlertRow | None:
        end = time.monotonic() + ALERT_SECONDS
        while time.monotonic() < end and not self.stop.is_set():
            if attack.done() and (error := attack.exception()) is not None:
                raise DemoError(f"the attack could not be sent: {error}", "check that loopback works: ip link show lo")
            for change in (await self.store.changes_since(before, 100)).changes:
                if change.row.destination.port == port:
                    return change.row
            await asyncio.sleep(LOOK_SECONDS)
        return None

    def _invitation(self, port: int) -> str:
        return (
            f"\npage:    {self.manager.login_link()}\n"
            f"shop:    http://127.0.0.1:{port}/\n"
            f"again:   {walkthrough.command_line(port)}\n"
            "Ctrl-C ends it all."
        )

    @asynccontextmanager
    async def _sensor(self, port: int) -> AsyncIterator[Sensor]:
        sensor = Sensor(Monitor("demo shop", ("lo",), (port,), origin=ORIGIN), self.rules)
        host = socket.gethostname()

        async def ingest(events: list[EngineEvent]) -> None:
            await self.manager.ingest(events, host=host, origin=ORIGIN)

        async def follow(followed: list[Followed]) -> None:
            await self.manager.follow(followed, host=host, origin=ORIGIN)

        sensor.start()
        self.manager.status_source = sensor.status
        self.manager.send_selftest = sensor.send_selftest
        running = asyncio.create_task(sensor.run(ingest, follow))
        try:
            yield sensor
        finally:
            await sensor.stop()
            await running


def _no_alert(sensor: Sensor) -> DemoError:
    status = sensor.status()
    seen = status.monitors[0]
    return DemoError(
        f"no alert within {ALERT_SECONDS:.0f} s: the sensor saw {seen.packets} packets on lo, dropped {seen.dropped}, "
        f"raised {seen.events} events; {status.rules.loaded} rules of {status.rules.source}",
        "0 packets: is lo up (ip link show lo)? 0 events: do the rules hold sid 57461 or the starter set's back door?",
    )
