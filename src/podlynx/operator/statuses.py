"""Writes every status, and tells people by Events what changed: on change only, and an object at most once in two seconds."""

from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import structlog

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import Kind
from podlynx.kubernetes.errors import ApiError, Unreachable
from podlynx.kubernetes.events import Recorder
from podlynx.kubernetes.exceptions import judged
from podlynx.kubernetes.inspections import is_copy, name_of
from podlynx.kubernetes.kinds import DAEMON_SETS, Manifest, Resource
from podlynx.kubernetes.validation import Problem, problem_of
from podlynx.operator import detection, status
from podlynx.operator.conditions import Said, conditions, false
from podlynx.operator.copies import mirror_status, plan
from podlynx.operator.gaps import Gaps
from podlynx.operator.manager_reports import ManagerReports
from podlynx.operator.reconciler import Reconciler
from podlynx.operator.telling import of_exception, of_webhook
from podlynx.operator.view import ClusterView

_LOG = structlog.get_logger("podlynx.operator")
WRITE_SECONDS: Final = 2.0
"""An object's status is written at most once in this time."""
_PASSING: Final = ("NoMonitors", "RollingOut", "NotReady", "Creating", "NothingMonitored")
"""Reasons that go by themselves: no Event tells of them."""
_CONCEALED: Final = Problem(
    "NameTaken", "projectcalico.org/v3 holds a DeepPacketInspection of this name, and that one counts: rename or delete this one."
)


