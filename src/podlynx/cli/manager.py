"""`podlynx manager`: the page, the API and the door for sensors' events."""

import asyncio
from pathlib import Path
from typing import Annotated

from podlynx.cli.exits import Exit
from podlynx.cli.logs import configure_logs
from podlynx.cli.options import value
from podlynx.cli.serving import on_ending_signals, serving
from podlynx.cli.terminal import say
from podlynx.rules.directories import data_directory

DatabaseOption = Annotated[Path | None, value("Where events are kept. Default: manager/events.db of the data folder.")]


def manager(
    *,
    port: Annotated[int | None, value("The port on loopback. Default: 8843, or any free one.")] = None,
    database: DatabaseOption = None,
) -> int:
    """Serve the Alerts page and take in events of sensors. Tokens: PODLYNX_TOKEN, PODLYNX_INGEST_TOKEN, else new ones."""
    configure_logs()
    asyncio.run(_serve(database or default_database(), port))
    return Exit.OK


def default_database() -> Path:
    """The database of `podlynx manager` and `podlynx run --page`."""
    return data_directory() / "manager" / "events.db"


async def _serve(database: Path, port: int | None) -> None:
    ended = asyncio.Event()
    on_ending_signals(ended.set)
    async with serving(database, port) as (_, server):
        say(f"page:    {server.login_link()}")
        say(f"events:  {database}")
        say(f"token:   {server.token}")
        say(f"sensors: {server.ingest_token}")
        say("Ctrl-C ends it.")
        await ended.wait()
