"""Where the events are: in a cluster (with the caller's own rights), at a manager's address, or in a database file."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import httpx2
from cyclopts import Parameter

from podlynx.cli.caller import callers_token, minted_token
from podlynx.cli.events.database_source import opened_database
from podlynx.cli.events.manager_source import ManagerSource, connected
from podlynx.cli.events.source import EventSource
from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.forward import forward
from podlynx.cli.kubectl import Kubectl
from podlynx.cli.options import value
from podlynx.cli.ports import LOOPBACK
from podlynx.cli.reaching import MANAGER_PORT, NAMESPACE, SERVICE, authority, read_text, trust
from podlynx.cli.terminal import complain

TOKEN_VARIABLE: Final = "PODLYNX_TOKEN"  # noqa: S105 where it is found
_REQUEST_SECONDS: Final = 30.0


@Parameter(name="*")
@dataclass(frozen=True)
class Where:
    """Options of every verb. Nothing given: the manager of the kubeconfig's cluster."""

    database: Annotated[Path | None, value("Read this database file.", "--database")] = None
    url: Annotated[str, value("Ask the manager at this address, such as https://podlynx.example:8443.", "--url")] = ""
    token_file: Annotated[
        Path | None, value("File with the token. Default: variable PODLYNX_TOKEN; in a cluster that of the kubeconfig.")
    ] = None
    ca: Annotated[
        Path | None, value("Certificate authority of the manager. Default: that of the cluster, or of this machine.")
    ] = None
    account: Annotated[str, value("In a cluster: ask as this ServiceAccount, NAMESPACE/NAME.", "--as")] = ""
    context: Annotated[str, value("Context of the kubeconfig.")] = ""
    kubeconfig: Annotated[str, value("Kubeconfig file. Default: as kubectl finds it.")] = ""
    installed_in: Annotated[str, value("Namespace of Podlynx in the cluster. Default: podlynx-system.")] = NAMESPACE


def opened(where: Where | None) -> AbstractAsyncContextManager[EventSource]:
    """The events of that place. Raises CommandError."""
    where = where or Where()
    chosen = [name for name, given in (("--database", where.database), ("--url", where.url), ("--as", where.account)) if given]
    if len(chosen) > 1:
        raise CommandError(Exit.USAGE, f"{' and '.join(chosen)} are different places", "give one of them")
    if where.database is not None:
        return opened_database(where.database)
    if where.url:
        return connected(lambda: _at_address(where))
    return connected(lambda: _in_cluster(where))


def manager_of(where: Where | None) -> AbstractAsyncContextManager[ManagerSource]:
    """The manager of that place. Raises CommandError."""
    where = where or Where()
    if where.database is not None or (where.url and where.account):
        raise CommandError(
            Exit.USAGE, "this asks a manager, in one place", "give --url, or options of a cluster, and no --database"
        )
    return connected(lambda: _at_address(where) if where.url else _in_cluster(where))


@asynccontextmanager
async def _at_address(where: Where) -> AsyncIterator[httpx2.AsyncClient]:
    parts = urlsplit(where.url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise CommandError(Exit.USAGE, f"--url takes an address such as https://podlynx.example:8443, not {where.url!r}")
    tls = trust(read_text(where.ca)) if where.ca else ssl.create_default_context()
    token = _token(where)
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        complain("the token goes to the manager unencrypted", "use its https address", word="warning")
    async with _client(where.url.rstrip("/"), token, tls) as client:
        yield client


@asynccontextmanager
async def _in_cluster(where: Where) -> AsyncIterator[httpx2.AsyncClient]:
    """Each way anew: the pod may be another one, and the token may have run out."""
    kubectl = Kubectl(where.context, where.kubeconfig)
    tls = trust(await asyncio.to_thread(authority, kubectl, where.installed_in, where.ca))
    token = await asyncio.to_thread(_callers_token, where, kubectl)
    way = await forward(kubectl, where.installed_in, SERVICE, MANAGER_PORT)
    try:
        async with _client(f"https://{LOOPBACK}:{way.port}", token, tls) as client:
            yield client
    finally:
        await way.stop()


def _client(base: str, token: str, tls: ssl.SSLContext) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.AsyncClient(base_url=base, headers=headers, verify=tls, trust_env=False, timeout=_REQUEST_SECONDS)


def _callers_token(where: Where, kubectl: Kubectl) -> str:
    if where.account:
        return minted_token(kubectl, where.account)
    return _token(where) if where.token_file or os.environ.get(TOKEN_VARIABLE) else callers_token(kubectl)


def _token(where: Where) -> str:
    token = (read_text(where.token_file) if where.token_file else os.environ.get(TOKEN_VARIABLE, "")).strip()
    if not token or not token.isascii() or not token.isprintable():
        said = "there is no token to ask with" if not token else "the token has characters that no token has"
        raise CommandError(Exit.USAGE, said, f"set {TOKEN_VARIABLE}, or name its file with --token-file")
    return token
