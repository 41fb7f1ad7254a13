"""The pod of a monitor: what it runs, what it may, what it is given. Pure."""

from typing import Final

import msgspec
from msgspec import UNSET

from podlynx.kubernetes.kinds import Manifest
from podlynx.kubernetes.resources import IntrusionDetectionSpec, ResourceRequirements, RulesContainer
from podlynx.operator.settings import CaptureMode, Settings

READINESS_PORT: Final = 9097
RULES: Final = "/usr/etc/snort/rules"
ALERTS: Final = "/var/log/calico/snort-alerts"
SPOOL: Final = "/var/lib/podlynx/spool"
CACHE: Final = "/var/cache/podlynx"
CREDENTIALS: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
MANAGER_CREDENTIALS: Final = "/var/run/secrets/podlynx"
MANAGER_AUDIENCE: Final = "podlynx-manager"
AUTHORITY: Final = "/etc/podlynx/ca"
CA: Final = "ca.crt"
SETTINGS: Final = "/etc/podlynx/settings"
SETTINGS_MAP, SETTINGS_KEY = "podlynx-settings", "podlynx.toml"
"""The ConfigMap in the namespace of the sensors that brings people's settings, and its key."""
CREDENTIALS_SECONDS: Final = 3607
"""Life of the tokens: that of the one that the API server would have mounted by itself; the kubelet renews them."""
DEFAULT_RESOURCES: Final = ResourceRequirements(limits={"cpu": "1", "memory": "1Gi"}, requests={"cpu": "100m", "memory": "100Mi"})
CAPABILITIES: Final[dict[CaptureMode, tuple[str, ...]]] = {
    "host": ("NET_RAW", "SETGID", "SETUID"),
    "pod": ("NET_RAW", "SETGID", "SETUID", "SYS_ADMIN", "SYS_PTRACE"),
}
"""NET_RAW opens the ring; SETUID and SETGID let the inspector leave root; SYS_ADMIN and SYS_PTRACE enter pods' namespaces."""
# Nodes without a kernel of their own run no monitor.
_VIRTUAL: Final = (("type", "virtual-kubelet"), ("eks.amazonaws.com/compute-type", "fargate"))


def labels_of(name: str) -> dict[str, str]:
    """The labels by which the DaemonSet knows its pods."""
    return {"k8s-app": name}


def pod_of(settings: IntrusionDetectionSpec, operator: Settings, name: str, groups: tuple[str, ...]) -> Manifest:
    """The pod's spec."""
    own_rules = _rules_container(settings)
    pod: Manifest = {
        "serviceAccountName": name,
        "automountServiceAccountToken": False,  # it would reach the rules container too, whose image is anyone's
        "hostNetwork": True,
        "hostPID": True,
        "dnsPolicy": "ClusterFirstWithHostNet",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "affinity": {"nodeAffinity": _real_nodes()},
        "tolerations": [{"operator": "Exists"}],
        "terminationGracePeriodSeconds": 30,
        "containers": [_container(settings, operator, name, groups, own_rules=own_rules is not None)],
        "volumes": [
            _host_path("alerts", ALERTS),
            _host_path("spool", SPOOL),
            _token(),
            _manager_token(),
            _authority(),
            _settings(),
            *_scratch(),
        ],
    }
    if operator.priority_class:
        pod["priorityClassName"] = operator.priority_class
    if own_rules is not None:
        pod["volumes"].append({"name": "rules", "emptyDir": {}})
        pod["initContainers"] = [own_rules]
    if operator.pull_secrets:
        pod["imagePullSecrets"] = [{"name": secret} for secret in operator.pull_secrets]
    return pod


def _real_nodes() -> Manifest:
    expressions = [{"key": key, "operator": "NotIn", "values": [value]} for key, value in _VIRTUAL]
    return {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": expressions}]}}


def _host_path(name: str, path: str) -> Manifest:
    return {"name": name, "hostPath": {"path": path, "type": "DirectoryOrCreate"}}


def _scratch() -> list[Manifest]:
    """What is written and may be lost; the root file system is read-only."""
    return [{"name": "cache", "emptyDir": {"sizeLimit": "1Gi"}}, {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}]


def _token() -> Manifest:
    """The API server's token, certificate and namespace, for the one container that mounts them."""
    sources = [
        {"serviceAccountToken": {"path": "token", "expirationSeconds": CREDENTIALS_SECONDS}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": CA, "path": CA}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": _field("metadata.namespace")}]}},
    ]
    return {"name": "token", "projected": {"sources": sources}}


