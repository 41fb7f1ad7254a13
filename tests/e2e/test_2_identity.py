"""Who is monitored, and whose packet it was: labels, selectors, restarts, reused addresses, two resources, both ends."""

import ipaddress
import itertools
import time
from typing import Any

from tests.e2e.conftest import SAMPLE
from tests.e2e.manager import Manager
from tests.e2e.rules import TOKEN_RULE
from tests.e2e.shop import Shop
from tests.e2e.typed import apply, kubectl, objects, typed, until

QUERY = f"sid:{TOKEN_RULE.split(':')[1]}"
SHOP_IMAGE = "localhost/podlynx-shop:1"


def server(name: str, namespace: str, *, node: str = "", labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """A pod of the shop's image that answers on 8080."""
    container = {"name": "server", "image": SHOP_IMAGE, "imagePullPolicy": "IfNotPresent", "ports": [{"containerPort": 8080}]}
    placed = {"nodeSelector": {"kubernetes.io/hostname": node}} if node else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {"app": name}},
        "spec": {"terminationGracePeriodSeconds": 0, "containers": [container], **placed, **spec},
    }


def inspection(name: str, namespace: str, selector: str) -> dict[str, Any]:
    """A DeepPacketInspection."""
    metadata = {"name": name, "namespace": namespace}
    return {
        "apiVersion": "projectcalico.org/v3",
        "kind": "DeepPacketInspection",
        "metadata": metadata,
        "spec": {"selector": selector},
    }


def address_of(pod: str, namespace: str) -> str:
    """Once the pod runs and answers."""
    kubectl(f"wait pod/{pod} -n {namespace} --for=condition=Ready --timeout=60s")
    return str(objects(f"pod {pod} -n {namespace}")[0]["status"]["podIP"])


def watched(manager: Manager, pod: str) -> bool:
    """Whether some node says that it monitors the pod."""
    return any(
        monitor["pod"] == pod and monitor["monitored"] for report in manager.sensors().values() for monitor in report["monitors"]
    )


def test_a_label_that_is_taken_away_ends_it_and_given_back_begins_it(monitored: Shop, manager: Manager):
    (pod,) = objects("pods -n default -l app=frontend")
    name = pod["metadata"]["name"]
    alone = Shop(f"{pod['status']['podIP']}:8080")
    try:
        kubectl(f"label pod {name} app=other --overwrite")
        time.sleep(1)
        began = time.time()
        alone.attack()
        manager.none(QUERY, since=began)
        kubectl(f"label pod {name} app=frontend --overwrite")
        time.sleep(1)
        began = time.time()
        alone.attack()
        assert manager.alert(QUERY, since=began)["dest_name"] == name
    finally:
        kubectl(f"delete pod {name} --wait=false --ignore-not-found")
        kubectl("rollout status deployment/frontend --timeout=60s")


def test_a_selector_that_changes_acts_within_a_second(monitored: Shop, manager: Manager):
    apply(inspection("sample-dpi-frontend", "default", "app == 'adservice'"))
    time.sleep(1)
    began = time.time()
    monitored.attack()
    manager.none(QUERY, since=began)
    kubectl(f"apply -f {SAMPLE}")
    time.sleep(1)
    began = time.time()
    monitored.attack()
    manager.alert(QUERY, since=began)


def test_a_pod_that_restarts_is_monitored_from_its_first_request(monitored: Shop, manager: Manager):
    before = objects("pods -n default -l app=frontend")[0]["metadata"]["name"]
    kubectl(f"delete pod {before}")
    kubectl("rollout status deployment/frontend --timeout=60s")
    began = time.time()
    until(lambda: monitored.attack() or True, 10)
    alert = until(lambda: manager.alerts(QUERY, since=began), 5)[0]
    (now,) = objects("pods -n default -l app=frontend")
    assert alert["destination"]["name"] == now["metadata"]["name"] != before


def test_two_resources_that_select_one_pod_make_one_alert_with_both_named(monitored: Shop, manager: Manager):
    apply(inspection("a-second", "default", "app == 'frontend'"))
    try:
        manager.until_watched("default", "a-second")
        began = time.time()
        monitored.attack()
        alert = manager.alert(QUERY, since=began)
        assert alert["origin"] == "dpi.default/a-second"
        assert {seen["origin"] for seen in alert["observers"]} == {"dpi.default/a-second", "dpi.default/sample-dpi-frontend"}
    finally:
        kubectl("delete deeppacketinspections.projectcalico.org a-second")


def test_between_two_monitored_pods_on_one_node_and_on_two(namespace: str, manager: Manager):
    apply(
        server("target", namespace, node="n2"),
        server("near", namespace, node="n2"),
        server("far", namespace, node="n1"),
        inspection("both-ends", namespace, "all()"),
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "target", "namespace": namespace},
            "spec": {"selector": {"app": "target"}, "ports": [{"port": 80, "targetPort": 8080}]},
        },
    )
    address = address_of("target", namespace)
    for client in ("near", "far"):
        address_of(client, namespace)
    manager.until_watched(namespace, "both-ends")
    service = objects(f"service target -n {namespace}")[0]["spec"]["clusterIP"]
    for client in ("near", "far"):
        for target in (f"{address}:8080", f"{service}:80"):
            began = time.time()
            Shop(target).attack_from(client, namespace)
            time.sleep(1.5)
            alert = manager.alert(QUERY, since=began)
            assert (alert["source_name"], alert["dest_name"], alert["dest_port"]) == (client, "target", 8080), target
            assert alert["host"] == "n2"
            sides = {(seen["pod"], seen["side"]) for seen in alert["observers"]}
            assert sides == {(client, "client"), ("target", "server")}, (client, target)


def test_an_address_that_changes_hands_names_its_owner_of_that_time(namespace: str, manager: Manager):
    apply(server("first", namespace, node="n1"), inspection("owners", namespace, "has(app)"))
    address = address_of("first", namespace)
    manager.until_watched(namespace, "owners")
    for owner, successor in itertools.pairwise(("first", "second", "third", "")):
        until(lambda owner=owner: watched(manager, owner), 10)
        until(lambda: Shop(f"{address}:8080").visit() or True, 60)  # neighbours go on asking the one before for a while
        began = time.time()
        Shop(f"{address}:8080").attack()
        assert manager.alert(QUERY, since=began)["dest_name"] == owner
        if successor:
            kubectl(f"delete pod {owner} -n {namespace}")
            hand_out_next("n1", address)
            apply(server(successor, namespace, node="n1"))
            assert address_of(successor, namespace) == address


def hand_out_next(node: str, address: str) -> None:
    """Once it is free, the node's address management gives this one to the next pod (it goes on from the last that it gave)."""
    until(lambda: address not in typed(f"python -m tests.e2e.cluster on {node} sh -c 'ls /var/lib/cni/networks/*'").split(), 30)
    before = ipaddress.ip_address(address) - 1
    script = f'for last in /var/lib/cni/networks/*/last_reserved_ip.0; do printf {before} >"$last"; done'
    typed(f"python -m tests.e2e.cluster on {node} sh -c '{script}'")
