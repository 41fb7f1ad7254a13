"""What is kept of a pod, a Service or a node: small, capped, immutable."""

from collections.abc import Mapping
from typing import Final

import msgspec

from podlynx.manager.identity.objects import Node, Pod, Service
from podlynx.manager.identity.workload import name_aggr, workload_of
from podlynx.models.endpoint import EndpointDetail

MAX_LABELS: Final = 64
MAX_IMAGES: Final = 16
MAX_NAME: Final = 255
"""Characters of a label's key or value and of an image's name; a longer key is left out, the rest is cut."""
MAX_PORTS: Final = 64
"""Named ports of a pod, and ports of a Service."""


class PodFacts(msgspec.Struct, frozen=True):
    """A pod. `ports`: its named container ports."""

    uid: str
    namespace: str
    name: str
    name_aggr: str
    workload_kind: str
    workload: str
    node: str
    labels: dict[str, str]
    images: tuple[str, ...]
    ports: dict[str, int]

    @property
    def key(self) -> str:
        """Who it is, whatever changes about it."""
        return self.uid

    def detail(self) -> EndpointDetail:
        """As an alert's end tells it."""
        return EndpointDetail(
            kind="pod",
            namespace=self.namespace,
            name=self.name,
            uid=self.uid,
            workload_kind=self.workload_kind,
            workload=self.workload,
            node=self.node,
            labels=self.labels,
            images=list(self.images),
        )


class ServicePortFacts(msgspec.Struct, frozen=True):
    """One port of a Service and where it leads."""

    port: int
    protocol: str
    target: int | str


class ServiceFacts(msgspec.Struct, frozen=True):
    """A Service. `headless`: it has no address of its own, so nothing is translated."""

    uid: str
    namespace: str
    name: str
    selector: dict[str, str]
    ports: tuple[ServicePortFacts, ...]
    headless: bool

    @property
    def key(self) -> str:
        """Who it is."""
        return self.uid

    def detail(self) -> EndpointDetail:
        """As an alert's end tells it."""
        return EndpointDetail(kind="service", namespace=self.namespace, name=self.name, uid=self.uid)


class NodeFacts(msgspec.Struct, frozen=True):
    """A node."""

    uid: str
    name: str

    @property
    def key(self) -> str:
        """Who it is."""
        return self.uid

    def detail(self) -> EndpointDetail:
        """As an alert's end tells it."""
        return EndpointDetail(kind="node", name=self.name, uid=self.uid, node=self.name)


Facts = PodFacts | ServiceFacts | NodeFacts


def pod_facts(pod: Pod) -> PodFacts:
    """What is kept of a pod."""
    meta, containers = pod.metadata, pod.spec.containers or ()
    kind, workload = workload_of(meta)
    named = [(port.name, port.container_port) for each in containers for port in each.ports or () if port.name]
    return PodFacts(
        uid=meta.uid,
        namespace=meta.namespace,
        name=meta.name,
        name_aggr=name_aggr(meta)[:MAX_NAME],
        workload_kind=kind[:MAX_NAME],
        workload=workload[:MAX_NAME],
        node=pod.spec.node_name[:MAX_NAME],
        labels=_capped(meta.labels or {}),
        images=tuple(dict.fromkeys(each.image[:MAX_NAME] for each in containers if each.image))[:MAX_IMAGES],
        ports=dict(named[:MAX_PORTS]),
    )


def pod_addresses(pod: Pod) -> tuple[str, ...]:
    """The addresses that are this pod's alone; none once it ended, none where it shares the node's."""
    if pod.spec.host_network or pod.status.phase in {"Succeeded", "Failed"}:
        return ()
    return tuple(each.ip for each in pod.status.pod_ips or () if each.ip)


def service_facts(service: Service) -> ServiceFacts:
    """What is kept of a Service."""
    meta, spec = service.metadata, service.spec
    ports = [ServicePortFacts(each.port, each.protocol, each.target_port or each.port) for each in spec.ports or ()]
    headless = not any(_is_address(each) for each in spec.cluster_ips or ())
    return ServiceFacts(meta.uid, meta.namespace, meta.name, dict(spec.selector or {}), tuple(ports[:MAX_PORTS]), headless)


def service_addresses(service: Service) -> tuple[str, ...]:
    """Every address that it is reached by."""
    ingress = [each.ip for each in service.status.load_balancer.ingress or ()]
    found = [*(service.spec.cluster_ips or ()), *(service.spec.external_ips or ()), *ingress]
    return tuple(dict.fromkeys(each for each in found if _is_address(each)))


def node_facts(node: Node) -> NodeFacts:
    """What is kept of a node."""
    return NodeFacts(node.metadata.uid, node.metadata.name)


def node_addresses(node: Node) -> tuple[str, ...]:
    """Its internal and external addresses."""
    found = [each.address for each in node.status.addresses or () if each.type in {"InternalIP", "ExternalIP"}]
    return tuple(dict.fromkeys(found))


def _is_address(text: str) -> bool:
    return bool(text) and text != "None"  # the API writes a headless Service's address as the word None


def _capped(labels: Mapping[str, str]) -> dict[str, str]:
    fitting = [(key, value[:MAX_NAME]) for key, value in sorted(labels.items()) if len(key) <= MAX_NAME]
    return dict(fitting[:MAX_LABELS])
