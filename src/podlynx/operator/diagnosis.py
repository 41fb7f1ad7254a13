"""What is wrong with an installation, and how to mend it: `podlynx doctor`. Reads only, with the caller's own rights."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from podlynx.kubernetes.apply import is_ours
from podlynx.kubernetes.calico import Found, look
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.inspections import name_of, sources
from podlynx.kubernetes.kinds import DAEMON_SETS, DEFINITIONS, DEPLOYMENTS, NAMESPACES, Manifest
from podlynx.operator.groups import Groups, decide
from podlynx.operator.settings import CalicoGroups

Verdict = Literal["ok", "warning", "fault"]
_SHOWN: Final = 20
"""Resources that are told of by name."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    verdict: Verdict
    about: str
    message: str
    mend: str = ""


class Doctor:
    """Looks at one cluster. Raises Unreachable; what it may not read is a finding."""

    def __init__(self, client: Client, namespace: str, calico_groups: CalicoGroups = "auto") -> None:
        self._client, self._namespace, self._wanted = client, namespace, calico_groups
        self._found: list[Finding] = []

    async def examine(self) -> list[Finding]:
        """Every finding, from the ground up."""
        groups = await self._groups()
        looks: tuple[tuple[str, Callable[[], Awaitable[None]]], ...] = (
            ("the operator", lambda: self._deployment("podlynx-operator", "the operator")),
            ("the manager", lambda: self._deployment("podlynx-manager", "the manager")),
            ("the resources (CRDs)", lambda: self._definitions(groups)),
            ("the monitors", lambda: self._monitors(groups)),
            ("IntrusionDetection", lambda: self._settings(groups)),
            ("DeepPacketInspections", lambda: self._inspections(groups)),
        )
        for about, looking in looks:
            try:
                await looking()
            except ApiError as error:
                self._unread(about, error)
        return self._found

    def _say(self, verdict: Verdict, about: str, message: str, mend: str = "") -> None:
        self._found.append(Finding(verdict, about, message, mend))

    def _unread(self, about: str, error: ApiError, besides: str = "") -> None:
        mend = "ask for the right, or run it as somebody who has it"
        self._say("warning", about, f"cannot be read: {error}{besides}", mend)

    async def _groups(self) -> Groups:
        found = await self._look()
        groups = decide(await self._set() if self._wanted == "auto" else self._wanted, found)
        verdict: Verdict = "fault" if groups.mode == "refused" else "ok"
        self._say(verdict, "API groups", groups.message, "calicoGroups: sideBySide" if verdict == "fault" else "")
        names = {kind.resource.definition for kind in groups.kinds}
        for name in sorted(names & set(found.taken)):
            self._say("fault", f"CRD {name}", "belongs to somebody else and is left alone", "choose other calicoGroups")
        return groups

    async def _look(self) -> Found:
        """What of Calico is there; nothing, with a finding, where that may not be read."""
        try:
            return await look(self._client)
        except ApiError as error:
            self._unread("Calico", error, "; what follows supposes that none is installed")
            return Found()

    async def _set(self) -> CalicoGroups:
        """What the operator was told, where it can be read."""
        try:
            deployment = await self._client.find(DEPLOYMENTS, "podlynx-operator", self._namespace)
        except ApiError:
            return "auto"
        containers = deployment["spec"]["template"]["spec"]["containers"] if deployment else []
        environment = [each for container in containers for each in container.get("env") or []]
        said = next((each.get("value") for each in environment if each["name"] == "PODLYNX_CALICO_GROUPS"), "auto")
        return cast("CalicoGroups", said) if said in get_args(CalicoGroups) else "auto"

    async def _deployment(self, name: str, what: str) -> None:
        found = await self._client.find(DEPLOYMENTS, name, self._namespace)
        where = f"kubectl -n {self._namespace} describe deployment {name}"
        if found is None:
            self._say(
                "fault", what, f"is not installed in namespace {self._namespace}", "install the chart, or name the namespace"
            )
            return
        wanted, ready = found["spec"].get("replicas", 1), (found.get("status") or {}).get("readyReplicas", 0)
        good = bool(ready) and ready >= wanted
        self._say("ok" if good else "fault", what, f"{ready} of {wanted} replicas are ready", "" if good else where)

    async def _definitions(self, groups: Groups) -> None:
        for kind in groups.kinds:
            name = kind.resource.definition
            if await self._client.find(DEFINITIONS, name) is None:
                self._say("fault", f"CRD {name}", "is missing", "the operator makes it: look at its log")

    async def _monitors(self, groups: Groups) -> None:
        namespace = await self._client.find(NAMESPACES, groups.name)
        if namespace is not None and not is_ours(namespace):
            self._say("fault", f"namespace {groups.name}", "belongs to somebody else", "delete it, or label it as Podlynx's")
        found = await self._client.find(DAEMON_SETS, groups.name, groups.name)
        if found is None:
            self._say("ok", "the monitors", "do not run: they start with the first DeepPacketInspection")
            return
        status = found.get("status") or {}
        wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
        mend = "" if ready >= wanted else f"kubectl -n {groups.name} describe pods -l k8s-app={groups.name}"
        self._say("fault" if mend else "ok", "the monitors", f"{ready} of {wanted} are ready", mend)

    async def _settings(self, groups: Groups) -> None:
        found = await self._client.find(groups.detection.resource, groups.detection.only_name)
        if found is None:
            self._say("ok", "IntrusionDetection", "is not there: the defaults hold")
        for each in _conditions(found or {}):
            bad = each["status"] == ("True" if each["type"] == "Degraded" else "False")
            if each["type"] in ("Degraded", "RulesLoaded") and bad:
                self._say("fault", f"IntrusionDetection {each['type']}", each["message"], "see its status")

    async def _inspections(self, groups: Groups) -> None:
        objects = [each for kind in groups.inspections for each in await self._client.list_all(kind.resource)]
        counted = sources(objects, followed=groups.followed)
        bad = [each for each in counted if _ready(each).get("status") != "True"]
        verdict: Verdict = "warning" if bad else "ok"
        self._say(verdict, "DeepPacketInspections", f"{len(counted) - len(bad)} of {len(counted)} are monitored on every node")
        for each in bad[:_SHOWN]:
            condition = _ready(each)
            said = condition.get("message") or "has no status yet"
            verdict = "fault" if condition.get("status") == "False" else "warning"
            self._say(verdict, f"DeepPacketInspection {'/'.join(name_of(each))}", said, "see its status, node by node")


def _conditions(manifest: Manifest) -> list[Manifest]:
    return (manifest.get("status") or {}).get("conditions") or []


def _ready(manifest: Manifest) -> Manifest:
    return next((each for each in _conditions(manifest) if each["type"] == "Ready"), {})
