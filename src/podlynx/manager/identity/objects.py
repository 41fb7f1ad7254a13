"""Pods, services and nodes as the watch reads them: only the fields that tell who somebody is (Kubernetes API, core/v1).

What is not here is not decoded, so a cluster of many thousand pods stays small.
"""

from msgspec import Struct, field


class Owner(Struct, frozen=True):
    """metav1.OwnerReference."""

    kind: str = ""
    name: str = ""
    controller: bool | None = None


class Meta(Struct, frozen=True, rename="camel"):
    """metav1.ObjectMeta."""

    name: str
    namespace: str = ""
    uid: str = ""
    generate_name: str = ""
    creation_timestamp: str | None = None
    labels: dict[str, str] | None = None
    owner_references: list[Owner] | None = None


class ContainerPort(Struct, frozen=True, rename="camel"):
    """A port with a name that a Service may call it by."""

    container_port: int
    name: str = ""


class Container(Struct, frozen=True):
    """One container."""

    image: str = ""
    ports: list[ContainerPort] | None = None


class PodSpec(Struct, frozen=True, rename="camel"):
    """corev1.PodSpec."""

    node_name: str = ""
    host_network: bool | None = None
    containers: list[Container] | None = None


class IP(Struct, frozen=True):
    """corev1.PodIP, and an ingress of a load balancer."""

    ip: str = ""


class PodStatus(Struct, frozen=True, rename="camel"):
    """corev1.PodStatus."""

    phase: str = ""
    start_time: str | None = None
    pod_ips: list[IP] | None = field(name="podIPs", default=None)


class Pod(Struct, frozen=True):
    """corev1.Pod."""

    metadata: Meta
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


class ServicePort(Struct, frozen=True, rename="camel"):
    """corev1.ServicePort. `target_port`: a number, or the name of a container's port; absent: the same as `port`."""

    port: int
    protocol: str = "TCP"
    target_port: int | str | None = None


class ServiceSpec(Struct, frozen=True, rename="camel"):
    """corev1.ServiceSpec."""

    selector: dict[str, str] | None = None
    ports: list[ServicePort] | None = None
    cluster_ips: list[str] | None = field(name="clusterIPs", default=None)
    external_ips: list[str] | None = field(name="externalIPs", default=None)


class LoadBalancer(Struct, frozen=True):
    """corev1.LoadBalancerStatus."""

    ingress: list[IP] | None = None


class ServiceStatus(Struct, frozen=True, rename="camel"):
    """corev1.ServiceStatus."""

    load_balancer: LoadBalancer = LoadBalancer()


class Service(Struct, frozen=True):
    """corev1.Service."""

    metadata: Meta
    spec: ServiceSpec = ServiceSpec()
    status: ServiceStatus = ServiceStatus()


class NodeAddress(Struct, frozen=True):
    """corev1.NodeAddress."""

    type: str
    address: str


class NodeStatus(Struct, frozen=True):
    """corev1.NodeStatus."""

    addresses: list[NodeAddress] | None = None


class Node(Struct, frozen=True):
    """corev1.Node."""

    metadata: Meta
    status: NodeStatus = NodeStatus()
