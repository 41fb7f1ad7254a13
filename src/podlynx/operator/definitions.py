"""The CRDs of the groups that are ours: made, upgraded, waited for, never deleted."""

import asyncio
from collections.abc import Iterable
from typing import Final

from podlynx.kubernetes.apply import NotOurs, apply
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import Kind, definition
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.kinds import DEFINITIONS, Manifest
from podlynx.operator.groups import Groups

POLL_SECONDS: Final = 0.2


async def keep_definitions(client: Client, groups: Groups) -> dict[Kind, str]:
    """Applies them; answers those that could not be, each with its reason; the others are served. Raises Unreachable."""
    faults: dict[Kind, str] = {}
    for kind in groups.kinds:
        try:
            await apply(client, definition(kind))
        except NotOurs as error:
            faults[kind] = str(error)
        except ApiError as error:
            faults[kind] = f"CustomResourceDefinition {kind.resource.definition} could not be written: {error}"
    return faults


async def established(client: Client, kinds: Iterable[Kind]) -> bool:
    """Whether the API server serves all of them. Raises what Client raises."""
    found = [await client.find(DEFINITIONS, kind.resource.definition) for kind in kinds]
    return all(each is not None and _is_established(each) for each in found)


async def wait_for_definitions(client: Client, kinds: Iterable[Kind]) -> None:
    """Returns once they are served."""
    wanted = tuple(kinds)
    while not await established(client, wanted):  # noqa: ASYNC110 the API server tells it by no event of ours
        await asyncio.sleep(POLL_SECONDS)


def _is_established(definition: Manifest) -> bool:
    conditions = (definition.get("status") or {}).get("conditions") or []
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
