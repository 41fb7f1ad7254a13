"""What runs in the cluster follows from what people wrote, and from nothing else."""

from pathlib import Path

import msgspec

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


def test_own_rules_come_through_an_init_container():
    rules = {"name": "snort-rules", "image": "example/rules:1"}
    spec = settings(deepPacketInspectionDaemonset={"spec": {"template": {"spec": {"initContainers": [rules]}}}})
    described = pod(desired(Wanted.of(1, [spec])))
    assert [each["name"] for each in described["initContainers"]] == ["snort-rules"]
    mount = next(each for each in described["containers"][0]["volumeMounts"] if each["name"] == "rules")
    assert (mount["mountPath"], mount["readOnly"]) == ("/usr/etc/snort/rules", True)


def test_the_monitors_hold_no_more_than_they_need():
    objects = desired(Wanted.of(1, []))
    security = pod(objects)["containers"][0]["securityContext"]
    assert security["capabilities"] == {"drop": ["ALL"], "add": ["NET_RAW"]}
    assert security["allowPrivilegeEscalation"] is False
    verbs = {verb for rule in next(item for item in objects if item["kind"] == "ClusterRole")["rules"] for verb in rule["verbs"]}
    assert verbs == {"get", "list", "watch"}
    assert pod(objects)["hostNetwork"]
    assert pod(objects)["dnsPolicy"] == "ClusterFirstWithHostNet"
    assert pod(objects)["tolerations"] == [{"operator": "Exists"}]
