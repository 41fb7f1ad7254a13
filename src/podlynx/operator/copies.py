"""Keeps the v1 copies of v3 DeepPacketInspections: one-way, within a second, touching no v1 object that somebody wrote."""

from dataclasses import dataclass, field

import structlog

from podlynx.kubernetes.apply import FIELD_MANAGER
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import V1_INSPECTION
from podlynx.kubernetes.errors import ApiError, ClusterError
from podlynx.kubernetes.inspections import Name, copy_of, is_copy, is_current, owner_of
from podlynx.kubernetes.kinds import Manifest

_LOG = structlog.get_logger("podlynx.operator")
_COPIES = V1_INSPECTION.resource


@dataclass(frozen=True)
class Plan:
    """What has to be done so that the copies follow."""

    write: list[Manifest] = field(default_factory=list)
    """Sources whose copy is missing or behind."""
    delete: list[Manifest] = field(default_factory=list)
    """Copies without a source."""
    blocked: list[Name] = field(default_factory=list)
    """Sources whose name a v1 object of somebody's own holds."""


def plan(v3: dict[Name, Manifest], v1: dict[Name, Manifest]) -> Plan:
    """Pure: what is there, what has to be done."""
    made = Plan()
    for name, source in v3.items():
        found = v1.get(name)
        if source["metadata"].get("deletionTimestamp"):
            continue
        if found is not None and not is_copy(found):
            made.blocked.append(name)
        elif found is None or not is_current(found, source):
            made.write.append(source)
    present = {each["metadata"]["uid"] for each in v3.values()}
    # Deletion of the source takes its copy along by the ownerReference; here only what a slow collector left.
    made.delete.extend(each for each in v1.values() if is_copy(each) and owner_of(each) not in present)
    return made


async def follow(client: Client, todo: Plan) -> None:
    """Carries a plan out. One copy that cannot be written does not keep the others back."""
    for source in todo.write:
        await _write(client, source)
    for copy in todo.delete:
        metadata = copy["metadata"]
        try:
            await client.delete(_COPIES, metadata["name"], metadata["namespace"], uid=metadata["uid"])
        except ApiError as error:
            if not error.conflict:  # it is another object by now
                _LOG.warning("copy not deleted", name=metadata["name"], namespace=metadata["namespace"], why=str(error))


async def _write(client: Client, source: Manifest) -> None:
    manifest = copy_of(source)
    try:
        await client.apply(_COPIES, manifest, manager=FIELD_MANAGER)
    except ApiError as error:
        metadata = manifest["metadata"]
        _LOG.warning("copy not written", name=metadata["name"], namespace=metadata["namespace"], why=str(error))


async def mirror_status(client: Client, source: Manifest, copy: Manifest, status: Manifest) -> None:
    """Writes a source's status into its copy, where it differs."""
    if not is_copy(copy) or owner_of(copy) != source["metadata"]["uid"] or (copy.get("status") or {}) == status:
        return
    metadata = copy["metadata"]
    try:
        await client.merge(_COPIES, {"status": status}, metadata["name"], metadata["namespace"], subresource="status")
    except ClusterError as error:
        _LOG.warning("status of a copy not written", name=metadata["name"], namespace=metadata["namespace"], why=str(error))
