"""Capturing inside the pods' namespaces: for networks that hide one direction from the host's end of a link."""

import time

from tests.e2e.manager import Manager
from tests.e2e.rules import TOKEN_RULE
from tests.e2e.shop import Shop
from tests.e2e.test_5_failures import frontend_node, processes
from tests.e2e.typed import kubectl, objects, typed, until

QUERY = f"sid:{TOKEN_RULE.split(':')[1]}"


def test_mode_pod_sees_what_mode_host_sees(monitored: Shop, manager: Manager):
    try:
        typed("python -m tests.e2e.cluster install --set sensor.captureMode=pod", seconds=300)

        def rolled() -> bool:
            pods = objects("pods -n tigera-dpi")
            modes = {each["value"] for pod in pods for each in pod["spec"]["containers"][0]["env"] if "MODE" in each["name"]}
            assert modes == {"pod"}, modes
            return True

        until(rolled, 180, every=1)
        manager.forward()
        manager.until_watched("default", "sample-dpi-frontend")
        began = time.time()
        monitored.attack()
        assert manager.alert(QUERY, since=began)["dest_port"] == 8080
        node = frontend_node()
        (inspector,) = processes(node, "inspector")
        told = typed(f"python -m tests.e2e.cluster on {node} grep CapEff /proc/{inspector}/status")
        assert int(told.split()[1], 16) == 0, "what the watcher needs to enter namespaces the inspector does not hold"
    finally:
        typed("python -m tests.e2e.cluster install --set sensor.captureMode=host", seconds=300)
        kubectl("rollout status daemonset/tigera-dpi -n tigera-dpi --timeout=180s", seconds=200)
        manager.forward()
