"""The store and the manager of a command: opened, served, closed again in order. And how a command that stays is told to end."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.ports import LOOPBACK, in_use, port_taken
from podlynx.manager.desk import desk_services
from podlynx.manager.environment import BadVariable
from podlynx.manager.server import Manager
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings, new_token
from podlynx.outputs.formats import OutputName
from podlynx.rules.directories import data_directory
from podlynx.store import EventStore, StoreError, is_search_engine, open_store, retention_of

PAGE_PORT: Final = 8843
"""Tried first where no port was asked for."""
ENDING_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def on_ending_signals(end: Callable[[], None]) -> None:
    """Call `end` on Ctrl-C, on a polite kill and when the terminal closes. Inside an event loop."""
    loop = asyncio.get_running_loop()
    for number in ENDING_SIGNALS:
        loop.add_signal_handler(number, end)


@asynccontextmanager
async def serving(
    database: Path | str, port: int | None, outputs: tuple[OutputName, ...] = (), output_folder: Path = Path("outputs")
) -> AsyncIterator[tuple[EventStore, Manager]]:
    """A manager over that database on loopback, which writes these outputs.

    Raises CommandError where the database or the port is not to be had.
    """
    async with opened_store(database) as store:
        folder = database.parent if isinstance(database, Path) else data_directory() / "manager"
        services = _services(store, folder, outputs, output_folder)
        try:
            manager = await _start(services, port)
            try:
                yield store, manager
            finally:
                await manager.stop()
                await manager.finish()
        finally:
            services.audit.close()


@asynccontextmanager
async def opened_store(database: Path | str) -> AsyncIterator[EventStore]:
    """The store of that database. Raises CommandError where it cannot be used."""
    store = _open(database)
    try:
        yield store
    finally:
        await store.close()


def _open(database: Path | str) -> EventStore:
    try:
        shared = is_search_engine(database)
        if not shared and "://" not in str(database):
            Path(database).parent.mkdir(parents=True, exist_ok=True)
        return open_store(
            database, retention=retention_of(os.environ, shared=shared), folder=data_directory() / "manager", live=True
        )
    except OSError as error:
        said = f"cannot write to {Path(database).parent}: {(error.strerror or str(error)).lower()}"
        raise CommandError(Exit.UNREADABLE, said, "choose another with --database") from error
    except StoreError as error:
        raise CommandError(Exit.UNREADABLE, error.message, error.hint) from error


def _services(store: EventStore, folder: Path, outputs: tuple[OutputName, ...], output_folder: Path) -> Services:
    settings = Settings(
        outputs=outputs,
        output_folder=output_folder,
        token=os.environ.get("PODLYNX_TOKEN") or new_token(),
        ingest_token=os.environ.get("PODLYNX_INGEST_TOKEN") or new_token(),
    )
    try:
        return desk_services(store, settings, os.environ, folder)
    except BadVariable as error:
        raise CommandError(Exit.USAGE, str(error), "docs/manager.md lists every variable") from error
    except OSError as error:
        said = f"cannot write the audit log: {error.filename}: {(error.strerror or str(error)).lower()}"
        raise CommandError(Exit.UNREADABLE, said, "name another file, or none, with PODLYNX_AUDIT_LOG") from error


async def _start(services: Services, wanted: int | None) -> Manager:
    for port in (PAGE_PORT, 0) if wanted is None else (wanted,):
        manager = Manager(services.store, services=services)
        try:
            await manager.start(LOOPBACK, port)
        except (OSError, OverflowError) as error:
            await manager.finish()
            # Two managers that start at once may both bind the port; the second is then told when it listens.
            if not in_use(error):
                raise port_taken(port, error) from error
        else:
            return manager
    raise port_taken(wanted or 0, None)
