"""Names, addresses and paths of the cluster: the one place that knows them."""

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

CHECKOUT = Path(__file__).resolve().parents[3]

BRIDGE = "podlynx0"
HOST_ADDRESS = {4: "10.199.0.1/24", 6: "fd00:10:199::1/64"}
SERVICES = {4: "10.96.0.0/16", 6: "fd00:10:96::/112"}
API_SERVICE_ADDRESS = "10.96.0.1"
DNS_SERVICE_ADDRESS = "10.96.0.10"
PODS = {4: "10.244.0.0/16", 6: "fd00:10:244::/48"}
LOAD_BALANCERS = "10.199.1.0/24"
CGROUP_ROOT = Path("/sys/fs/cgroup")
FAMILIES = (4, 6)
PAUSE_IMAGE = "localhost/podlynx-pause:1"
COREDNS_IMAGE = "localhost/podlynx-coredns:1"
SHOP_IMAGE = "localhost/podlynx-shop:1"
OWN_RULES_IMAGE = "localhost/podlynx-own-rules:1"


class ClusterError(Exception):
    """What went wrong, where, and how to mend it, in words for the person who typed the command."""


@dataclass(frozen=True)
class Node:
    """One node of the cluster; `cni` is how its pods hang on it: ports of a bridge, or routed veths (`ptp`)."""

    number: int
    cni: Literal["bridge", "ptp"]

    @property
    def name(self) -> str:
        """As the node object is called."""
        return f"n{self.number}"

    @property
    def link(self) -> str:
        """The host's end of the node's cable."""
        return f"podlynx-{self.name}"

    @property
    def cgroup(self) -> str:
        """Below each controller; kubelet's own hierarchy starts here."""
        return f"podlynx-{self.name}"

    def address(self, family: int) -> str:
        """Of the node, without prefix length."""
        return f"10.199.0.1{self.number}" if family == 4 else f"fd00:10:199::1{self.number}"

    def pods(self, family: int) -> str:
        """The node's share of the pod addresses, in CIDR form."""
        return f"10.244.{self.number}.0/24" if family == 4 else f"fd00:10:244:{self.number}::/64"


NODES = (Node(1, "bridge"), Node(2, "bridge"), Node(3, "ptp"))
CONTROL_PLANE = NODES[0]
API = f"https://{CONTROL_PLANE.address(4)}:6443"


def node_named(name: str) -> Node:
    """Raises ClusterError for a name that no node has."""
    for node in NODES:
        if node.name == name:
            return node
    raise ClusterError(f"there is no node {name!r}; the nodes are {', '.join(n.name for n in NODES)}")


def cache() -> Path:
    """Where what was built is kept between clusters."""
    base = os.environ.get("PODLYNX_CACHE")
    return (Path(base) if base else Path.home() / ".cache" / "podlynx") / "cluster"


@dataclass(frozen=True)
class State:
    """The one directory of a cluster: everything that is written lies below it."""

    root: Path

    @classmethod
    def chosen(cls) -> "State":
        """By PODLYNX_CLUSTER_STATE, else /var/lib/podlynx-cluster. Raises ClusterError for a relative path."""
        root = Path(os.environ.get("PODLYNX_CLUSTER_STATE") or "/var/lib/podlynx-cluster")
        if not root.is_absolute():
            raise ClusterError(f"PODLYNX_CLUSTER_STATE is {str(root)!r}: give an absolute path")
        return cls(root)

    @cached_property
    def bin(self) -> Path:
        """kubectl, helm and the cluster's own programs, as links into the cache."""
        return self.root / "bin"

    @cached_property
    def pki(self) -> Path:
        """Keys and certificates."""
        return self.root / "pki"

    @cached_property
    def etcd(self) -> Path:
        """The database."""
        return self.root / "etcd"

    @cached_property
    def volumes(self) -> Path:
        """What persistent volumes hold; the same on every node."""
        return self.root / "volumes"

    @cached_property
    def kubeconfig(self) -> Path:
        """The cluster administrator's."""
        return self.root / "kubeconfig"

    @cached_property
    def before(self) -> Path:
        """The host's network, mounts and cgroups as they were before the cluster came."""
        return self.root / "host-before.json"

    def node(self, node: Node) -> Path:
        """What belongs to one node alone."""
        return self.root / "nodes" / node.name

    def log(self, owner: str, name: str) -> Path:
        """Output of one process; `owner` is a node's name or `host`."""
        return self.root / "log" / owner / f"{name}.log"

    def record(self, owner: str, name: str) -> Path:
        """Which process that is."""
        return self.root / "run" / owner / f"{name}.json"


def content_hash(paths: list[Path]) -> str:
    """16 hexadecimal digits over names and contents; what was built of them is kept under it."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