def _manager_token() -> Manifest:
    """A token that only the manager takes."""
    token = {"path": "token", "audience": MANAGER_AUDIENCE, "expirationSeconds": CREDENTIALS_SECONDS}
    return {"name": "manager-token", "projected": {"sources": [{"serviceAccountToken": token}]}}


def _authority() -> Manifest:
    return {"name": "authority", "configMap": {"name": "podlynx-ca"}}


def _settings() -> Manifest:
    """People's settings (docs/settings.md), which need not be there; the kubelet brings changes."""
    return {"name": "settings", "configMap": {"name": SETTINGS_MAP, "optional": True}}


def _container(
    settings: IntrusionDetectionSpec, operator: Settings, name: str, groups: tuple[str, ...], *, own_rules: bool
) -> Manifest:
    container: Manifest = {
        "name": name,
        "image": operator.image,
        "args": ["sensor"],
        "env": _environment(operator, groups, own_rules=own_rules),
        "resources": _quantities(_resources(settings)),
        # Root only to open the ring; the inspector gives it up, and every capability, once that is done.
        "securityContext": {"runAsUser": 0, "readOnlyRootFilesystem": True, **_confined(*CAPABILITIES[operator.capture_mode])},
        "readinessProbe": {
            "httpGet": {"host": "localhost", "path": "/readiness", "port": READINESS_PORT},
            "periodSeconds": 2,
            "failureThreshold": 3,
        },
        # Only what a restart mends: an event loop that does not turn. A busy node gets two minutes.
        "livenessProbe": {
            "httpGet": {"host": "localhost", "path": "/livez", "port": READINESS_PORT},
            "initialDelaySeconds": 10,
            "periodSeconds": 20,
            "timeoutSeconds": 5,
            "failureThreshold": 6,
        },
        "volumeMounts": _mounts(own_rules=own_rules),
    }
    if operator.pull_policy:
        container["imagePullPolicy"] = operator.pull_policy
    return container


def _environment(operator: Settings, groups: tuple[str, ...], *, own_rules: bool) -> list[Manifest]:
    said = {
        "PODLYNX_MANAGER": operator.manager,
        "PODLYNX_MANAGER_CA": f"{AUTHORITY}/{CA}",
        "PODLYNX_MANAGER_TOKEN": f"{MANAGER_CREDENTIALS}/token",
        "PODLYNX_GROUPS": ",".join(groups),
        "PODLYNX_CAPTURE_MODE": operator.capture_mode,
        "PODLYNX_SPOOL": SPOOL,
        "PODLYNX_ALERTS": ALERTS,
        "PODLYNX_CACHE": CACHE,
        "PODLYNX_OWN_RULES": RULES if own_rules else "",
        "PODLYNX_SETTINGS": f"{SETTINGS}/{SETTINGS_KEY}",
        "PODLYNX_LOG_LEVEL": operator.sensor_log_level,
        "PODLYNX_OUTPUTS": operator.sensor_outputs,
        "PODLYNX_PACKETS_AROUND": operator.packets_around,
        "PODLYNX_PAYLOADS_OFF": operator.payloads_off,
    }
    node = {"name": "DPI_NODENAME", "valueFrom": {"fieldRef": _field("spec.nodeName")}}
    return [node, *({"name": name, "value": value} for name, value in said.items() if value)]


def _field(path: str) -> Manifest:
    return {"apiVersion": "v1", "fieldPath": path}


def _mounts(*, own_rules: bool) -> list[Manifest]:
    mounts: list[Manifest] = [
        {"name": "alerts", "mountPath": ALERTS},
        {"name": "spool", "mountPath": SPOOL},
        {"name": "cache", "mountPath": CACHE},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 a volume of its own
        {"name": "token", "mountPath": CREDENTIALS, "readOnly": True},
        {"name": "manager-token", "mountPath": MANAGER_CREDENTIALS, "readOnly": True},
        {"name": "authority", "mountPath": AUTHORITY, "readOnly": True},
        {"name": "settings", "mountPath": SETTINGS, "readOnly": True},
    ]
    return [*mounts, {"name": "rules", "mountPath": RULES, "readOnly": True}] if own_rules else mounts


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


def brings_rules(settings: IntrusionDetectionSpec) -> bool:
    """Whether people's own rules are used instead of the manager's."""
    return bool(_init_containers(settings))


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
