"""`podlynx manager`: the page, the API and the door for sensors' events."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Final

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.logs import configure_logs
from podlynx.cli.options import flag, value, values
from podlynx.cli.serving import on_ending_signals, opened_store, serving
from podlynx.cli.terminal import say
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import NoCluster
from podlynx.manager.certificates import CertificateError
from podlynx.manager.environment import BadVariable, ClusterEnvironment, read_environment
from podlynx.manager.interpreter import tune
from podlynx.outputs.formats import OutputName
from podlynx.rules.directories import data_directory
from podlynx.store import EventStore

DatabaseOption = Annotated[Path | None, value("Where events are kept. Default: manager/events.db of the data folder.")]
CLUSTER_PORT: Final = 8443


def manager(
    *,
    port: Annotated[int | None, value("The port. Default: 8843 of loopback, or any free one; in a cluster 8443.")] = None,
    database: DatabaseOption = None,
    store: Annotated[str | None, value("Where else events are kept: https://HOST:9200 of a search engine.")] = None,
    output: Annotated[
        tuple[OutputName, ...], values("Files of all alerts to write: alert_fast, alert_json, eve, ecs.", "--output")
    ] = (),
    output_folder: Annotated[
        Path | None, value("Where they go. Default: manager/outputs of the data folder.", "--output-folder")
    ] = None,
    cluster: Annotated[bool, flag("Serve a cluster: HTTPS on every address, rights as the API server says.")] = False,
) -> int:
    """Serve the Alerts page and take in events of sensors. Tokens: PODLYNX_TOKEN, PODLYNX_INGEST_TOKEN, else new ones."""
    configure_logs()
    tune()
    if cluster:
        asyncio.run(_serve_cluster(_address(store, database), CLUSTER_PORT if port is None else port))
    else:
        folder = output_folder or default_database().parent / "outputs"
        asyncio.run(_serve(_address(store, database), port, output, folder))
    return Exit.OK


def default_database() -> Path:
    """The database of `podlynx manager` and `podlynx run --page`."""
    return data_directory() / "manager" / "events.db"


def _address(store: str | None, database: Path | None) -> Path | str:
    """Where events are kept: as was said, as the environment says, else a file of the data folder."""
    if store and database:
        said = "--store and --database both say where events are kept"
        raise CommandError(Exit.USAGE, said, "leave one of them out")
    if database:
        return database
    said_outside = os.environ.get("PODLYNX_STORE") or os.environ.get("PODLYNX_DATABASE")
    return store or said_outside or default_database()


async def _serve(database: Path | str, port: int | None, outputs: tuple[OutputName, ...], output_folder: Path) -> None:
    ended = asyncio.Event()
    on_ending_signals(ended.set)
    async with serving(database, port, outputs, output_folder) as (_, server):
        say(f"page:    {server.login_link()}")
        say(f"events:  {database}")
        say(f"token:   {server.token}")
        say(f"sensors: {server.ingest_token}")
        say("Ctrl-C ends it.")
        await ended.wait()


async def _serve_cluster(database: Path | str, port: int) -> None:
    try:
        environment, client = read_environment(), Client.connect()
    except BadVariable as error:
        raise CommandError(Exit.USAGE, str(error), "docs/manager.md lists every variable") from error
    except NoCluster as error:
        raise CommandError(Exit.UNREADABLE, str(error), "run it in a pod, or name a kubeconfig with KUBECONFIG") from error
    async with client, opened_store(database) as store:
        await _until_ended(environment, store, client, port)


async def _until_ended(environment: ClusterEnvironment, store: EventStore, client: Client, port: int) -> None:
    from podlynx.manager.cluster import cluster_manager  # noqa: PLC0415 the desk does not pay for it
    from podlynx.manager.server import CannotListen  # noqa: PLC0415

    ended = asyncio.Event()
    on_ending_signals(ended.set)
    try:
        async with cluster_manager(environment, store, client, port) as server:
            say(f"serving: {server.url}")
            await ended.wait()
    except CertificateError as error:
        raise CommandError(Exit.UNREADABLE, str(error), "the operator makes it; is the Secret mounted?") from error
    except CannotListen as error:
        said = f"cannot listen on port {port}: {error.strerror}"
        raise CommandError(Exit.PORT_TAKEN, said, "choose another port with --port") from error
    except OSError as error:
        raise CommandError(Exit.UNREADABLE, f"the manager cannot go on: {error}", "is its volume full or read-only?") from error
