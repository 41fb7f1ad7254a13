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
        "hostNetwork": True,
        "hostPID": True,
        "dnsPolicy": "ClusterFirstWithHostNet",
        "tolerations": [{"operator": "Exists"}],
        "containers": [_container(wanted, own_rules=own_rules is not None)],
        "volumes": [
            {"name": "alerts", "hostPath": {"path": "/var/log/calico/snort-alerts", "type": "DirectoryOrCreate"}},
            {"name": "spool", "hostPath": {"path": "/var/lib/podlynx/spool", "type": "DirectoryOrCreate"}},
        ],
    }
    if own_rules is not None:
        pod["volumes"].append({"name": "rules", "emptyDir": {}})
        pod["initContainers"] = [own_rules]
    return pod


def _container(wanted: Wanted, *, own_rules: bool) -> Manifest:
    container: Manifest = {
        "name": NAME,
        "image": wanted.image,
        "args": ["sensor"],
        "env": [{"name": "DPI_NODENAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
        "resources": msgspec.to_builtins(_resources(wanted.settings)),
        "securityContext": {
            "runAsUser": 0,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"], "add": ["NET_RAW"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "readinessProbe": {"httpGet": {"host": "localhost", "path": "/readiness", "port": READINESS_PORT}},
        "volumeMounts": [
            {"name": "alerts", "mountPath": "/var/log/calico/snort-alerts"},
            {"name": "spool", "mountPath": "/var/lib/podlynx/spool"},
        ],
    }
    if own_rules:
        container["volumeMounts"].append({"name": "rules", "mountPath": RULES, "readOnly": True})
    return container


def _resources(settings: IntrusionDetectionSpec) -> ResourceRequirements:
    components = settings.component_resources
    return components[0].resource_requirements if components is not UNSET and components else DEFAULT_RESOURCES


def _rules_container(settings: IntrusionDetectionSpec) -> Manifest | None:
    containers = _init_containers(settings)
    if not containers:
        return None
    mount = {"name": "rules", "mountPath": RULES}
    described: Manifest = msgspec.to_builtins(containers[0])
    return {**described, "volumeMounts": [mount]}


def _init_containers(settings: IntrusionDetectionSpec) -> list[RulesContainer]:
    daemon_set = settings.deep_packet_inspection_daemonset
    if daemon_set is UNSET or daemon_set.spec is UNSET or daemon_set.spec.template is UNSET:
        return []
    spec = daemon_set.spec.template.spec
    return [] if spec is UNSET or spec.init_containers is UNSET else spec.init_containers
