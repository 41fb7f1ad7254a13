"""What a person changes while it runs: resources of the monitors, rules of their own, the manager's rules."""

import json
import time

from tests.e2e.conftest import RESOURCES
from tests.e2e.manager import Manager
from tests.e2e.rules import TOKEN_RULE
from tests.e2e.shop import Shop
from tests.e2e.typed import apply, kubectl, objects, until

QUERY = f"sid:{TOKEN_RULE.split(':')[1]}"
OWN_RULE = 'alert tcp any any -> any any (msg:"own rule"; content:"/secid_canceltoken"; sid:9000001; rev:7;)'


def container() -> dict[str, object]:
    (found,) = objects("daemonset tigera-dpi -n tigera-dpi")[0]["spec"]["template"]["spec"]["containers"]
    return found


def test_other_resources_roll_the_monitors_and_nothing_is_lost_for_long(monitored: Shop, manager: Manager):
    limits = {"limits": {"cpu": "1", "memory": "900Mi"}, "requests": {"cpu": "50m", "memory": "90Mi"}}
    try:
        apply(
            {
                "apiVersion": "operator.tigera.io/v1",
                "kind": "IntrusionDetection",
                "metadata": {"name": "tigera-secure"},
                "spec": {"componentResources": [{"componentName": "DeepPacketInspection", "resourceRequirements": limits}]},
            }
        )
        until(lambda: container()["resources"] == limits, 15)
        kubectl("rollout status daemonset/tigera-dpi -n tigera-dpi --timeout=150s", seconds=160)
        manager.until_watched("default", "sample-dpi-frontend")
        began = time.time()
        monitored.attack()
        manager.alert(QUERY, since=began)
    finally:
        kubectl(f"delete -f {RESOURCES} --ignore-not-found")
        until(lambda: container()["resources"]["limits"]["memory"] == "1Gi", 15)  # type: ignore[index]
        kubectl("rollout status daemonset/tigera-dpi -n tigera-dpi --timeout=150s", seconds=160)


def test_an_init_container_brings_the_only_rules(monitored: Shop, manager: Manager):
    init = {"name": "snort-rules", "image": "localhost/podlynx-own-rules:1"}
    try:
        apply(
            {
                "apiVersion": "operator.tigera.io/v1",
                "kind": "IntrusionDetection",
                "metadata": {"name": "tigera-secure"},
                "spec": {"deepPacketInspectionDaemonset": {"spec": {"template": {"spec": {"initContainers": [init]}}}}},
            }
        )

        def rolled() -> bool:
            (pods,) = [objects("pods -n tigera-dpi")]
            assert all(pod["spec"].get("initContainers") for pod in pods), json.dumps([pod["metadata"]["name"] for pod in pods])
            return True

        until(rolled, 150, every=1)
        # A status is written once in two seconds: of the node that rolled last it may still tell of the sensor before.
        kubectl("rollout status daemonset/tigera-dpi -n tigera-dpi --timeout=150s", seconds=160)
        manager.until_watched("default", "sample-dpi-frontend")
        (given,) = objects("pods -n tigera-dpi")[0]["spec"]["initContainers"]
        assert given["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert {mount["mountPath"] for mount in given["volumeMounts"]} == {"/usr/etc/snort/rules"}
        began = time.time()
        monitored.attack()
        assert manager.alert("sid:9000001", since=began)["record"]["snort_signature_revision"] == "7"
        manager.none(QUERY, since=began, seconds=0)
    finally:
        kubectl(f"delete -f {RESOURCES} --ignore-not-found")
        until(lambda: "initContainers" not in objects("daemonset tigera-dpi -n tigera-dpi")[0]["spec"]["template"]["spec"], 15)
        kubectl("rollout status daemonset/tigera-dpi -n tigera-dpi --timeout=150s", seconds=160)


def test_the_nodes_say_which_rules_they_use(monitored: Shop, manager: Manager):
    told = manager.get("/api/v1/sensors")
    for state in told["sensors"]:
        rules = state["report"]["rules"]
        assert rules["loaded"] > 100
        assert rules["error"] == ""
        if told["rules_version"]:
            assert rules["version"] == told["rules_version"]
