"""`podlynx run`: live traffic in, alerts out, and on the page where it is asked for."""

import asyncio
import signal
import socket
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.formats import AlertFormat, FormatName, alert_format
from podlynx.cli.logs import configure_logs
from podlynx.cli.manager import DatabaseOption, default_database
from podlynx.cli.options import WorkersOption, flag, value, values
from podlynx.cli.rulesets import RulesOption, load_rules
from podlynx.cli.serving import on_ending_signals, serving
from podlynx.cli.settings import ConfigOption, load_settings
from podlynx.cli.terminal import count, say
from podlynx.manager.server import Manager
from podlynx.models.engine_event import EngineEvent
from podlynx.rules.catalogue import Compiled
from podlynx.sensor.errors import CaptureDeniedError, SensorError
from podlynx.sensor.inspector import Followed
from podlynx.sensor.monitor import Monitor
from podlynx.sensor.privilege import require_capture
from podlynx.sensor.sensor import Sensor
from podlynx.settings.watched import SettingsFile

ORIGIN: Final = "dpi.local/run"


@dataclass(frozen=True)
class Page:
    """Whether and how the page is served beside the capture."""

    wanted: bool
    port: int | None
    database: Path


def run(
    *,
    interface: Annotated[tuple[str, ...], values("Interfaces to watch.", "--interface", "-i")],
    port: Annotated[tuple[int, ...], values("Only TCP and UDP with one of these ports at either end.")] = (),
    workers: WorkersOption = 0,
    rules: RulesOption = (),
    config: ConfigOption = None,
    output: Annotated[FormatName, Parameter(name="--format", help="How alerts are printed on standard output.")] = "alert-fast",
    utc: Annotated[bool, flag("Times in UTC instead of local time.")] = False,
    page: Annotated[bool, flag("Serve the Alerts page too, and keep events.")] = False,
    page_port: Annotated[int | None, value("The page's port. Default: 8843, or any free one.")] = None,
    database: DatabaseOption = None,
) -> int:
    """Inspect live traffic of this machine's interfaces.

    SIGUSR1 prints the figures; rules and settings that change on disk are taken up.
    """
    monitor = Monitor(", ".join(interface), interface, port, workers=workers, origin=ORIGIN)
    configure_logs()
    try:
        require_capture()
        monitor.check()
        compiled = load_rules(rules, live=True, settings=load_settings(config))
        beside = Page(page, page_port, database or default_database())
        asyncio.run(_watch(monitor, compiled, config, alert_format(output, utc=utc), beside))
    except CaptureDeniedError as error:
        raise CommandError(Exit.NO_PRIVILEGE, str(error), error.mend) from error
    except SensorError as error:
        raise CommandError(Exit.UNREADABLE, str(error), error.mend) from error
    return Exit.OK


async def _watch(monitor: Monitor, rules: Compiled, config: Path | None, output: AlertFormat, page: Page) -> None:
    async with AsyncExitStack() as stack:
        server: Manager | None = None
        if page.wanted:
            _, server = await stack.enter_async_context(serving(page.database, page.port))
        sensor = Sensor(monitor, rules, SettingsFile(config) if config else None)
        sensor.start()
        _announce(sensor, server)
        await _until_ended(sensor, server, output)


def _announce(sensor: Sensor, server: Manager | None) -> None:
    say(f"rules:   {count(sensor.rules.report.loaded, 'rule')}, {sensor.rules.source.label}")
    say(f"watch:   {', '.join(sensor.monitor.interfaces)}")
    if server is not None:
        server.status_source = sensor.status
        server.send_selftest = sensor.send_selftest
        say(f"page:    {server.login_link()}")
    say("Ctrl-C ends it.")


async def _until_ended(sensor: Sensor, server: Manager | None, output: AlertFormat) -> None:
    host, ended = socket.gethostname(), asyncio.Event()

    async def take(events: list[EngineEvent]) -> None:
        if server is not None:
            await server.ingest(events, host=host, origin=sensor.monitor.origin)
        try:
            _print(output, events)
        except BrokenPipeError:  # whoever read the alerts has gone, and so has the reason to go on
            ended.set()

    async def follow(followed: list[Followed]) -> None:
        if server is not None:
            await server.follow(followed, host=host, origin=sensor.monitor.origin)

    on_ending_signals(ended.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: say(_figures(sensor)))
    running = asyncio.create_task(sensor.run(take, follow))
    await ended.wait()
    await sensor.stop()
    await running
    sys.stdout.buffer.write(output.end())
    say(_figures(sensor))


def _print(output: AlertFormat, events: list[EngineEvent]) -> None:
    sys.stdout.buffer.write(b"".join([output.line(event, None) for event in events]))
    sys.stdout.buffer.flush()


def _figures(sensor: Sensor) -> str:
    seen = sensor.status().monitors[0]
    counters = sensor.inspector.counters
    shed = ", ".join(
        f"{amount.packets:,} shed ({reason})" for reason, amount in sorted(counters.account.shed.items()) if amount.packets
    )
    parts = [
        count(seen.packets, "packet"),
        count(seen.events, "alert"),
        f"{counters.inspected.packets:,} inspected",
        f"{counters.account.skipped.packets:,} skipped",
        shed,
        f"{seen.dropped:,} dropped",
    ]
    return ", ".join(filter(None, parts))