class Statuses:
    """The only writer of status in the cluster."""

    def __init__(
        self, client: Client, view: ClusterView, reconciler: Reconciler, reports: ManagerReports, recorder: Recorder
    ) -> None:
        self._client, self._view, self._reconciler = client, view, reconciler
        self._reports, self._recorder = reports, recorder
        self._missed = Gaps()
        self._written: dict[str, float] = {}

    async def write(self) -> None:
        """One look at every object. Raises Unreachable."""
        now = datetime.now(UTC)
        counted = self._view.inspections
        blocked = set(plan(self._view.v3, self._view.v1).blocked) if self._view.groups.mode == "both" else set()
        nodes, reports = self._view.nodes(), self._reports.current
        situation = self._situation(nodes, now)
        shortage = [each for each in [detection.rules(situation)] if each.holds is False]
        kinds = {kind.resource.api_version: kind for kind in self._view.groups.inspections}
        for inspection in counted:
            kind = kinds[inspection["apiVersion"]]
            view = status.View(
                reports=reports,
                nodes=nodes,
                age_seconds=self._view.age_of(inspection),
                now=now,
                problem=problem_of(kind, inspection),
                faults=self._reconciler.faults,
                besides=[*([_blocked()] if name_of(inspection) in blocked else []), *shortage],
            )
            await self._inspection(kind, inspection, view)
        await self._concealed(now)
        await self._detection(situation)
        await self._exceptions(now)
        await self._webhooks(now)
        await self._gaps(nodes)
        self._view.forget()
        self._written = {uid: at for uid, at in self._written.items() if monotonic() - at < WRITE_SECONDS}

    async def _inspection(self, kind: Kind, inspection: Manifest, view: status.View) -> None:
        made = status.of(inspection, view)
        if await self._put(kind.resource, inspection, made):
            await self._tell(inspection, made)
        copy = self._view.v1.get(name_of(inspection))
        if copy is not None and kind.resource.api_version != copy["apiVersion"]:
            await mirror_status(self._client, inspection, copy, inspection.get("status") or {})

    async def _concealed(self, now: datetime) -> None:
        """v1 objects of somebody's own whose name a v3 object has: the v3 one counts."""
        if self._view.groups.mode != "both":
            return
        kind = self._view.groups.inspections[-1]
        for name, each in self._view.v1.items():
            if not is_copy(each) and name in self._view.v3:
                view = status.View(self._reports.current, (), 0.0, now, problem=_CONCEALED)
                await self._inspection(kind, each, view)

    def _situation(self, nodes: Sequence[str], now: datetime) -> detection.Situation:
        reports = self._reports.current
        heard = reports.ever and reports.silent_seconds <= status.UNREACHED_SECONDS
        return detection.Situation(
            groups=self._view.groups,
            monitored=bool(self._view.inspections),
            daemon_set=self._view.daemon_set,
            states=self._reports.states if heard else None,
            nodes=nodes,
            now=now,
            own_rules=self._reconciler.own_rules,
            problem=self._reconciler.problem,
            faults=self._reconciler.faults,
        )

    async def _detection(self, situation: detection.Situation) -> None:
        found = self._reconciler.detection
        if found is None:
            return
        made = detection.of(found, situation)
        if await self._put(self._view.groups.detection.resource, found, made):
            await self._tell(found, made)

    async def _gaps(self, nodes: Sequence[str]) -> None:
        """A node whose sensor was replaced, or came back, had a time without inspection."""
        daemon_set = self._view.daemon_set
        if daemon_set is None:
            return
        about = {"apiVersion": DAEMON_SETS.api_version, "kind": DAEMON_SETS.kind, **daemon_set}  # a list's items name neither
        reports = [each.report for each in self._reports.current.states.values()]
        for node, milliseconds in self._missed.news(reports, nodes):
            await self._recorder.tell(about, "MonitorGap", f"node {node}: {milliseconds} ms without inspection")

    async def _exceptions(self, now: datetime) -> None:
        kind = self._view.groups.exceptions
        if kind is None:
            return
        objects = {each["metadata"]["name"]: each for each in self._view.all_of(kind).values()}
        for each in judged(objects.values(), now):
            found = objects[each.name]
            before = (found.get("status") or {}).get("conditions")
            made = conditions([of_exception(each, self._reports.current)], before, _generation(found), now)
            await self._put(kind.resource, found, {"conditions": made})

    async def _webhooks(self, now: datetime) -> None:
        """Their status is the list itself, as people know it."""
        kind = self._view.groups.webhooks
        if kind is None:
            return
        for each in self._view.all_of(kind).values():
            said = of_webhook(kind, each, self._reports.current, self._reports.webhooks)
            await self._put(kind.resource, each, conditions(said, each.get("status"), _generation(each), now))

    async def _put(self, resource: Resource, manifest: Manifest, made: object) -> bool:
        """Writes a status where it differs and its turn has come; whether it did."""
        metadata, present = manifest["metadata"], manifest.get("status")
        uid = metadata["uid"]
        if (
            made == (present if present is not None else {})
            or monotonic() - self._written.get(uid, -WRITE_SECONDS) < WRITE_SECONDS
        ):
            return False
        self._written[uid] = monotonic()
        try:
            patch = {"metadata": {"uid": uid}, "status": made}  # with the uid: never into a successor of the same name
            await self._client.merge(resource, patch, metadata["name"], metadata.get("namespace"), subresource="status")
        except Unreachable:
            raise
        except ApiError as error:
            if not error.absent and not error.conflict:
                _LOG.warning("status not written", kind=resource.kind, name=metadata["name"], why=str(error))
            return False
        return True

    async def _tell(self, manifest: Manifest, made: Manifest) -> None:
        """An Event where a condition that people act on changed."""
        before = {each["type"]: each["status"] for each in (manifest.get("status") or {}).get("conditions") or []}
        for each in made["conditions"]:
            if each["type"] not in ("Ready", "Degraded", "RulesLoaded") or before.get(each["type"]) == each["status"]:
                continue
            good = each["status"] == ("False" if each["type"] == "Degraded" else "True")
            bad = each["status"] == ("True" if each["type"] == "Degraded" else "False")
            if bad and each["reason"] not in _PASSING:
                await self._recorder.tell(manifest, each["reason"], each["message"])
            elif good and each["type"] == "Ready":
                await self._recorder.tell(manifest, each["reason"], each["message"], level="Normal")


def _blocked() -> Said:
    message = "crd.projectcalico.org/v1 holds an object of this name that is no copy, so none is made: rename or delete that one."
    return false("Copied", "NameTaken", message)


def _generation(manifest: Manifest) -> int:
    return int(manifest["metadata"].get("generation") or 0)
