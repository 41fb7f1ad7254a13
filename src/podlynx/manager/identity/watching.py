"""The manager's one cluster-wide watch: pods, services and nodes, written into the history as they come and go."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.kinds import NODES, PODS, SERVICES
from podlynx.kubernetes.watch import Change, watch
from podlynx.manager.identity.facts import (
    Facts,
    PodFacts,
    ServiceFacts,
    node_addresses,
    node_facts,
    pod_addresses,
    pod_facts,
    service_addresses,
    service_facts,
)
from podlynx.manager.identity.history import SECOND, SKEW, History
from podlynx.manager.identity.objects import Node, Pod, Service
from podlynx.manager.identity.services import Services
from podlynx.manager.identity.workload import epoch_seconds

_LOG = structlog.get_logger("podlynx.manager")
MAX_PODS: Final = 100_000
"""Pods that are known at once; one more is counted and has no name."""
SWEEP_SECONDS: Final = 60.0


class Holders:
    """Who holds which addresses now: turns what an object says now into the history's beginnings and ends."""

    def __init__(self, history: History, clock: Callable[[], int] = time.time_ns) -> None:
        self._history = history
        self._clock = clock
        self._held: dict[str, tuple[Facts, tuple[str, ...]]] = {}

    def hold(self, facts: Facts, addresses: tuple[str, ...], since: int | None) -> None:
        """The holder has these addresses now, and no other."""
        now = self._clock()
        known = self._held.get(facts.key)
        before = known[1] if known else ()
        for gone in set(before) - set(addresses):
            self._history.end(gone, facts.key, now)
        # Addresses that come later than their holder are younger than it: what was told of them is a moment old.
        begin = min(since, now) if since is not None and not before else now - 2 * SKEW
        for address in addresses:
            self._history.begin(address, facts, begin)
        self._held[facts.key] = (facts, addresses)

    def drop(self, key: str) -> Facts | None:
        """The holder is gone; what was known of it."""
        facts, addresses = self._held.pop(key, (None, ()))
        for address in addresses:
            self._history.end(address, key, self._clock())
        return facts

    def keys(self) -> set[str]:
        """Everybody who is here now."""
        return set(self._held)

    def get(self, key: str) -> Facts | None:
        """What is known of a holder that is here now."""
        found = self._held.get(key)
        return found[0] if found else None

    def __len__(self) -> int:
        return len(self._held)


class ClusterWatch:
    """Runs until it is cancelled. `synced` once everything that there is was told."""

    def __init__(self, history: History, services: Services, clock: Callable[[], int] = time.time_ns) -> None:
        self.history = history
        self.services = services
        self._clock = clock
        self._pods, self._services, self._nodes = (Holders(history, clock) for _ in range(3))
        self._told: set[str] = set()
        self.refused_pods = 0

    @property
    def synced(self) -> bool:
        """Whether pods, services and nodes were all read."""
        return len(self._told) == 3

    async def run(self, client: Client) -> None:
        """Watches, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_pods(client))
            tasks.create_task(self._follow_services(client))
            tasks.create_task(self._follow_nodes(client))
            tasks.create_task(self._sweep())

    def pod(self, uid: str) -> PodFacts | None:
        """A pod that is here now."""
        facts = self._pods.get(uid)
        return facts if isinstance(facts, PodFacts) else None

    async def _follow_pods(self, client: Client) -> None:
        async for change in watch(client, PODS, of=Pod):
            self.pods_changed(change)

    async def _follow_services(self, client: Client) -> None:
        async for change in watch(client, SERVICES, of=Service):
            self.services_changed(change)

    async def _follow_nodes(self, client: Client) -> None:
        async for change in watch(client, NODES, of=Node):
            self.nodes_changed(change)

    def pods_changed(self, change: Change[Pod]) -> None:
        """One step of the watch of pods."""
        self._ended(self._pods, change.kind, {each.metadata.uid for each in change.objects})
        for pod in change.objects if change.kind in {"replace", "set"} else ():
            facts = pod_facts(pod)
            if len(self._pods) >= MAX_PODS and self._pods.get(facts.key) is None:
                self.refused_pods += 1
                continue
            started = epoch_seconds(pod.status.start_time)
            self._pods.hold(facts, pod_addresses(pod), None if started is None else started * SECOND)
        self._note("pods", change.kind)

    def services_changed(self, change: Change[Service]) -> None:
        """One step of the watch of services."""
        for gone in self._ended(self._services, change.kind, {each.metadata.uid for each in change.objects}):
            if isinstance(gone, ServiceFacts):
                self.services.remove(gone)
        for service in change.objects if change.kind in {"replace", "set"} else ():
            facts = service_facts(service)
            self._services.hold(facts, service_addresses(service), _created(service.metadata.creation_timestamp))
            self.services.set(facts)
        self._note("services", change.kind)

    def nodes_changed(self, change: Change[Node]) -> None:
        """One step of the watch of nodes."""
        self._ended(self._nodes, change.kind, {each.metadata.uid for each in change.objects})
        for node in change.objects if change.kind in {"replace", "set"} else ():
            self._nodes.hold(node_facts(node), node_addresses(node), _created(node.metadata.creation_timestamp))
        self._note("nodes", change.kind)

    def _ended(self, holders: Holders, kind: str, uids: set[str]) -> list[Facts]:
        """Those that this step says are gone."""
        gone = holders.keys() - uids if kind == "replace" else uids if kind == "delete" else set()
        return [facts for uid in gone if (facts := holders.drop(uid)) is not None]

    def _note(self, what: str, kind: str) -> None:
        if kind == "replace" and what not in self._told:
            self._told.add(what)
            _LOG.info("addresses known", of=what, addresses=self.history.size)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.history.sweep(self._clock())


def _created(timestamp: str | None) -> int | None:
    seconds = epoch_seconds(timestamp)
    return None if seconds is None else seconds * SECOND
