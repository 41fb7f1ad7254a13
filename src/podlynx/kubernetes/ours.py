"""Which of several kinds of one name is ours in this cluster: the one whose CRD carries our label."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from podlynx.kubernetes.apply import is_ours
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import BESIDE_EXCEPTION, BESIDE_WEBHOOK, EXCEPTION, WEBHOOK, Kind
from podlynx.kubernetes.errors import ClusterError
from podlynx.kubernetes.kinds import DEFINITIONS

_LOG = structlog.get_logger("podlynx.kubernetes")
EXCEPTIONS: Final = (EXCEPTION, BESIDE_EXCEPTION)
WEBHOOKS: Final = (WEBHOOK, BESIDE_WEBHOOK)
LOOK_SECONDS: Final = 60.0
SOON_SECONDS: Final = 2.0
"""How often it is looked while none is ours: the operator makes the CRDs within seconds."""


async def ours(client: Client, kinds: Sequence[Kind]) -> Kind | None:
    """The first that is ours. Calico's own objects of the same names are Calico's. Raises what Client raises."""
    for kind in kinds:
        found = await client.find(DEFINITIONS, kind.resource.definition)
        if found is not None and is_ours(found):
            return kind
    return None


async def with_ours(client: Client, kinds: Sequence[Kind], work: Callable[[Kind], Awaitable[None]]) -> None:
    """Runs `work` for the kind that is ours, anew whenever that changes. Ends only when cancelled."""
    kind: Kind | None = None
    running: asyncio.Future[None] | None = None
    try:
        while True:
            found = await _looked(client, kinds, kind)
            if found is not kind and running is not None:
                running.cancel()
                running = None
            if found is not None and (running is None or running.done()):
                running = asyncio.ensure_future(work(found))
            kind = found
            waiting = [running] if running else []
            await asyncio.wait(
                [*waiting, asyncio.ensure_future(asyncio.sleep(LOOK_SECONDS if kind else SOON_SECONDS))],
                return_when=asyncio.FIRST_COMPLETED,
            )
            if running is not None and running.done():
                running.result()
    finally:
        if running is not None:
            running.cancel()


async def _looked(client: Client, kinds: Sequence[Kind], known: Kind | None) -> Kind | None:
    try:
        return await ours(client, kinds)
    except ClusterError as error:
        _LOG.warning("whose resources these are is not known", kinds=kinds[0].resource.plural, why=str(error))
        return known
