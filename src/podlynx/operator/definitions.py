"""The CRDs of the groups that are ours: made, upgraded, waited for, never deleted."""

import asyncio
from typing import Final

from podlynx.kubernetes.apply import NotOurs, apply
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import definition
from podlynx.kubernetes.kinds import DEFINITIONS, Manifest
from podlynx.operator.groups import Groups

POLL_SECONDS: Final = 0.2


async def keep_definitions(client: Client, groups: Groups) -> list[str]:
    """Applies them; answers what could not be because it is somebody else's. Raises what Client raises."""
    faults: list[str] = []
    for kind in groups.kinds:
        try:
            await apply(client, definition(kind))
        except NotOurs as error:
            faults.append(str(error))
    return faults


async def established(client: Client, groups: Groups) -> bool:
    """Whether the API server serves all of them. Raises what Client raises."""
    found = [await client.find(DEFINITIONS, kind.resource.definition) for kind in groups.kinds]
    return all(each is not None and _is_established(each) for each in found)


async def wait_for_definitions(client: Client, groups: Groups) -> None:
    """Returns once they are served."""
    while not await established(client, groups):  # noqa: ASYNC110 the API server tells it by no event of ours
        await asyncio.sleep(POLL_SECONDS)


def _is_established(definition: Manifest) -> bool:
    conditions = (definition.get("status") or {}).get("conditions") or []
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
