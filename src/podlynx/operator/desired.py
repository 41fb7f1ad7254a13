"""What should be in the cluster, given what people wrote. Pure: the same input gives the same objects, byte for byte."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from msgspec import UNSET

from podlynx.kubernetes.crds import OURS
from podlynx.kubernetes.resources import IntrusionDetection, IntrusionDetectionSpec, ResourceRequirements, RulesContainer

Manifest = dict[str, Any]

NAME: Final = "tigera-dpi"
"""Namespace, DaemonSet, ServiceAccount, ClusterRole and container of the monitors."""
READINESS_PORT: Final = 9097
RULES: Final = "/usr/etc/snort/rules"
ALERTS: Final = "/var/log/calico/snort-alerts"
SPOOL: Final = "/var/lib/podlynx/spool"
CREDENTIALS: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
CREDENTIALS_SECONDS: Final = 3607
"""Life of the token: that of the one that the API server would have mounted by itself; the kubelet renews it."""
DEFAULT_RESOURCES: Final = ResourceRequirements(limits={"cpu": "1", "memory": "1Gi"}, requests={"cpu": "100m", "memory": "100Mi"})


@dataclass(frozen=True)
class Wanted:
    """What people wrote, as far as it decides what runs: is anything to be monitored, and with which settings."""

    monitored: bool
    settings: IntrusionDetectionSpec = field(default_factory=IntrusionDetectionSpec)
    image: str = "podlynx:latest"

    @classmethod
    def of(cls, inspections: int, detections: Sequence[IntrusionDetection], image: str = "podlynx:latest") -> "Wanted":
        """From the number of DeepPacketInspections and the IntrusionDetection, where there is one."""
        return cls(inspections > 0, detections[0].spec if detections else IntrusionDetectionSpec(), image)


def desired(wanted: Wanted) -> list[Manifest]:
    """The objects in the order of their creation; none where nothing is monitored."""
    if not wanted.monitored:
        return []
    return [_namespace(), _service_account(), _cluster_role(), _binding(), _daemon_set(wanted)]


def _object(api: str, kind: str, *, namespaced: bool = True, **more: Any) -> Manifest:
    metadata: Manifest = {"name": NAME, "labels": dict(OURS)}
    if namespaced:
        metadata["namespace"] = NAME
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **more}


def _namespace() -> Manifest:
    namespace = _object("v1", "Namespace", namespaced=False)
    namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "privileged"
    return namespace


def _service_account() -> Manifest:
    return _object("v1", "ServiceAccount")


def _cluster_role() -> Manifest:
    """Sensors read; they hold no write verb on any resource."""
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
        {
            "apiGroups": ["projectcalico.org", "crd.projectcalico.org"],
            "resources": ["deeppacketinspections"],
            "verbs": ["get", "list", "watch"],
        },
    ]
    return _object("rbac.authorization.k8s.io/v1", "ClusterRole", namespaced=False, rules=rules)


def _binding() -> Manifest:
    return _object(
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        namespaced=False,
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAME},
        subjects=[{"kind": "ServiceAccount", "name": NAME, "namespace": NAME}],
    )


def _daemon_set(wanted: Wanted) -> Manifest:
    labels = {"k8s-app": NAME}
    template = {"metadata": {"labels": labels}, "spec": _pod(wanted)}
    spec = {"selector": {"matchLabels": labels}, "updateStrategy": {"type": "RollingUpdate"}, "template": template}
    return _object("apps/v1", "DaemonSet", spec=spec)


def _pod(wanted: Wanted) -> Manifest:
    own_rules = _rules_container(wanted.settings)
    pod: Manifest = {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": False,  # it would reach the rules container too, whose image is anyone's
        "hostNetwork": True,
        "hostPID": True,
        "dnsPolicy": "ClusterFirstWithHostNet",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"operator": "Exists"}],
        "terminationGracePeriodSeconds": 30,
        "containers": [_container(wanted, own_rules=own_rules is not None)],
        "volumes": [_host_path("alerts", ALERTS), _host_path("spool", SPOOL), _token()],
    }
    if own_rules is not None:
        pod["volumes"].append({"name": "rules", "emptyDir": {}})
        pod["initContainers"] = [own_rules]
    return pod


def _host_path(name: str, path: str) -> Manifest:
    return {"name": name, "hostPath": {"path": path, "type": "DirectoryOrCreate"}}


def _token() -> Manifest:
    """The API server's token, certificate and namespace, for the one container that mounts them."""
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    sources = [
        {"serviceAccountToken": {"path": "token", "expirationSeconds": CREDENTIALS_SECONDS}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [namespace]}},
    ]
    return {"name": "token", "projected": {"sources": sources}}


def _container(wanted: Wanted, *, own_rules: bool) -> Manifest:
    mounts: list[Manifest] = [
        {"name": "alerts", "mountPath": ALERTS},
        {"name": "spool", "mountPath": SPOOL},
        {"name": "token", "mountPath": CREDENTIALS, "readOnly": True},
    ]
    if own_rules:
        mounts.append({"name": "rules", "mountPath": RULES, "readOnly": True})
    return {
        "name": NAME,
        "image": wanted.image,
        "args": ["sensor"],
        "env": [{"name": "DPI_NODENAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
        "resources": _quantities(_resources(wanted.settings)),
        # Root only to open the ring; nothing is kept of it but NET_RAW.
        "securityContext": {"runAsUser": 0, "readOnlyRootFilesystem": True, **_confined("NET_RAW")},
        "readinessProbe": {"httpGet": {"host": "localhost", "path": "/readiness", "port": READINESS_PORT}},
        "volumeMounts": mounts,
    }


def _confined(*capabilities: str) -> Manifest:
    """A security context with these capabilities and no way to more."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"], **({"add": list(capabilities)} if capabilities else {})},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _resources(settings: IntrusionDetectionSpec) -> ResourceRequirements:
    components = settings.component_resources
    return components[0].resource_requirements if components is not UNSET and components else DEFAULT_RESOURCES


def _quantities(resources: ResourceRequirements) -> Manifest:
    """As text throughout: `cpu: 1` and `cpu: "1"` are the same and must roll nothing."""
    said: dict[str, dict[str, str | int]] = msgspec.to_builtins(resources)
    return {which: {name: str(amount) for name, amount in amounts.items()} for which, amounts in said.items()}


def _rules_container(settings: IntrusionDetectionSpec) -> Manifest | None:
    """The init container that brings people's own rules: it sees the rules' folder, no token and no host path."""
    containers = _init_containers(settings)
    if not containers:
        return None
    said = containers[0]
    container = {
        "name": said.name,
        "image": said.image,
        "securityContext": _confined(),
        "volumeMounts": [{"name": "rules", "mountPath": RULES}],
    }
    return container if said.resources is UNSET else {**container, "resources": _quantities(said.resources)}


def _init_containers(settings: IntrusionDetectionSpec) -> list[RulesContainer]:
    daemon_set = settings.deep_packet_inspection_daemonset
    if daemon_set is UNSET or daemon_set.spec is UNSET or daemon_set.spec.template is UNSET:
        return []
    spec = daemon_set.spec.template.spec
    return [] if spec is UNSET or spec.init_containers is UNSET else spec.init_containers
