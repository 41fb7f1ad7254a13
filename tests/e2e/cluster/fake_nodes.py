"""Nodes that exist in the API alone, with pods that say they run: hundreds of them for the tests of scale (kwok)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.e2e.cluster import cgroups
from tests.e2e.cluster.binaries import Cache
from tests.e2e.cluster.bring_up import kubectl
from tests.e2e.cluster.layout import CONTROL_PLANE, State
from tests.e2e.cluster.processes import HOST, launch, plain_environment, recorded, until

MARK = "kwok.x-k8s.io/node"
SELECTOR = "type=kwok"
MOST = 2000
READY_SECONDS = 120


def set_count(state: State, count: int, say: Callable[[str], None]) -> None:
    """Makes the first `count` of fake-0000… exist and no others; 0 ends kwok too."""
    have = set(kubectl(state, "get", "nodes", f"--selector={SELECTOR}", "--output=name").split())
    want = {f"node/fake-{number:04}" for number in range(min(count, MOST))}
    if want:
        _start(state, say)
    if have and not want:  # in one request: one a node takes a minute and a half for 500
        kubectl(state, "delete", f"--raw=/api/v1/nodes?labelSelector={quote(SELECTOR)}")
    elif have - want:
        kubectl(state, "delete", "--wait=false", *sorted(have - want))
    if want - have:
        _create(state, sorted(name.removeprefix("node/") for name in want - have))
    if not until(lambda: _ready(state) == len(want), READY_SECONDS, 0.5):
        say(f"{_ready(state)} of {len(want)} fake nodes are ready after {READY_SECONDS} s")
    process = recorded(state, HOST, "kwok")
    if not want and process:
        process.end(5)
    say(f"{len(want)} fake nodes")


def _start(state: State, say: Callable[[str], None]) -> None:
    if recorded(state, HOST, "kwok"):
        return
    command = [
        str(Cache(say).module("kwok")),
        f"--kubeconfig={state.kubeconfig}",
        "--manage-all-nodes=false",
        f"--manage-nodes-with-annotation-selector={MARK}=fake",
        "--node-lease-duration-seconds=40",
    ]
    launch(
        state,
        HOST,
        "kwok",
        cgroups.joined(CONTROL_PLANE, command),
        entered=False,
        env={**plain_environment(), "HOME": str(state.root)},
    )


def _create(state: State, names: list[str]) -> None:
    path = Path(state.root, "run", "fake-nodes.json")
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [_node(name) for name in names]}))
    kubectl(state, "create", "-f", str(path))


def _node(name: str) -> dict[str, Any]:
    """Tainted, so that nothing comes to them that does not tolerate them; a DaemonSet that tolerates all does."""
    size = {"cpu": "32", "memory": "256Gi", "pods": "110"}
    labels = {"type": "kwok", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "annotations": {MARK: "fake"}, "labels": labels},
        "spec": {"taints": [{"key": MARK, "value": "fake", "effect": "NoSchedule"}]},
        "status": {"allocatable": size, "capacity": size},
    }


def _ready(state: State) -> int:
    items = json.loads(kubectl(state, "get", "nodes", f"--selector={SELECTOR}", "--output=json"))["items"]
    return sum(c["status"] == "True" for item in items for c in item["status"].get("conditions", []) if c["type"] == "Ready")
