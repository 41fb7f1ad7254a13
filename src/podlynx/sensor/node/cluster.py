"""The two watches of a sensor: the pods of its own node, and the DeepPacketInspections of all namespaces."""

import time
from collections.abc import Callable, Sequence

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import COPY, SELECTOR_COLUMN
from podlynx.kubernetes.kinds import PODS, deep_packet_inspections
from podlynx.kubernetes.watch import Change, watch
from podlynx.sensor.node.objects import InspectionObject, PodObject
from podlynx.sensor.node.roster import Roster


class ClusterWatches:
    """Feeds a roster. `changed` is called after every change of it."""

    def __init__(self, client: Client, node: str, groups: Sequence[str], roster: Roster, changed: Callable[[], None]) -> None:
        self._client, self._node, self._groups = client, node, tuple(groups)
        self._roster, self._changed = roster, changed
        self._told: set[str] = set()

    @property
    def missing(self) -> str:
        """What has not been read yet; empty: everything has."""
        return next((what for what in ("pods", *self._groups) if what not in self._told), "")

    async def pods(self) -> None:
        """Follow the node's pods, until cancelled."""
        async for change in watch(self._client, PODS, fields={"spec.nodeName": self._node}, of=PodObject):
            self._take_pods(change)

    async def inspections(self, group: str) -> None:
        """Follow the resources of one group, until cancelled."""
        resource = deep_packet_inspections(group)
        async for change in watch(self._client, resource, without=COPY, printed=SELECTOR_COLUMN, of=InspectionObject):
            self._take_inspections(group, change)

    def _take_pods(self, change: Change[PodObject]) -> None:
        now, pods = time.time_ns(), [each.pod() for each in change.objects]
        match change.kind:
            case "replace":
                self._roster.replace_pods(pods, now)
                self._told.add("pods")
            case "set":
                self._roster.set_pods(pods, now)
            case "delete":
                self._roster.drop_pods((pod.uid for pod in pods), now)
            case "sync":
                return
        self._changed()

    def _take_inspections(self, group: str, change: Change[InspectionObject]) -> None:
        now, inspections = time.time_ns(), [each.inspection() for each in change.objects]
        match change.kind:
            case "replace":
                self._roster.replace_inspections(group, inspections, now)
                self._told.add(group)
            case "set":
                self._roster.set_inspections(group, inspections, now)
            case "delete":
                self._roster.drop_inspections(group, (each.key for each in inspections), now)
            case "sync":
                return
        self._changed()
