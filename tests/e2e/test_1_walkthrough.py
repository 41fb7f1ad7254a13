"""The walk-through, step by step, as its text has it (what users come with)."""

import re
import time

from tests.e2e.conftest import RESOURCES, SAMPLE
from tests.e2e.manager import Manager
from tests.e2e.rules import LOADER_RULE, TOKEN_RULE, only_community
from tests.e2e.shop import Shop
from tests.e2e.typed import kubectl, objects, typed, until


def sensor_pods() -> list[list[str]]:
    """Columns of `kubectl get pods -n tigera-dpi`, without the head line."""
    return [line.split() for line in kubectl("get pods -n tigera-dpi").splitlines()[1:]]


def all_run() -> bool:
    pods, nodes = sensor_pods(), objects("nodes")
    assert len(pods) == len(nodes), pods
    for name, ready, phase, restarts, *_ in pods:
        assert re.fullmatch(r"tigera-dpi-[a-z0-9]{5}", name)
        assert (ready, phase, restarts) == ("1/1", "Running", "0"), pods
    return True


def test_the_steps_in_order(shop: Shop, manager: Manager):
    # 1: this alone starts the monitors
    said = kubectl(f"apply -f {SAMPLE}")
    assert said.strip() == "deeppacketinspection.projectcalico.org/sample-dpi-frontend created"
    until(all_run, 90, every=1)
    before = [name for name, *_ in sensor_pods()]
    # 2: the same values again roll nothing
    assert kubectl(f"apply -f {RESOURCES}").strip() == "intrusiondetection.operator.tigera.io/tigera-secure created"
    time.sleep(5)
    assert [name for name, *_ in sensor_pods()] == before
    # 3
    head, line = until(lambda: kubectl("get deeppacketinspections.crd.projectcalico.org").splitlines(), 3)
    assert head.split() == ["NAME", "AGE"]
    assert re.fullmatch(r"sample-dpi-frontend\s+\d+(s|m\d*s?)", line)
    assert all_run()
    (container,) = objects("daemonset tigera-dpi -n tigera-dpi")[0]["spec"]["template"]["spec"]["containers"]
    assert container["resources"] == {
        "limits": {"cpu": "1", "memory": "1Gi"},
        "requests": {"cpu": "100m", "memory": "100Mi"},
    }
    # 4 and 5
    manager.until_watched("default", "sample-dpi-frontend")
    began = time.time()
    shop.attack()
    sent = time.time()
    alert = manager.alert(f"sid:{TOKEN_RULE.split(':')[1]}", since=began, seconds=1)
    assert time.time() - sent < 1.5  # asking took some of it
    check_document(alert, began)
    # 6
    kubectl(f"delete -f {RESOURCES}")
    kubectl(f"delete -f {SAMPLE}")
    until(lambda: not objects("daemonset,serviceaccount -n tigera-dpi -l app.kubernetes.io/part-of=podlynx"), 60)
    until(lambda: not objects("clusterrole,clusterrolebinding tigera-dpi"), 30)


def check_document(alert: dict[str, object], began: float) -> None:
    """Every field of the notes, with the values of this attack."""
    (pod,) = objects("pods -n default -l app=frontend")
    record = alert["record"]
    assert isinstance(record, dict)
    assert alert["type"] == "deep_packet_inspection"
    assert isinstance(alert["time"], int)
    assert began - 1 <= alert["time"] <= time.time() + 1
    assert alert["origin"] == "dpi.default/sample-dpi-frontend"
    assert str(alert["description"]).startswith("Signature Triggered Alert")
    assert alert["host"] == pod["spec"]["nodeName"]
    assert (alert["dest_name"], alert["dest_namespace"]) == (pod["metadata"]["name"], "default")
    assert alert["dest_name_aggr"] == re.sub(r"[^-]+$", "*", pod["metadata"]["name"])
    assert (alert["dest_ip"], alert["dest_port"]) == (pod["status"]["podIP"], 8080)
    assert isinstance(alert["source_port"], int)
    gid, sid, rev = TOKEN_RULE.split(":")
    assert (record["snort_signature_id"], record["snort_signature_revision"]) == (sid, rev)
    assert f"[{gid}:{sid}:{rev}]" in record["snort_alert"]
    identifier = str(alert["id"])
    assert identifier.startswith("default_sample-dpi-frontend_")
    assert identifier.endswith(f"_{pod['spec']['nodeName']}_{gid}_{sid}_{rev}")


@only_community
def test_the_second_known_pair(monitored: Shop, manager: Manager):
    began = time.time()
    monitored.second_attack()
    alert = manager.alert(f"sid:{LOADER_RULE.split(':')[1]}", since=began)
    assert alert["dest_port"] == 8080


def test_harmless_requests_and_other_pods_raise_nothing(monitored: Shop, manager: Manager):
    began = time.time()
    monitored.visit()
    address = objects("service checkoutservice -n default")[0]["spec"]["clusterIP"]
    (frontend,) = objects("pods -n default -l app=adservice")
    Shop(f"{address}:5050").attack_from(frontend["metadata"]["name"], "default")
    manager.none("", since=began)


def test_the_alert_file_is_where_it_always_was(monitored: Shop, manager: Manager):
    began = time.time()
    monitored.attack()
    alert = manager.alert(f"sid:{TOKEN_RULE.split(':')[1]}", since=began)
    pod = alert["dest_name"]
    file = f"/var/log/calico/snort-alerts/default/sample-dpi-frontend/{pod}/alert_fast.txt"
    told = typed(f"python -m tests.e2e.cluster on {alert['host']} cat {file}")
    assert f"[{TOKEN_RULE}]" in told.splitlines()[-1]
    assert told.splitlines()[-1] == alert["record"]["snort_alert"]


def test_readiness_answers_where_it_always_did(monitored: Shop, manager: Manager):
    for node in objects("nodes"):
        name = node["metadata"]["name"]
        answer = typed(
            f"python -m tests.e2e.cluster on {name} curl -s -o /dev/null -w %{{http_code}} http://localhost:9097/readiness"
        )
        assert answer == "200", name


def test_explain_tells_what_each_field_means():
    said = kubectl("explain deeppacketinspections.spec.selector --api-version=projectcalico.org/v3")
    assert "endpoints" in said
    for field in ("deeppacketinspections.status.nodes.active", "deeppacketinspections.status.nodes.errorConditions"):
        assert "<no description>" not in kubectl(f"explain {field} --api-version=projectcalico.org/v3")


def test_what_is_wrong_is_refused_with_a_sentence_and_the_spot():
    wrong = """
apiVersion: projectcalico.org/v3
kind: DeepPacketInspection
metadata: {name: wrong}
spec: {selector: app == frontend}
"""
    said = kubectl("apply -f -", stdin=wrong, fails=True)
    assert "app == frontend" in said
    assert "^" in said
    second = "apiVersion: operator.tigera.io/v1\nkind: IntrusionDetection\nmetadata: {name: another}\nspec: {}\n"
    assert "tigera-secure" in kubectl("apply -f -", stdin=second, fails=True)
