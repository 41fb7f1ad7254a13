"""What the operator sees of the cluster: mirrors of what people wrote and of what is ours, each kept by its own watch."""

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Final

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import OURS, V1_INSPECTION, V3_INSPECTION, Kind
from podlynx.kubernetes.inspections import Name, name_of, sources
from podlynx.kubernetes.kinds import (
    CLUSTER_ROLE_BINDINGS,
    CLUSTER_ROLES,
    CONFIG_MAPS,
    DAEMON_SETS,
    DEFINITIONS,
    NAMESPACES,
    NETWORK_POLICIES,
    PODS,
    SERVICE_ACCOUNTS,
    Manifest,
)
from podlynx.kubernetes.mirror import Mirror
from podlynx.operator.desired import CA_NAME
from podlynx.operator.groups import Groups
from podlynx.operator.pod import labels_of

LINGER_SECONDS: Final = 5.0
"""How long a node stays in the status after its monitor's pod went: when the DaemonSet rolls, the next one is on its way."""


class ClusterView:
    """The mirrors of one choice of groups."""

    def __init__(self, client: Client, groups: Groups) -> None:
        self.groups = groups
        name = groups.name
        named = {"metadata.name": name}  # RBAC by name admits a watch of one object only if it asks for that one
        self._inspections = {kind: Mirror(client, kind.resource) for kind in groups.inspections}
        told = [kind for kind in (groups.exceptions, groups.webhooks) if kind is not None]
        self._told = {kind: Mirror(client, kind.resource) for kind in told}
        self._detections = Mirror(client, groups.detection.resource)
        self._pods = Mirror(client, PODS, namespace=name, labels=labels_of(name))
        self._daemon_sets = Mirror(client, DAEMON_SETS, namespace=name, fields=named)
        self._owned = (
            Mirror(client, DEFINITIONS, labels=OURS),
            Mirror(client, NAMESPACES, fields=named),
            Mirror(client, CLUSTER_ROLES, fields=named),
            Mirror(client, CLUSTER_ROLE_BINDINGS, fields=named),
            Mirror(client, SERVICE_ACCOUNTS, namespace=name, fields=named),
            Mirror(client, NETWORK_POLICIES, namespace=name, fields=named),
            Mirror(client, CONFIG_MAPS, namespace=name, fields={"metadata.name": CA_NAME}),
        )
        self._nodes: dict[str, float] = {}
        self._generations: dict[str, tuple[int, float]] = {}

    def start(self, group: asyncio.TaskGroup, *, wanted: Callable[[], None], seen: Callable[[], None]) -> None:
        """Starts the watches. `wanted`: what should be there may have changed; `seen`: only what there is to report."""

        def both() -> None:
            wanted()
            seen()

        for mirror in (*self._inspections.values(), self._detections):
            group.create_task(mirror.run(both))
        for mirror in self._told.values():
            group.create_task(mirror.run(both))
        group.create_task(self._pods.run(seen))
        group.create_task(self._daemon_sets.run(_on_new_generation(self._daemon_sets, wanted, seen)))
        for mirror in self._owned:
            group.create_task(mirror.run(wanted))

    async def known(self) -> None:
        """Waits until what people wrote has been read once: until then nothing may be taken for absent."""
        for mirror in (*self._inspections.values(), self._detections):
            await mirror.known.wait()

    def all_of(self, kind: Kind) -> dict[Name, Manifest]:
        """Every object of a kind, copies too."""
        mirror = self._inspections.get(kind) or self._told.get(kind)
        return mirror.objects if mirror is not None else {}

    def knows(self, kind: Kind) -> bool:
        """Whether the objects of a kind that is told of have been read once."""
        return self._told[kind].known.is_set()

    @property
    def v3(self) -> dict[Name, Manifest]:
        """DeepPacketInspections of `projectcalico.org/v3`."""
        return self.all_of(V3_INSPECTION)

    @property
    def v1(self) -> dict[Name, Manifest]:
        """DeepPacketInspections of `crd.projectcalico.org/v1`, copies too."""
        return self.all_of(V1_INSPECTION)

    @property
    def inspections(self) -> list[Manifest]:
        """Those that count."""
        everything = (each for mirror in self._inspections.values() for each in mirror.objects.values())
        return sources(everything, followed=self.groups.followed)

    @property
    def detections(self) -> list[Manifest]:
        """Every IntrusionDetection; only one of them has the name that counts."""
        return list(self._detections.objects.values())

    @property
    def daemon_set(self) -> Manifest | None:
        """The monitors' DaemonSet."""
        return next(iter(self._daemon_sets.objects.values()), None)

    def nodes(self) -> list[str]:
        """Nodes with a monitor's pod, or that had one a moment ago while the DaemonSet is still there."""
        now = monotonic()
        self._nodes |= dict.fromkeys(_nodes_of(self._pods.objects.values()), now)
        lingering = LINGER_SECONDS if self.daemon_set is not None else 0.0
        self._nodes = {node: seen for node, seen in self._nodes.items() if now - seen <= lingering}
        return sorted(self._nodes)

    def age_of(self, inspection: Manifest) -> float:
        """Seconds since this generation of an object was first seen."""
        uid, generation = inspection["metadata"]["uid"], int(inspection["metadata"].get("generation") or 0)
        known, since = self._generations.get(uid, (-1, 0.0))
        if known != generation:
            since = monotonic()
            self._generations[uid] = (generation, since)
        return monotonic() - since

    def forget(self) -> None:
        """Drops what was remembered of objects that are gone."""
        present = {each["metadata"]["uid"] for each in self.inspections}
        self._generations = {uid: known for uid, known in self._generations.items() if uid in present}


def _nodes_of(pods: Iterable[Manifest]) -> list[str]:
    return [pod["spec"]["nodeName"] for pod in pods if pod.get("spec", {}).get("nodeName")]


def _on_new_generation(mirror: Mirror, wanted: Callable[[], None], seen: Callable[[], None]) -> Callable[[], None]:
    """A DaemonSet that rolls changes its status many times a second: that is to be reported, not to be repaired."""
    before: dict[Name, object] = {}

    def changed() -> None:
        nonlocal before
        now = {
            name_of(each): (each["metadata"].get("generation"), each["metadata"].get("labels"), each["metadata"].get("uid"))
            for each in mirror.objects.values()
        }
        if now != before:
            wanted()
        before = dict(now)
        seen()

    return changed
