"""What runs in the cluster follows from what people wrote, and from nothing else."""

from pathlib import Path

import msgspec
import pytest

from podlynx.kubernetes.resources import IntrusionDetection
from podlynx.operator.desired import NAME, Wanted, desired

WALK_THROUGH = Path(__file__).resolve().parents[2] / "demo" / "60-deep-packet-inspection"


def settings(**spec):
    return msgspec.convert({"spec": spec}, IntrusionDetection)


def pod(objects):
    return next(item for item in objects if item["kind"] == "DaemonSet")["spec"]["template"]["spec"]


def test_nothing_runs_where_nothing_is_monitored():
    assert desired(Wanted.of(0, [])) == []
    assert desired(Wanted.of(0, [settings()])) == []


def test_one_inspection_alone_starts_the_monitors_with_the_defaults():
    objects = desired(Wanted.of(1, []))
    assert [item["kind"] for item in objects] == ["Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "DaemonSet"]
    assert {item["metadata"]["name"] for item in objects} == {NAME}
    container = pod(objects)["containers"][0]
    assert container["resources"] == {
        "limits": {"cpu": "1", "memory": "1Gi"},
        "requests": {"cpu": "100m", "memory": "100Mi"},
    }


def test_the_walk_throughs_settings_change_nothing_as_they_are_the_defaults():
    written = msgspec.convert(msgspec.yaml.decode((WALK_THROUGH / "resource-dpi.yaml").read_bytes()), IntrusionDetection)
    encode = msgspec.json.encode
    assert encode(desired(Wanted.of(1, [written]))) == encode(desired(Wanted.of(3, [])))


def test_other_settings_change_the_pod():
    half = {"componentName": "DeepPacketInspection", "resourceRequirements": {"limits": {"cpu": "500m"}}}
    container = pod(desired(Wanted.of(1, [settings(componentResources=[half])])))["containers"][0]
    assert container["resources"] == {"limits": {"cpu": "500m"}}


@pytest.mark.parametrize(("cpu", "same"), [("1", True), (1, True), ("2", False)], ids=["as text", "as a number", "another"])
def test_only_another_amount_rolls_the_monitors(cpu, same):
    walk_through = msgspec.yaml.decode((WALK_THROUGH / "resource-dpi.yaml").read_bytes())
    walk_through["spec"]["componentResources"][0]["resourceRequirements"]["limits"]["cpu"] = cpu
    written = msgspec.convert(walk_through, IntrusionDetection)
    assert (pod(desired(Wanted.of(1, [written]))) == pod(desired(Wanted.of(1, [])))) is same


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "template", "spec", "containers", 0, "env", 0, "name"), "DPI_NODENAME"),
        (
            ("spec", "template", "spec", "containers", 0, "readinessProbe", "httpGet"),
            {"host": "localhost", "path": "/readiness", "port": 9097},
        ),
        (("spec", "template", "spec", "volumes", 0, "hostPath", "path"), "/var/log/calico/snort-alerts"),
        (("spec", "template", "spec", "volumes", 1, "hostPath", "path"), "/var/lib/podlynx/spool"),
        (("spec", "template", "spec", "hostNetwork"), True),
        (("spec", "template", "spec", "dnsPolicy"), "ClusterFirstWithHostNet"),
        (("spec", "template", "spec", "tolerations"), [{"operator": "Exists"}]),
    ],
    ids=lambda each: ".".join(map(str, each)) if isinstance(each, tuple) else "",
)
def test_what_people_rely_on(path, value):
    found = desired(Wanted.of(1, []))[-1]
    for step in path:
        found = found[step]
    assert found == value


def test_the_namespace_admits_the_monitors():
    assert desired(Wanted.of(1, []))[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"


def test_own_rules_come_through_an_init_container():
    rules = {"name": "snort-rules", "image": "example/rules:1"}
    spec = settings(deepPacketInspectionDaemonset={"spec": {"template": {"spec": {"initContainers": [rules]}}}})
    described = pod(desired(Wanted.of(1, [spec])))
    assert [each["name"] for each in described["initContainers"]] == ["snort-rules"]
    mount = next(each for each in described["containers"][0]["volumeMounts"] if each["name"] == "rules")
    assert (mount["mountPath"], mount["readOnly"]) == ("/usr/etc/snort/rules", True)


def test_the_container_of_own_rules_holds_nothing():
    rules = {"name": "snort-rules", "image": "example/rules:1", "resources": {"limits": {"cpu": 1}}}
    spec = settings(deepPacketInspectionDaemonset={"spec": {"template": {"spec": {"initContainers": [rules]}}}})
    described = pod(desired(Wanted.of(1, [spec])))
    container = described["initContainers"][0]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert [mount["name"] for mount in container["volumeMounts"]] == ["rules"]
    assert container["resources"] == {"limits": {"cpu": "1"}}
    assert described["automountServiceAccountToken"] is False


def test_the_monitors_hold_no_more_than_they_need():
    objects = desired(Wanted.of(1, []))
    security = pod(objects)["containers"][0]["securityContext"]
    assert security["capabilities"] == {"drop": ["ALL"], "add": ["NET_RAW"]}
    assert security["allowPrivilegeEscalation"] is False
    verbs = {verb for rule in next(item for item in objects if item["kind"] == "ClusterRole")["rules"] for verb in rule["verbs"]}
    assert verbs == {"get", "list", "watch"}
