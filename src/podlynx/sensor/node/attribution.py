"""From the engine's event to the sensor's: who had asked for it, whose packet it was, and who else saw it."""

from collections.abc import Collection
from typing import Final, Literal

import msgspec

from podlynx.models.endpoint import Observer, PodRef
from podlynx.models.engine_event import EngineEvent, SensorEvent
from podlynx.sensor.node.identity import Identity
from podlynx.sensor.node.objects import Pod, ResourceKey
from podlynx.sensor.node.roster import Roster

OBSERVER_CAP: Final = 16
"""Observers that an event names (`SensorEvent.observers`)."""

Side = Literal["client", "server", "unknown"]


class End(msgspec.Struct, frozen=True):
    """A pod of this node at one end of the packet, and the resources that selected it then."""

    pod: Pod
    side: Side
    keys: tuple[ResourceKey, ...] = ()


class Attributed(msgspec.Struct, frozen=True):
    """The event to ship, and the pairs of resource and pod that get a line in their alert file."""

    event: SensorEvent
    files: tuple[tuple[ResourceKey, Pod], ...]
    payloads_off: bool = False
    """An end wants no payload kept."""


class Attribution:
    """Pure but for what `Roster` and `Identity` know."""

    def __init__(self, node: str, roster: Roster, identity: Identity, payloads_off: Collection[str] = ()) -> None:
        """`payloads_off`: namespaces of whose pods no payload is kept."""
        self._node, self._roster, self._identity = node, roster, identity
        self._payloads_off = frozenset(payloads_off)

    def owner(self, event: EngineEvent) -> str | None:
        """The UID of the pod whose interface showed the packet, at its time."""
        return self._identity.by_interface(event.ifindex, event.time) if event.ifindex is not None else None

    def attribute(self, event: EngineEvent, uid: str, interface: str) -> Attributed | None:
        """`uid`: of the pod behind the interface. None: no resource selected either pod at the packet's time."""
        towards = event.towards_pod is not False
        source_uid = self._identity.by_address(event.src_ip, event.time) if towards else uid
        destination_uid = uid if towards else self._identity.by_address(event.dst_ip, event.time)
        source = self._end(source_uid, event, _side(event, source=True))
        destination = self._end(destination_uid, event, _side(event, source=False))
        near, far = (destination, source) if towards else (source, destination)
        ends = _owner_first([end for end in (near, far) if end is not None and end.keys])
        if not ends:
            return None
        observers = [self._observer(end, key, interface if end is near else "") for end in ends for key in end.keys]
        values = {name: getattr(event, name) for name in EngineEvent.__struct_fields__}
        shipped = SensorEvent(
            **{**values, "interface": interface or event.interface},
            host=self._node,
            origin=ends[0].keys[0].origin,
            source=_reference(source),
            destination=_reference(destination),
            observers=observers[:OBSERVER_CAP],
        )
        files = tuple((key, end.pod) for end in ends for key in end.keys)[:OBSERVER_CAP]
        return Attributed(shipped, files, any(self._without_payload(end.pod) for end in (near, far) if end is not None))

    def _without_payload(self, pod: Pod) -> bool:
        return pod.namespace in self._payloads_off or self._roster.payloads_off(pod)

    def _end(self, uid: str | None, event: EngineEvent, side: Side) -> End | None:
        pod = self._roster.pod(uid) if uid is not None else None
        return End(pod, side, self._roster.selecting(pod.uid, event.time)) if pod is not None else None

    def _observer(self, end: End, key: ResourceKey, interface: str) -> Observer:
        return Observer(
            host=self._node,
            origin=key.origin,
            namespace=end.pod.namespace,
            pod=end.pod.name,
            interface=interface,
            side=end.side,
        )


def _owner_first(ends: list[End]) -> list[End]:
    """The server's side owns the document; else the pod whose interface showed it."""
    return sorted(ends, key=lambda end: end.side != "server")


def _side(event: EngineEvent, *, source: bool) -> Side:
    if event.direction == "UNK":
        return "unknown"
    return "client" if (event.direction == "C2S") is source else "server"


def _reference(end: End | None) -> PodRef | None:
    if end is None:
        return None
    return PodRef(namespace=end.pod.namespace, name=end.pod.name, name_aggr=end.pod.name_aggr, uid=end.pod.uid)
