"""`podlynx demo`: what `make run` shows."""

import asyncio
import logging
import socket
from pathlib import Path
from typing import Annotated, Final

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.logs import configure_logs
from podlynx.cli.options import flag, value
from podlynx.cli.ports import listen
from podlynx.cli.rulesets import RulesOption, load_rules
from podlynx.cli.serving import on_ending_signals, serving
from podlynx.cli.terminal import count, say
from podlynx.demo.database import NoDatabaseError, demo_database
from podlynx.demo.demo import Demo, DemoError
from podlynx.rules.catalogue import Compiled
from podlynx.rules.directories import data_directory
from podlynx.sensor.errors import CaptureDeniedError, SensorError
from podlynx.sensor.privilege import require_capture

SHOP_PORT: Final = 8080
"""Tried first where no port was asked for."""


def demo(
    *,
    once: Annotated[bool, flag("End when the alert is in the store.")] = False,
    port: Annotated[int | None, value("The shop's port. Default: 8080, or any free one.")] = None,
    page_port: Annotated[int | None, value("The page's port. Default: any free one.")] = None,
    rules: RulesOption = (),
) -> int:
    """See it work: a small shop, an attack on it, the alert on the page."""
    configure_logs(logging.WARNING)
    try:
        require_capture()
        listening = listen(port, SHOP_PORT)
        with demo_database(data_directory()) as database:
            compiled = load_rules(rules, live=True)
            say(f"rules:   {count(compiled.report.loaded, 'rule')}, {compiled.source.label}")
            asyncio.run(_show(compiled, database, listening, page_port, once=once))
    except CaptureDeniedError as error:
        raise CommandError(Exit.NO_PRIVILEGE, str(error), error.mend) from error
    except DemoError as error:
        raise CommandError(Exit.PROBLEM, str(error), error.mend) from error
    except (SensorError, NoDatabaseError) as error:
        raise CommandError(Exit.UNREADABLE, str(error), error.mend) from error
    return Exit.OK


async def _show(rules: Compiled, database: Path, listening: socket.socket, page_port: int | None, *, once: bool) -> None:
    async with serving(database, page_port) as (store, manager):
        show = Demo(rules, store, manager, say)
        on_ending_signals(show.stop.set)
        await show.run(listening, once=once)
