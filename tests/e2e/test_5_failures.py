"""What breaks at night: processes killed, the API server restarted, the manager moved. Alerts go on, and status says what is."""

import re
import threading
import time

from tests.e2e.manager import Manager
from tests.e2e.rules import TOKEN_RULE
from tests.e2e.shop import Shop
from tests.e2e.typed import kubectl, objects, typed, until

QUERY = f"sid:{TOKEN_RULE.split(':')[1]}"


def frontend_node() -> str:
    return str(objects("pods -n default -l app=frontend")[0]["spec"]["nodeName"])


def processes(node: str, word: str) -> list[int]:
    """Processes of the node's sensor whose command line has the word, by the node's own numbers."""
    listed = typed(f"python -m tests.e2e.cluster on {node} ps -eo pid,args")
    return [
        int(line.split()[0]) for line in listed.splitlines() if re.search(rf"bin/podlynx {word}|-m podlynx(.cli)? {word}", line)
    ]


def success(node: str) -> bool | None:
    (resource,) = objects("deeppacketinspections.projectcalico.org sample-dpi-frontend -n default")
    return {each["node"]: each["active"]["success"] for each in resource["status"]["nodes"]}.get(node)


def attacked(shop: Shop, manager: Manager) -> None:
    began = time.time()
    shop.attack()
    manager.alert(QUERY, since=began)


def test_an_inspector_that_is_killed_starts_again(monitored: Shop, manager: Manager):
    node = frontend_node()
    (victim,) = processes(node, "inspector")
    before = manager.sensors()[node]["capture"]["restarts"]
    typed(f"python -m tests.e2e.cluster on {node} kill -9 {victim}")
    until(lambda: manager.sensors()[node]["capture"]["restarts"] > before, 5)
    until(lambda: success(node) is True and manager.sensors()[node]["capture"]["alive"], 15)
    assert processes(node, "inspector") != [victim]
    attacked(monitored, manager)


def test_an_inspector_that_hangs_is_seen_within_5_seconds_and_replaced(monitored: Shop, manager: Manager):
    node = frontend_node()
    (victim,) = processes(node, "inspector")
    typed(f"python -m tests.e2e.cluster on {node} kill -STOP {victim}")
    until(lambda: success(node) is False, 5)
    until(lambda: success(node) is True, 30)
    attacked(monitored, manager)


def test_a_sensor_that_is_silent_turns_success_false_within_10_seconds_and_back(monitored: Shop, manager: Manager):
    node = frontend_node()
    (victim, *_) = processes(node, "sensor")
    typed(f"python -m tests.e2e.cluster on {node} kill -STOP {victim}")
    until(lambda: success(node) is False, 10)
    typed(f"python -m tests.e2e.cluster on {node} kill -9 {victim}")
    until(lambda: success(node) is True, 40)
    attacked(monitored, manager)


def test_what_was_seen_while_the_manager_moved_is_delivered(monitored: Shop, manager: Manager):
    kubectl("-n podlynx-system scale deployment/podlynx-manager --replicas=0")
    until(lambda: not objects("pods -n podlynx-system -l app.kubernetes.io/component=manager"), 60)
    began = time.time()
    monitored.attack()
    (place,) = objects("deployment podlynx-manager -n podlynx-system")
    assert place["spec"]["replicas"] == 0
    kubectl("-n podlynx-system scale deployment/podlynx-manager --replicas=1")
    kubectl("-n podlynx-system rollout status deployment/podlynx-manager --timeout=120s")
    manager.forward()
    manager.alert(QUERY, since=began, seconds=30)
    manager.until_watched("default", "sample-dpi-frontend")
    attacked(monitored, manager)


def test_a_node_is_drained_and_the_manager_goes_on_elsewhere(monitored: Shop, manager: Manager):
    (pod,) = objects("pods -n podlynx-system -l app.kubernetes.io/component=manager")
    node = pod["spec"]["nodeName"]
    try:
        chosen = "--pod-selector=app.kubernetes.io/component=manager"
        kubectl(f"drain {node} --ignore-daemonsets --delete-emptydir-data {chosen} --timeout=90s")
        kubectl("-n podlynx-system rollout status deployment/podlynx-manager --timeout=120s")
        (moved,) = objects("pods -n podlynx-system -l app.kubernetes.io/component=manager")
        assert moved["spec"]["nodeName"] != node
        manager.forward()
        assert manager.alerts(QUERY), "what was stored before"
        until(lambda: not any(report["spooled"] for report in manager.sensors().values()), 20)
        attacked(monitored, manager)
    finally:
        kubectl(f"uncordon {node}")


def test_attacks_are_seen_while_the_api_server_restarts_and_changes_act_after_it(monitored: Shop, manager: Manager):
    began = time.time()
    restart = threading.Thread(target=typed, args=("python -m tests.e2e.cluster restart kube-apiserver",))
    restart.start()
    until(lambda: kubectl("get --raw /readyz", fails=True), 20)
    monitored.attack()
    restart.join()
    until(lambda: kubectl("get --raw /readyz") == "ok", 60)
    manager.forward()
    manager.alert(QUERY, since=began, seconds=20)
    before = objects("pods -n default -l app=frontend")[0]["metadata"]["name"]
    kubectl(f"delete pod {before}")
    kubectl("rollout status deployment/frontend --timeout=60s")
    manager.until_watched("default", "sample-dpi-frontend")
    attacked(monitored, manager)
