"""The pods of this node, the resources of the cluster, and which selects which, now and at a packet's time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from podlynx.sensor.node.history import KEPT_SECONDS, SECOND
from podlynx.sensor.node.objects import Inspection, Pod, ResourceKey

VERSION_CAP: Final = 32
"""Selections of one pod that are remembered: labels that flap faster are told by the oldest kept one."""
INSPECTION_CAP: Final = 4096
"""Resources that are followed; a report holds no more."""
REMEMBERED_CAP: Final = 5000
"""Pods that are gone and still remembered."""


class Selection(msgspec.Struct, frozen=True):
    """From then on these resources selected the pod, by name."""

    begin: int
    keys: tuple[ResourceKey, ...]


class _Known(msgspec.Struct):
    pod: Pod
    selections: list[Selection]
    gone: int | None = None


class Roster:
    """Fed by the two watches. Times are nanoseconds since the epoch."""

    def __init__(self, groups: Sequence[str]) -> None:
        """`groups`: group/version, the source first: of two resources with one name the earlier group's counts."""
        self.over_cap = 0
        """Resources that are not followed for the cap's sake, as of now."""
        self._inspections: dict[str, dict[ResourceKey, Inspection]] = {group: {} for group in groups}
        self._effective: dict[ResourceKey, Inspection] = {}
        self._by_namespace: dict[str, list[Inspection]] = {}
        self._pods: dict[str, _Known] = {}

    def pods(self) -> Iterator[Pod]:
        """Pods that are there and have not ended."""
        return (known.pod for known in self._pods.values() if known.gone is None)

    def pod(self, uid: str) -> Pod | None:
        """The pod, also for a while after it went."""
        known = self._pods.get(uid)
        return known.pod if known else None

    def present(self, uid: str) -> bool:
        """Whether it is there and has not ended."""
        known = self._pods.get(uid)
        return known is not None and known.gone is None

    def inspections(self) -> list[Inspection]:
        """Resources that count, by namespace and name."""
        return [self._effective[key] for key in sorted(self._effective)]

    def selecting(self, uid: str, time: int | None = None) -> tuple[ResourceKey, ...]:
        """Resources that selected the pod at that time, by name; now where none is given."""
        known = self._pods.get(uid)
        if known is None or (time is not None and known.gone is not None and time > known.gone):
            return ()
        if time is None:
            return known.selections[-1].keys if known.gone is None else ()
        return next((each.keys for each in reversed(known.selections) if each.begin <= time), known.selections[0].keys)

    def payloads_off(self, pod: Pod) -> bool:
        """Whether the pod, or a resource of its namespace, says that no payload of its is kept."""
        return pod.payloads_off or any(each.payloads_off for each in self._by_namespace.get(pod.namespace, ()))

    def set_pods(self, pods: Iterable[Pod], now: int) -> None:
        """These pods are new or changed."""
        for pod in pods:
            if pod.ended:
                self.drop_pods([pod.uid], now)
            else:
                self._set_pod(pod, now)

    def replace_pods(self, pods: Sequence[Pod], now: int) -> None:
        """These pods and no others are there."""
        listed = {pod.uid for pod in pods}
        self.drop_pods([uid for uid, known in self._pods.items() if known.gone is None and uid not in listed], now)
        self.set_pods(pods, now)

    def drop_pods(self, uids: Iterable[str], now: int) -> None:
        """These are gone; what they were is remembered for a while."""
        for uid in uids:
            known = self._pods.get(uid)
            if known is not None and known.gone is None:
                known.gone = now

    def set_inspections(self, group: str, inspections: Iterable[Inspection], now: int) -> None:
        """These resources of the group are new or changed."""
        for inspection in inspections:
            self._inspections[group][inspection.key] = inspection
        self._select_all(now)

    def replace_inspections(self, group: str, inspections: Iterable[Inspection], now: int) -> None:
        """These resources of the group and no others are there."""
        self._inspections[group] = {inspection.key: inspection for inspection in inspections}
        self._select_all(now)

    def drop_inspections(self, group: str, keys: Iterable[ResourceKey], now: int) -> None:
        """These are gone."""
        for key in keys:
            self._inspections[group].pop(key, None)
        self._select_all(now)

    def forget(self, now: int) -> list[str]:
        """Drop what is remembered of pods that went long ago; answers their UIDs."""
        before = now - KEPT_SECONDS * SECOND
        gone = sorted((known.gone, uid) for uid, known in self._pods.items() if known.gone is not None)
        forgotten = [uid for when, uid in gone if when < before] or [uid for _, uid in gone[: max(len(gone) - REMEMBERED_CAP, 0)]]
        for uid in forgotten:
            del self._pods[uid]
        return forgotten

    def _set_pod(self, pod: Pod, now: int) -> None:
        known = self._pods.get(pod.uid)
        if known is None:
            # It was made with these labels: what it sent before we heard of it is theirs.
            self._pods[pod.uid] = _Known(pod, [Selection(0, self._keys_of(pod))])
            return
        known.pod, known.gone = pod, None
        self._select(known, now)

    def _select_all(self, now: int) -> None:
        self._effective = {}
        for group in reversed(self._inspections.values()):
            self._effective |= {key: inspection for key, inspection in group.items() if not inspection.copy}
        self.over_cap = max(len(self._effective) - INSPECTION_CAP, 0)
        if self.over_cap:
            self._effective = {key: self._effective[key] for key in sorted(self._effective)[:INSPECTION_CAP]}
        self._by_namespace = {}
        for key in sorted(self._effective):
            self._by_namespace.setdefault(key.namespace, []).append(self._effective[key])
        for known in self._pods.values():
            if known.gone is None:
                self._select(known, now)

    def _select(self, known: _Known, now: int) -> None:
        keys = self._keys_of(known.pod)
        if keys == known.selections[-1].keys:
            return
        known.selections.append(Selection(now, keys))
        if len(known.selections) > VERSION_CAP:
            del known.selections[0]

    def _keys_of(self, pod: Pod) -> tuple[ResourceKey, ...]:
        inspections = self._by_namespace.get(pod.namespace, ())
        return tuple(each.key for each in inspections if each.selects is not None and each.selects(pod.labels))
