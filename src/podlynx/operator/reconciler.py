"""Makes the cluster as `desired` says, and again whenever it is not."""

import msgspec
import structlog

from podlynx.kubernetes.apply import NotOurs, apply, named, remove
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.kinds import Manifest
from podlynx.kubernetes.resources import IntrusionDetection, IntrusionDetectionSpec
from podlynx.kubernetes.validation import Problem, problem_of
from podlynx.operator.definitions import keep_definitions
from podlynx.operator.desired import Wanted, desired, obsolete
from podlynx.operator.owner import find_owners
from podlynx.operator.settings import Settings
from podlynx.operator.view import ClusterView

_LOG = structlog.get_logger("podlynx.operator")


class Reconciler:
    """One choice of groups. `faults` and `problem` are what the status says of the last pass."""

    def __init__(self, client: Client, settings: Settings, view: ClusterView) -> None:
        self._client, self._settings, self._view = client, settings, view
        self._valid = IntrusionDetectionSpec()
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
        self.faults = await keep_definitions(self._client, self._view.groups)
        wanted = await self._wanted()
        if wanted.monitored and not self.authorities:
            return  # the certificates come within seconds, and the monitors need them
        if wanted.monitored:
            await self._apply(wanted)
        else:
            await self._remove(wanted)

    async def _wanted(self) -> Wanted:
        groups = self._view.groups
        return Wanted(
            monitored=any(not each["metadata"].get("deletionTimestamp") for each in self._view.inspections),
            settings=self._spec(),
            operator=self._settings,
            name=groups.name,
            groups=groups.served,
            authority=self.authorities.decode(),
            owners=tuple(await find_owners(self._client, self._settings.owner)),
        )

    def _spec(self) -> IntrusionDetectionSpec:
        """What the IntrusionDetection says; the last that could be read where the present one cannot."""
        found = self.detection
        if found is None:
            self._valid, self.problem = IntrusionDetectionSpec(), None
            return self._valid
        self.problem = problem_of(self._view.groups.detection, found)
        if self.problem is None:
            self._valid = msgspec.convert({"spec": found.get("spec") or {}}, IntrusionDetection).spec
        return self._valid

    async def _apply(self, wanted: Wanted) -> None:
        for manifest in desired(wanted):
            try:
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

    async def _remove(self, wanted: Wanted) -> None:
        for manifest in obsolete(wanted):
            try:
                if await remove(self._client, manifest):
                    _LOG.info("deleted", object=named(manifest))
            except NotOurs:
                continue  # never was ours: nothing to clean up
            except ApiError as error:
                self.faults.append(f"{named(manifest)} could not be deleted: {error}")
