"""From one choice of groups to another: nothing that an earlier choice made goes on under its name, or says that it does.

Looked at whenever a replica begins to lead: the choice may have changed while no operator ran.
"""

from datetime import UTC, datetime

import structlog

from podlynx.kubernetes.apply import NotOurs, is_ours, named, remove
from podlynx.kubernetes.calico import Found
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import COPY, KINDS, OURS, V1_INSPECTION, V3_INSPECTION, Kind
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.inspections import is_copy, source_owner
from podlynx.kubernetes.kinds import DEFINITIONS, Manifest
from podlynx.operator.conditions import conditions, false
from podlynx.operator.desired import NAME, NAME_BESIDE, Wanted, obsolete
from podlynx.operator.groups import Groups
from podlynx.operator.settings import Settings

_LOG = structlog.get_logger("podlynx.operator")


async def hand_over(client: Client, settings: Settings, groups: Groups, found: Found) -> None:
    """Statuses first, then copies, then monitors. What is refused is logged, not raised. Raises Unreachable."""
    for kind in await _left(client, groups, found):
        for each in await _all(client, kind):
            await _withdraw(client, kind, each, groups)
    if groups.mode == "v1":
        for each in await _all(client, V1_INSPECTION):
            await _release(client, each)
    for name in (NAME, NAME_BESIDE):
        if groups.mode == "refused" or name != groups.name:
            for fault in await remove_monitors(client, Wanted(monitored=False, operator=settings, name=name)):
                _LOG.warning("left behind", why=fault)


async def remove_monitors(client: Client, wanted: Wanted) -> list[str]:
    """Deletes what of the monitors of that name is ours; answers what could not be. Raises Unreachable."""
    faults: list[str] = []
    for manifest in obsolete(wanted):
        try:
            if await remove(client, manifest):
                _LOG.info("deleted", object=named(manifest))
        except NotOurs:
            continue  # never was ours: nothing to clean up
        except ApiError as error:
            faults.append(f"{named(manifest)} could not be deleted: {error}")
    return faults


async def _all(client: Client, kind: Kind) -> list[Manifest]:
    try:
        return await client.list_all(kind.resource)
    except ApiError as error:
        if not error.absent:
            _LOG.warning("not looked through", kind=kind.resource.definition, why=str(error))
        return []


async def _left(client: Client, groups: Groups, found: Found) -> list[Kind]:
    """DeepPacketInspections that we served and do not serve now. Not those that Calico's API server has taken over."""
    ours = {each["metadata"]["name"] for each in await client.list_all(DEFINITIONS, labels=OURS)}
    return [
        kind
        for kind in KINDS
        if kind.name == V3_INSPECTION.name
        and kind not in groups.inspections
        and kind.resource.definition in ours
        and not (found.aggregated and kind == V3_INSPECTION)
    ]


async def _withdraw(client: Client, kind: Kind, inspection: Manifest, groups: Groups) -> None:
    """What is not monitored any more must not go on saying that it is."""
    metadata, before = inspection["metadata"], inspection.get("status") or {}
    if not before.get("conditions") and not before.get("nodes"):
        return  # nothing was ever said of it
    said = [false("Ready", "NotServed", f"Podlynx does not follow {kind.resource.api_version} here. {groups.message}")]
    made = conditions(said, before.get("conditions"), int(metadata.get("generation") or 0), datetime.now(UTC))
    status = {"nodes": [], "conditions": made}
    if status == before:
        return
    patch = {"metadata": {"uid": metadata["uid"]}, "status": status}
    try:
        await client.merge(kind.resource, patch, metadata["name"], metadata["namespace"], subresource="status")
    except ApiError as error:
        _LOG.warning("status not withdrawn", object=named(inspection), why=str(error))


async def _release(client: Client, inspection: Manifest) -> None:
    """A copy whose source nobody follows any more becomes a source: what was monitored stays so."""
    if not is_copy(inspection) or not is_ours(inspection):
        return
    metadata = inspection["metadata"]
    kept = [each for each in metadata["ownerReferences"] if not source_owner(each)]
    patch = {"metadata": {"uid": metadata["uid"], "ownerReferences": kept, "labels": dict.fromkeys((*OURS, COPY))}}
    try:
        await client.merge(V1_INSPECTION.resource, patch, metadata["name"], metadata["namespace"])
        _LOG.info("copy released", name=metadata["name"], namespace=metadata["namespace"])
    except ApiError as error:
        _LOG.warning("copy not released", name=metadata["name"], namespace=metadata["namespace"], why=str(error))
