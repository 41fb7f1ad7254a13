"""What is done once the release is gone: what the operator made goes, and people's objects say that nobody looks after them.

Run by `podlynx operator --farewell` (the chart's post-delete hook), with rights of its own: those of the operator went with the
release. CRDs stay, what people wrote stays, and whatever does not carry our label is neither changed nor deleted.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Final, NamedTuple

import structlog

from podlynx.kubernetes.apply import is_ours, named
from podlynx.kubernetes.calico import V3, Found, look
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import DETECTION, KINDS, OURS, V1_INSPECTION, V3_INSPECTION, WEBHOOK, Kind
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.inspections import is_copy
from podlynx.kubernetes.kinds import (
    CONFIG_MAPS,
    DEFINITIONS,
    LEASES,
    NAMESPACES,
    RESOURCE_QUOTAS,
    SECRETS,
    VALIDATING_WEBHOOKS,
    Manifest,
    Resource,
    resource_of,
)
from podlynx.kubernetes.leases import DURATION
from podlynx.operator import keys
from podlynx.operator.conditions import conditions, false
from podlynx.operator.desired import NAME, NAME_BESIDE, Wanted, obsolete
from podlynx.operator.groups import decide
from podlynx.operator.operator import NAME as OPERATOR
from podlynx.operator.settings import Settings
from podlynx.operator.status import removed

_LOG = structlog.get_logger("podlynx.operator")
GONE_SECONDS: Final = 90.0
"""How long what was deleted may take to be gone: sensors have half a minute to flush, and a namespace ends after its pods."""
POLL_SECONDS: Final = 0.5
WEBHOOKS: Final = "podlynx-webhooks"
"""ConfigMap and Lease of the manager that tells webhooks."""
_EMPTY: Final = {"count/configmaps": 1, "count/serviceaccounts": 1}
"""What every namespace has by itself: the cluster's authority, and the account `default`."""
_MESSAGE: Final = "Podlynx was uninstalled: nothing is monitored any more."


class OperatorRuns(Exception):
    """An operator still leads, and would make again what is taken away; `str()` says which."""


class _Target(NamedTuple):
    resource: Resource
    name: str
    namespace: str | None = None

    def __str__(self) -> str:
        """`Secret podlynx-system/podlynx-ca`, for people."""
        return f"{self.resource.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.resource.kind} {self.name}"


async def farewell(client: Client, settings: Settings) -> list[str]:
    """Does all of it; answers what is left and why, nothing where all went well. May be repeated.

    Raises OperatorRuns before anything was touched, and Unreachable.
    """
    await _let_end(client, settings)
    faults: list[str] = []
    for kind in await _served(client, settings):
        faults += await _each(client, kind, lambda each, kind=kind: _withdraw(client, kind, each))  # type: ignore[misc]
    faults += await _each(client, V1_INSPECTION, lambda each: _delete_copy(client, each))
    targets = _targets(settings)
    if settings.webhooks_namespace:
        empty = await _is_empty(client, settings.webhooks_namespace)
        targets.append(_Target(RESOURCE_QUOTAS, WEBHOOKS, settings.webhooks_namespace))
        targets += [_Target(NAMESPACES, settings.webhooks_namespace)] if empty else []
    for target in targets:
        faults += await _tried(f"{target} could not be deleted", lambda target=target: _delete(client, target))  # type: ignore[misc]
    return faults + await _until_gone(client, targets)


async def _let_end(client: Client, settings: Settings) -> None:
    """Waits for an operator that is just ending. As in an election, no clock of another machine is compared."""
    before, since, began = "", monotonic(), monotonic()
    while lease := await client.find(LEASES, OPERATOR, settings.namespace):
        spec, version = lease.get("spec") or {}, lease["metadata"]["resourceVersion"]
        if version != before:
            before, since = version, monotonic()
        if not spec.get("holderIdentity") or monotonic() - since > DURATION:
            return
        if monotonic() - began > 2 * DURATION:
            raise OperatorRuns(f"{spec['holderIdentity']} holds the Lease {settings.namespace}/{OPERATOR} and renews it")
        await asyncio.sleep(POLL_SECONDS)


async def _served(client: Client, settings: Settings) -> list[Kind]:
    """The kinds whose status the operator wrote: those of the choice of groups, and those that we made the CRD of."""
    found: Found = await look(client)
    chosen = decide(settings.calico_groups, found).kinds
    ours = {each["metadata"]["name"] for each in await client.list_all(DEFINITIONS, labels=OURS)}
    return [
        kind
        for kind in KINDS
        if (kind in chosen or kind.resource.definition in ours) and not (found.aggregated and kind.group == V3)
    ]


