"""What a cloud would do for the cluster: addresses for LoadBalancer Services, volumes for claims. A process on the host.

`python -m tests.e2e.cluster.controller`; `make cluster` starts it and `make cluster-down` ends it.
"""

import ipaddress
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any

import httpx2
from lightkube import Client, KubeConfig
from lightkube.core.exceptions import ApiError
from lightkube.models.core_v1 import HostPathVolumeSource, ObjectReference, PersistentVolumeSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.operators import Operator
from lightkube.resources.core_v1 import PersistentVolume, PersistentVolumeClaim, Service
from lightkube.resources.discovery_v1 import EndpointSlice
from tests.e2e.cluster.layout import BRIDGE, CONTROL_PLANE, LOAD_BALANCERS, NODES, State

Labels = dict[str, str | Operator[Any] | Iterable[Any] | None]  # as lightkube selects by them
STORAGE_CLASS = "standard"
OURS = {"app.kubernetes.io/managed-by": "podlynx-test-cluster"}
PAUSE_SECONDS = 0.5
MOST_ADDRESSES = 200  # of the 254 that the network has


class LoadBalancers:
    """Writes `.status.loadBalancer.ingress[0].ip`; kube-proxy of the node that the address is routed to does the rest."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.pool = [str(address) for address in list(ipaddress.ip_network(LOAD_BALANCERS).hosts())[:MOST_ADDRESSES]]
        self.routes: dict[str, str] = {}

    def step(self) -> None:
        """One look at all Services."""
        services = [s for s in self.client.list(Service, namespace="*") if s.spec and s.spec.type == "LoadBalancer"]
        used = {address for service in services if (address := _given(service))}
        for service in services:
            address = _given(service) or self._assign(service, used)
            if address:
                used.add(address)
                self._route(address, self._node(service))
        for address in self.routes.keys() - used:
            _ip("del", f"{address}/32", "dev", BRIDGE)
            del self.routes[address]

    def _assign(self, service: Service, used: set[str]) -> str | None:
        free = next((address for address in self.pool if address not in used), None)
        if free is None or not service.metadata or not service.metadata.name:
            print(f"no address is left of {LOAD_BALANCERS}", file=sys.stderr, flush=True)
            return None
        status = {"status": {"loadBalancer": {"ingress": [{"ip": free, "ipMode": "VIP"}]}}}
        self.client.patch(Service.Status, service.metadata.name, status, namespace=service.metadata.namespace)
        print(f"{service.metadata.namespace}/{service.metadata.name}: {free}", flush=True)
        return free

    def _node(self, service: Service) -> str:
        """Where the address leads: the control plane's node; with `externalTrafficPolicy: Local` a node with a ready pod."""
        if service.spec and service.spec.externalTrafficPolicy == "Local" and service.metadata and service.metadata.name:
            labels: Labels = {"kubernetes.io/service-name": service.metadata.name}
            slices = self.client.list(EndpointSlice, namespace=service.metadata.namespace, labels=labels)
            ready = sorted(
                e.nodeName for s in slices for e in s.endpoints or [] if e.nodeName and e.conditions and e.conditions.ready
            )
            if ready:
                return ready[0]
        return CONTROL_PLANE.name

    def _route(self, address: str, node: str) -> None:
        via = next((n.address(4) for n in NODES if n.name == node), CONTROL_PLANE.address(4))
        if self.routes.get(address) != via:
            _ip("replace", f"{address}/32", "via", via, "dev", BRIDGE)
            self.routes[address] = via


def _given(service: Service) -> str | None:
    ingress = service.status and service.status.loadBalancer and service.status.loadBalancer.ingress
    return ingress[0].ip if ingress else None


class Volumes:
    """A directory of the cluster's state, the same on every node, for each claim of the class `standard`."""

    def __init__(self, client: Client, state: State) -> None:
        self.client = client
        self.folder = state.volumes

    def step(self) -> None:
        """Volumes for the claims that wait; away with those whose claim is gone."""
        claims = list(self.client.list(PersistentVolumeClaim, namespace="*"))
        waiting = [c for c in claims if c.spec and c.spec.storageClassName == STORAGE_CLASS and not c.spec.volumeName]
        for claim in waiting:
            self._provision(claim)
        self._reclaim({claim.metadata.uid for claim in claims if claim.metadata})

    def _provision(self, claim: PersistentVolumeClaim) -> None:
        meta, spec = claim.metadata, claim.spec
        if not meta or not spec or not meta.uid or not spec.resources:
            return
        name = f"pvc-{meta.uid}"
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o777)  # a host path knows no fsGroup, and pods under `restricted` are not root
        volume = PersistentVolume(
            metadata=ObjectMeta(name=name, labels=OURS),
            spec=PersistentVolumeSpec(
                accessModes=spec.accessModes,
                capacity=spec.resources.requests,
                storageClassName=STORAGE_CLASS,
                # Retain for the controller manager, which would else look for a deleter of host paths; `_reclaim` deletes.
                persistentVolumeReclaimPolicy="Retain",
                claimRef=ObjectReference(namespace=meta.namespace, name=meta.name, uid=meta.uid),
                hostPath=HostPathVolumeSource(path=str(path), type="Directory"),
            ),
        )
        try:
            self.client.create(volume)
            print(f"{meta.namespace}/{meta.name}: {name}", flush=True)
        except ApiError as problem:
            if problem.status.code != 409:  # made in the round before; binding takes a moment
                raise

    def _reclaim(self, claims: Iterable[str | None]) -> None:
        ours: Labels = {**OURS}
        for volume in self.client.list(PersistentVolume, labels=ours):
            reference = volume.spec.claimRef if volume.spec else None
            if reference and reference.uid not in claims and volume.metadata and volume.metadata.name:
                self.client.delete(PersistentVolume, volume.metadata.name)
                shutil.rmtree(self.folder / volume.metadata.name, ignore_errors=True)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", "route", *arguments], check=False)


def main() -> None:
    """Until it is ended. An API server that is away (a test restarts it) is asked again."""
    state = State.chosen()
    client = Client(config=KubeConfig.from_file(str(state.kubeconfig)), field_manager="podlynx-test-cluster")
    parts: list[LoadBalancers | Volumes] = [LoadBalancers(client), Volumes(client, state)]
    while True:
        for part in parts:
            try:
                part.step()
            except (ApiError, httpx2.HTTPError, OSError) as problem:
                print(f"{type(part).__name__}: {problem}; trying again", file=sys.stderr, flush=True)
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
