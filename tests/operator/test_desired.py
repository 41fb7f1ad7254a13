"""What runs in the cluster follows from what people wrote, and from nothing else."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from podlynx.kubernetes.crds import OURS
from podlynx.kubernetes.resources import IntrusionDetection, IntrusionDetectionSpec
from podlynx.operator.desired import NAME, Wanted, desired, obsolete
from podlynx.operator.settings import Settings

WALK_THROUGH = Path(__file__).resolve().parents[2] / "demo" / "60-deep-packet-inspection"
KINDS = ["Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "NetworkPolicy", "ConfigMap", "DaemonSet"]


def settings(**spec):
    return msgspec.convert({"spec": spec}, IntrusionDetection)


def wanted(inspections, detections=()):
    spec = detections[0].spec if detections else IntrusionDetectionSpec()
    return Wanted(inspections > 0, spec)


def of_kind(objects, kind):
    return next(item for item in objects if item["kind"] == kind)


def pod(objects):
    return of_kind(objects, "DaemonSet")["spec"]["template"]["spec"]


def with_operator(**said):
    return desired(replace(wanted(1, []), operator=Settings(**said)))


def environment(objects):
    return {each["name"]: each.get("value") for each in pod(objects)["containers"][0]["env"]}


def test_nothing_runs_where_nothing_is_monitored():
    assert desired(wanted(0, [])) == []
    assert desired(wanted(0, [settings()])) == []


def test_one_inspection_alone_starts_the_monitors_with_the_defaults():
    objects = desired(wanted(1, []))
    assert [item["kind"] for item in objects] == KINDS
    assert {item["metadata"]["name"] for item in objects} == {NAME, "podlynx-ca"}
    container = pod(objects)["containers"][0]
    assert container["resources"] == {
        "limits": {"cpu": "1", "memory": "1Gi"},
        "requests": {"cpu": "100m", "memory": "100Mi"},
    }


def test_everything_carries_our_label():
    assert all(item["metadata"]["labels"].items() >= OURS.items() for item in desired(wanted(1, [])))


def test_the_walk_throughs_settings_change_nothing_as_they_are_the_defaults():
    written = msgspec.convert(msgspec.yaml.decode((WALK_THROUGH / "resource-dpi.yaml").read_bytes()), IntrusionDetection)
    encode = msgspec.json.encode
    assert encode(desired(wanted(1, [written]))) == encode(desired(wanted(3, [])))


def test_other_settings_change_the_pod():
    half = {"componentName": "DeepPacketInspection", "resourceRequirements": {"limits": {"cpu": "500m"}}}
    container = pod(desired(wanted(1, [settings(componentResources=[half])])))["containers"][0]
    assert container["resources"] == {"limits": {"cpu": "500m"}}


@pytest.mark.parametrize(("cpu", "same"), [("1", True), (1, True), ("2", False)], ids=["as text", "as a number", "another"])
def test_only_another_amount_rolls_the_monitors(cpu, same):
    walk_through = msgspec.yaml.decode((WALK_THROUGH / "resource-dpi.yaml").read_bytes())
    walk_through["spec"]["componentResources"][0]["resourceRequirements"]["limits"]["cpu"] = cpu
    written = msgspec.convert(walk_through, IntrusionDetection)
    assert (pod(desired(wanted(1, [written]))) == pod(desired(wanted(1, [])))) is same


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "template", "spec", "containers", 0, "env", 0, "name"), "DPI_NODENAME"),
        (("spec", "template", "spec", "containers", 0, "readinessProbe", "httpGet", "host"), "localhost"),
        (("spec", "template", "spec", "containers", 0, "readinessProbe", "httpGet", "path"), "/readiness"),
        (("spec", "template", "spec", "containers", 0, "readinessProbe", "httpGet", "port"), 9097),
        (("spec", "template", "spec", "containers", 0, "securityContext", "readOnlyRootFilesystem"), True),
        (("spec", "template", "spec", "volumes", 0, "hostPath", "path"), "/var/log/calico/snort-alerts"),
        (("spec", "template", "spec", "volumes", 1, "hostPath", "path"), "/var/lib/podlynx/spool"),
        (("spec", "template", "spec", "hostNetwork"), True),
        (("spec", "template", "spec", "hostPID"), True),
        (("spec", "template", "spec", "dnsPolicy"), "ClusterFirstWithHostNet"),
        (("spec", "template", "spec", "priorityClassName"), "system-node-critical"),
        (("spec", "template", "spec", "terminationGracePeriodSeconds"), 30),
        (("spec", "template", "spec", "nodeSelector"), {"kubernetes.io/os": "linux"}),
        (("spec", "template", "spec", "tolerations"), [{"operator": "Exists"}]),
    ],
    ids=lambda each: ".".join(map(str, each)) if isinstance(each, tuple) else "",
)
def test_what_people_rely_on(path, value):
    found = desired(wanted(1, []))[-1]
    for step in path:
        found = found[step]
    assert found == value


def test_no_monitor_runs_where_there_is_no_kernel_of_its_own():
    affinity = pod(desired(wanted(1, [])))["affinity"]["nodeAffinity"]
    (term,) = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert {"key": "type", "operator": "NotIn", "values": ["virtual-kubelet"]} in term["matchExpressions"]


def test_the_namespace_admits_the_monitors():
    assert desired(wanted(1, []))[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"


def test_what_a_monitor_is_told():
    assert environment(desired(wanted(1, []))) == {
        "DPI_NODENAME": None,
        "PODLYNX_MANAGER": "https://podlynx-manager.podlynx-system.svc:8443",
        "PODLYNX_MANAGER_CA": "/etc/podlynx/ca/ca.crt",
        "PODLYNX_MANAGER_TOKEN": "/var/run/secrets/podlynx/token",
        "PODLYNX_GROUPS": "projectcalico.org/v3,crd.projectcalico.org/v1",
        "PODLYNX_CAPTURE_MODE": "host",
        "PODLYNX_SPOOL": "/var/lib/podlynx/spool",
        "PODLYNX_ALERTS": "/var/log/calico/snort-alerts",
        "PODLYNX_CACHE": "/var/cache/podlynx",
        "PODLYNX_SETTINGS": "/etc/podlynx/settings/podlynx.toml",
    }


@pytest.mark.parametrize(
    ("said", "variable", "value"),
    [
        ({"manager": "https://m:1"}, "PODLYNX_MANAGER", "https://m:1"),
        ({"capture_mode": "pod"}, "PODLYNX_CAPTURE_MODE", "pod"),
        ({"sensor_log_level": "debug"}, "PODLYNX_LOG_LEVEL", "debug"),
        ({"sensor_outputs": "eve,ecs"}, "PODLYNX_OUTPUTS", "eve,ecs"),
        ({"packets_around": "off"}, "PODLYNX_PACKETS_AROUND", "off"),
        ({"payloads_off": "pay"}, "PODLYNX_PAYLOADS_OFF", "pay"),
    ],
)
def test_what_the_chart_says_reaches_the_monitors(said, variable, value):
    assert environment(with_operator(**said))[variable] == value


def test_images_are_pulled_as_the_chart_says():
    described = pod(with_operator(image="example/podlynx:2", pull_policy="Never", pull_secrets=("one",)))
    container = described["containers"][0]
    assert (container["image"], container["imagePullPolicy"]) == ("example/podlynx:2", "Never")
    assert described["imagePullSecrets"] == [{"name": "one"}]


def test_every_folder_that_a_monitor_uses_is_mounted():
    described = pod(desired(wanted(1, [])))
    mounts = {each["name"]: each for each in described["containers"][0]["volumeMounts"]}
    assert set(mounts) == {each["name"] for each in described["volumes"]}
    assert {name for name, each in mounts.items() if not each.get("readOnly")} == {"alerts", "spool", "cache", "tmp"}


def test_the_managers_token_is_good_for_nothing_else():
    (volume,) = [each for each in pod(desired(wanted(1, [])))["volumes"] if each["name"] == "manager-token"]
    (source,) = volume["projected"]["sources"]
    assert source["serviceAccountToken"]["audience"] == "podlynx-manager"


def own_rules(**more):
    rules = {"name": "snort-rules", "image": "example/rules:1", **more}
    spec = settings(deepPacketInspectionDaemonset={"spec": {"template": {"spec": {"initContainers": [rules]}}}})
    return desired(wanted(1, [spec]))


def test_own_rules_come_through_an_init_container():
    described = pod(own_rules())
    assert [each["name"] for each in described["initContainers"]] == ["snort-rules"]
    mount = next(each for each in described["containers"][0]["volumeMounts"] if each["name"] == "rules")
    assert (mount["mountPath"], mount["readOnly"]) == ("/usr/etc/snort/rules", True)
    assert environment(own_rules())["PODLYNX_OWN_RULES"] == "/usr/etc/snort/rules"


def test_the_container_of_own_rules_holds_nothing():
    described = pod(own_rules(resources={"limits": {"cpu": 1}}))
    container = described["initContainers"][0]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert [mount["name"] for mount in container["volumeMounts"]] == ["rules"]
    assert container["resources"] == {"limits": {"cpu": "1"}}
    assert described["automountServiceAccountToken"] is False


@pytest.mark.parametrize(
    ("mode", "capabilities"),
    [("host", ["NET_RAW", "SETGID", "SETUID"]), ("pod", ["NET_RAW", "SETGID", "SETUID", "SYS_ADMIN", "SYS_PTRACE"])],
)
def test_the_monitors_hold_no_more_than_they_need(mode, capabilities):
    security = pod(with_operator(capture_mode=mode))["containers"][0]["securityContext"]
    assert security["capabilities"] == {"drop": ["ALL"], "add": capabilities}
    assert security["allowPrivilegeEscalation"] is False
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}


def test_the_monitors_only_read():
    rules = of_kind(desired(wanted(1, [])), "ClusterRole")["rules"]
    assert [(rule["apiGroups"], rule["resources"], rule["verbs"]) for rule in rules] == [
        ([""], ["pods"], ["list", "watch"]),
        (["projectcalico.org", "crd.projectcalico.org"], ["deeppacketinspections"], ["list", "watch"]),
    ]


def test_an_empty_priority_class_is_none():
    assert pod(with_operator())["priorityClassName"] == "system-node-critical"
    assert "priorityClassName" not in pod(with_operator(priority_class=""))


def test_side_by_side_shares_no_name():
    objects = desired(Wanted(monitored=True, name="podlynx-dpi", groups=("podlynx.io/v1",)))
    assert {item["metadata"]["name"] for item in objects} == {"podlynx-dpi", "podlynx-ca"}
    assert {item["metadata"].get("namespace", "podlynx-dpi") for item in objects} == {"podlynx-dpi"}
    assert of_kind(objects, "ClusterRole")["rules"][1]["apiGroups"] == ["podlynx.io"]
    assert pod(objects)["containers"][0]["name"] == "podlynx-dpi"


def test_what_is_cluster_wide_goes_with_the_release():
    owner = {"kind": "ClusterRole", "name": "podlynx-operator", "uid": "1-2", "blockOwnerDeletion": False}
    objects = desired(Wanted(monitored=True, owners=(owner,)))
    owned = {item["kind"] for item in objects if item["metadata"].get("ownerReferences") == [owner]}
    assert owned == {"Namespace", "ClusterRole", "ClusterRoleBinding"}


def test_with_the_last_inspection_all_but_the_namespace_goes_the_monitors_first():
    gone = obsolete(Wanted(monitored=False))
    assert [item["kind"] for item in gone] == [kind for kind in reversed(KINDS) if kind != "Namespace"]
