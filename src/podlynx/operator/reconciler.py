"""Makes the cluster as `desired` says, and again whenever it is not."""

import msgspec
import structlog

from podlynx.kubernetes.apply import NotOurs, apply, is_ours, named
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.kinds import DAEMON_SETS, Manifest
from podlynx.kubernetes.resources import IntrusionDetection, IntrusionDetectionSpec
from podlynx.kubernetes.validation import Problem, problem_of
from podlynx.operator.definitions import keep_definitions
from podlynx.operator.desired import Wanted, desired
from podlynx.operator.handover import remove_monitors
from podlynx.operator.owner import Owner
from podlynx.operator.pod import brings_rules
from podlynx.operator.settings import Settings
from podlynx.operator.view import ClusterView
from podlynx.operator.webhook_rights import keep_rights

_LOG = structlog.get_logger("podlynx.operator")


class Reconciler:
    """One choice of groups. `faults` and `problem` are what the status says of the last pass."""

    def __init__(self, client: Client, settings: Settings, view: ClusterView) -> None:
        self._client, self._settings, self._view = client, settings, view
        self._owner = Owner(client, settings.owner)
        self._valid: IntrusionDetectionSpec | None = None
        """The last settings that could be read; None: none yet, the operator has just started."""
        self.authorities = b""
        self.faults: list[str] = []
        self.problem: Problem | None = None

    @property
    def detection(self) -> Manifest | None:
        """The one IntrusionDetection that counts."""
        name = self._view.groups.detection.only_name
        return next((each for each in self._view.detections if each["metadata"]["name"] == name), None)

    async def reconcile(self) -> None:
        """One pass. Raises Unreachable; whatever the API server refuses is a fault."""
        self.faults = list((await keep_definitions(self._client, self._view.groups)).values())
        await self._let_webhooks_read()
        wanted = await self._wanted()
        if wanted.monitored and not self.authorities:
            return  # the certificates come within seconds, and the monitors need them
        if wanted.monitored:
            await self._apply(wanted)
        else:
            self.faults += await remove_monitors(self._client, wanted)

    async def _let_webhooks_read(self) -> None:
        kind, namespace = self._view.groups.webhooks, self._settings.webhooks_namespace
        if kind is not None and namespace and self._view.knows(kind):
            fault = await keep_rights(self._client, namespace, self._view.all_of(kind).values())
            self.faults += filter(None, [fault])

    async def _wanted(self) -> Wanted:
        groups, owners = self._view.groups, await self._owner.look()
        self.faults += filter(None, [self._owner.fault])
        return Wanted(
            monitored=any(not each["metadata"].get("deletionTimestamp") for each in self._view.inspections),
            settings=self._spec(),
            operator=self._settings,
            name=groups.name,
            groups=groups.served,
            authority=self.authorities.decode(),
            owners=tuple(owners),
        )

    def _spec(self) -> IntrusionDetectionSpec:
        """What the IntrusionDetection says; the last that could be read where the present one cannot."""
        found = self.detection
        self.problem = None if found is None else problem_of(self._view.groups.detection, found)
        if self.problem is None:
            self._valid = msgspec.convert({"spec": (found or {}).get("spec") or {}}, IntrusionDetection).spec
        return self._valid or IntrusionDetectionSpec()

    @property
    def own_rules(self) -> bool:
        """Whether the monitors use people's own rules."""
        return self._valid is not None and brings_rules(self._valid)

    async def _must_stay(self, manifest: Manifest) -> bool:
        """Monitors that run by settings which cannot be read any more are not rolled to the defaults."""
        if manifest["kind"] != DAEMON_SETS.kind or self.problem is None or self._valid is not None:
            return False
        metadata = manifest["metadata"]
        found = await self._client.find(DAEMON_SETS, metadata["name"], metadata["namespace"])
        return found is not None and is_ours(found)

    async def _apply(self, wanted: Wanted) -> None:
        for manifest in desired(wanted):
            try:
                if await self._must_stay(manifest):
                    continue
                outcome = await apply(self._client, manifest)
            except NotOurs as error:
                self.faults.append(str(error))
                if manifest["kind"] == "Namespace":
                    return  # nothing of ours belongs into somebody else's namespace
            except ApiError as error:
                self.faults.append(f"{named(manifest)} could not be written: {error}")
                _LOG.warning("not applied", object=named(manifest), why=str(error))
            else:
                if outcome != "unchanged":
                    _LOG.info(outcome, object=named(manifest))