async def _each(client: Client, kind: Kind, work: Callable[[Manifest], Awaitable[None]]) -> list[str]:
    """Does it to every object of a kind; one that is refused does not keep the others back."""
    try:
        objects = await client.list_all(kind.resource)
    except ApiError as error:
        return [] if error.absent else [f"{kind.resource.definition} could not be looked through: {error}"]
    faults: list[str] = []
    for each in objects:
        each.setdefault("kind", kind.name)
        faults += await _tried(f"{named(each)} could not be changed", lambda each=each: work(each))  # type: ignore[misc]
    return faults


async def _tried(what: str, work: Callable[[], Awaitable[None]]) -> list[str]:
    try:
        await work()
    except ApiError as error:
        return [] if error.absent or error.conflict else [f"{what}: {error}"]  # a conflict: it is another object by now
    return []


async def _withdraw(client: Client, kind: Kind, each: Manifest) -> None:
    if not each.get("status") or is_copy(each):
        return  # nothing was ever said of it, or it goes
    made = _said(kind, each)
    present = each["status"]
    if made == present or (isinstance(made, dict) and {**present, **made} == present):
        return
    metadata = each["metadata"]
    patch = {"metadata": {"uid": metadata["uid"]}, "status": made}
    await client.merge(kind.resource, patch, metadata["name"], metadata.get("namespace"), subresource="status")
    _LOG.info("status withdrawn", object=named(each))


def _said(kind: Kind, each: Manifest) -> Manifest | list[Manifest]:
    """The status that says goodbye, as a patch."""
    now, status = datetime.now(UTC), each["status"]
    if kind.name == V3_INSPECTION.name:
        return removed(each, _MESSAGE, now)
    listed = kind.name == WEBHOOK.name  # its status is the list itself, as people know it
    said = false("Healthy" if listed else "Ready", "Removed", _MESSAGE)
    before = status if listed else status.get("conditions")
    made = conditions([said], before, int(each["metadata"].get("generation") or 0), now)
    if listed:
        return made
    return {"conditions": made, **({"state": "Removed"} if kind.name == DETECTION.name else {})}


async def _delete_copy(client: Client, each: Manifest) -> None:
    if is_copy(each) and is_ours(each):
        metadata = each["metadata"]
        await client.delete(V1_INSPECTION.resource, metadata["name"], metadata["namespace"], uid=metadata["uid"])
        _LOG.info("copy deleted", object=named(each))


def _targets(settings: Settings) -> list[_Target]:
    """Everything that an operator may have made, by name, in the order of its deletion."""
    found = []
    for name in (NAME, NAME_BESIDE):
        made = obsolete(Wanted(monitored=False, operator=settings, name=name))
        found += [_Target(resource_of(each), each["metadata"]["name"], each["metadata"].get("namespace")) for each in made]
        found.append(_Target(NAMESPACES, name))
    secrets = (keys.AUTHORITY, keys.MANAGER, keys.WEBHOOK, keys.SESSION)
    found += [_Target(SECRETS, name, settings.namespace) for name in secrets]
    found.append(_Target(CONFIG_MAPS, keys.AUTHORITY, settings.namespace))
    found.append(_Target(CONFIG_MAPS, WEBHOOKS, settings.namespace))
    found += [_Target(LEASES, name, settings.namespace) for name in (OPERATOR, WEBHOOKS)]
    found.append(_Target(VALIDATING_WEBHOOKS, keys.CONFIGURATION))
    return found


async def _is_empty(client: Client, namespace: str) -> bool:
    """Whether nobody put anything into the namespace of webhooks: its ResourceQuota has counted (Kubernetes API, status.used)."""
    try:
        quota = await client.find(RESOURCE_QUOTAS, WEBHOOKS, namespace)
    except ApiError:
        return False
    status = (quota or {}).get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    held = [what for what in hard if used.get(what) not in {str(each) for each in range(_EMPTY.get(what, 0) + 1)}]
    if held or not used:
        _LOG.info("namespace kept", namespace=namespace, holds=held)
    return bool(used) and not held


async def _delete(client: Client, target: _Target) -> None:
    found = await client.find(target.resource, target.name, target.namespace)
    if found is None or found["metadata"].get("deletionTimestamp") or not is_ours(found):
        return
    if await client.delete(target.resource, target.name, target.namespace, uid=found["metadata"]["uid"]):
        _LOG.info("deleted", object=str(target))


async def _until_gone(client: Client, targets: list[_Target]) -> list[str]:
    """Waits until nothing of them is there; answers what still is."""
    began = monotonic()
    while True:
        targets = [each for each in targets if await _ends(client, each)]
        if not targets or monotonic() - began > GONE_SECONDS:
            return [f"{each} is still being deleted" for each in targets]
        await asyncio.sleep(POLL_SECONDS)


async def _ends(client: Client, target: _Target) -> bool:
    """Whether it is ours, and deleted, and not gone yet. What could not be deleted is told already."""
    try:
        found = await client.find(target.resource, target.name, target.namespace)
    except ApiError:
        return False
    return found is not None and is_ours(found) and bool(found["metadata"].get("deletionTimestamp"))
