"""What should be in the cluster, given what people wrote. Pure: the same input gives the same objects, byte for byte."""

from dataclasses import dataclass, field
from typing import Final

from podlynx.kubernetes.crds import OURS
from podlynx.kubernetes.kinds import Manifest
from podlynx.kubernetes.resources import IntrusionDetectionSpec
from podlynx.operator.pod import CA, labels_of, pod_of
from podlynx.operator.settings import Settings

NAME: Final = "tigera-dpi"
"""Namespace, DaemonSet, ServiceAccount, ClusterRole and container of the monitors."""
NAME_BESIDE: Final = "podlynx-dpi"
"""The same, side by side with Calico's own."""
GROUPS: Final = ("projectcalico.org/v3", "crd.projectcalico.org/v1")
CA_NAME: Final = "podlynx-ca"
_RBAC: Final = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class Wanted:
    """All that decides what runs: is anything to be monitored, with which settings, by which means."""

    monitored: bool
    settings: IntrusionDetectionSpec = field(default_factory=IntrusionDetectionSpec)
    operator: Settings = field(default_factory=Settings)
    name: str = NAME
    groups: tuple[str, ...] = GROUPS
    """`group/version`s where DeepPacketInspections are served; the first is the source."""
    authority: str = ""
    """Certificates (PEM) by which the monitors know the manager."""
    owners: tuple[Manifest, ...] = ()
    """ownerReferences of cluster-wide objects."""


def desired(wanted: Wanted) -> list[Manifest]:
    """The objects in the order of their creation; none where nothing is monitored."""
    if not wanted.monitored:
        return []
    return [
        namespace(wanted),
        {**_object(wanted, "v1", "ServiceAccount"), "automountServiceAccountToken": False},
        _cluster_role(wanted),
        _binding(wanted),
        _network_policy(wanted),
        _authority(wanted),
        _daemon_set(wanted),
    ]


def obsolete(wanted: Wanted) -> list[Manifest]:
    """What goes when nothing is monitored any more, in the order of its deletion. The namespace stays: see docs/operator.md."""
    everything = desired(Wanted(monitored=True, operator=wanted.operator, name=wanted.name))
    return [manifest for manifest in reversed(everything) if manifest["kind"] != "Namespace"]


def namespace(wanted: Wanted) -> Manifest:
    """The monitors' namespace. Their pods need the host's network: Pod Security must admit them."""
    manifest = _clusterwide(wanted, "v1", "Namespace")
    levels = {f"pod-security.kubernetes.io/{mode}": "privileged" for mode in ("enforce", "audit", "warn")}
    manifest["metadata"]["labels"] |= levels
    return manifest


def _object(wanted: Wanted, api: str, kind: str, name: str = "") -> Manifest:
    metadata = {"name": name or wanted.name, "namespace": wanted.name, "labels": dict(OURS)}
    return {"apiVersion": api, "kind": kind, "metadata": metadata}


def _clusterwide(wanted: Wanted, api: str, kind: str) -> Manifest:
    metadata: Manifest = {"name": wanted.name, "labels": dict(OURS)}
    if wanted.owners:
        metadata["ownerReferences"] = list(wanted.owners)
    return {"apiVersion": api, "kind": kind, "metadata": metadata}


def _cluster_role(wanted: Wanted) -> Manifest:
    """Sensors read; they hold no write verb on any resource."""
    read = ["list", "watch"]
    groups = [group.partition("/")[0] for group in wanted.groups]
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": read},
        {"apiGroups": groups, "resources": ["deeppacketinspections"], "verbs": read},
    ]
    return {**_clusterwide(wanted, f"{_RBAC}/v1", "ClusterRole"), "rules": rules}


def _binding(wanted: Wanted) -> Manifest:
    role = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": wanted.name}
    subject = {"kind": "ServiceAccount", "name": wanted.name, "namespace": wanted.name}
    return {**_clusterwide(wanted, f"{_RBAC}/v1", "ClusterRoleBinding"), "roleRef": role, "subjects": [subject]}


def _network_policy(wanted: Wanted) -> Manifest:
    """The monitors use the host's network, which no policy holds; whatever else appears in their namespace talks to nobody."""
    spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return {**_object(wanted, "networking.k8s.io/v1", "NetworkPolicy"), "spec": spec}


def _authority(wanted: Wanted) -> Manifest:
    return {**_object(wanted, "v1", "ConfigMap", CA_NAME), "data": {CA: wanted.authority}}


def _daemon_set(wanted: Wanted) -> Manifest:
    labels = labels_of(wanted.name)
    spec = {
        "selector": {"matchLabels": labels},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
        "template": {
            "metadata": {"labels": labels},
            "spec": pod_of(wanted.settings, wanted.operator, wanted.name, wanted.groups),
        },
    }
    return {**_object(wanted, "apps/v1", "DaemonSet"), "spec": spec}
