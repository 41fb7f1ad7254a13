"""`up` and `down`: the cluster from nothing to Ready, and back to nothing."""

import fcntl
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.cluster import cgroups, control_plane, host, images, machine, node, pki
from tests.e2e.cluster.binaries import Cache
from tests.e2e.cluster.layout import CHECKOUT, CONTROL_PLANE, NODES, ClusterError, Node, State
from tests.e2e.cluster.processes import HOLDER, HOST, launch, plain_environment, recorded, run, running, tail, until

ADDONS = Path(__file__).with_name("addons.yaml")
NODES_SECONDS = 120
DNS_SECONDS = 90
END_SECONDS = 5


class Progress:
    """A line for each step, with the seconds since the beginning."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def __call__(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)


@contextmanager
def locked(state: State) -> Iterator[None]:
    """One at a time. Raises ClusterError where another is bringing this cluster up or down."""
    state.root.mkdir(parents=True, exist_ok=True)
    with _lock(state).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise ClusterError(f"another command is bringing the cluster of {state.root} up or down; wait for it") from problem
        yield


def _lock(state: State) -> Path:
    """Beside the state, not in it: it must outlive what it guards."""
    return state.root.with_name(f".{state.root.name}.lock")


def up(state: State, say: Callable[[str], None]) -> None:
    """Brings up whatever is not up: all of it, or what a test or a reboot ended. Images and add-ons are renewed in any case."""
    machine.require_root()
    cgroups.require()
    machine.install_packages(say)
    cache = Cache(say)
    cache.build()
    archives = cache.archives()
    with locked(state):
        host.require_free(state)
        if all(recorded(state, n.name, HOLDER) for n in NODES):
            say(f"the cluster of {state.root} is up already: refreshing it")
        else:
            _clear(state)
            host.remember(state)
        cache.link(state)
        pki.make(state)
        _start(state, archives, say)
    say(f"ready: export KUBECONFIG={state.kubeconfig} PATH={state.bin}:$PATH")


def _start(state: State, archives: list[Path], say: Callable[[str], None]) -> None:
    host.add_bridge(state)
    for each in NODES:
        node.create(state, each)
    host.add_routes()
    say(f"{len(NODES)} nodes have their namespaces")
    with ThreadPoolExecutor(len(NODES)) as pool:
        runtimes = [pool.submit(_runtime, state, each, archives) for each in NODES]
        control_plane.start(state)
        say("the control plane is ready")
        for runtime in runtimes:
            runtime.result()
    for each in NODES:
        node.agents(state, each)
    kubectl(state, "apply", "--server-side", "--force-conflicts", "--field-manager=podlynx-test-cluster", "-f", str(ADDONS))
    _start_controller(state)
    say("programs run on every node")
    _await_nodes(state)
    # NodeRestriction lets no kubelet say this of its own node.
    kubectl(state, "label", "node", CONTROL_PLANE.name, "--overwrite", "node-role.kubernetes.io/control-plane=")
    say("the nodes are ready")
    kubectl(state, "rollout", "status", "deployment/coredns", "--namespace=kube-system", f"--timeout={DNS_SECONDS}s")
    say("cluster DNS answers")


def _runtime(state: State, each: Node, archives: list[Path]) -> None:
    node.runtime(state, each)
    images.load(state, archives, [each])


def _start_controller(state: State) -> None:
    if recorded(state, HOST, "controller"):
        return
    environment = {**plain_environment(), "PYTHONPATH": str(CHECKOUT), "PODLYNX_CLUSTER_STATE": str(state.root)}
    command = [sys.executable, "-m", "tests.e2e.cluster.controller"]
    launch(state, HOST, "controller", cgroups.joined(CONTROL_PLANE, command), entered=False, env=environment)


def _await_nodes(state: State) -> None:
    def ready() -> bool:
        items = json.loads(kubectl(state, "get", "nodes", "--output=json"))["items"]
        conditions = [c["status"] for item in items for c in item["status"]["conditions"] if c["type"] == "Ready"]
        account = kubectl(state, "get", "serviceaccount", "default", "--ignore-not-found", "--output=name")
        return conditions == ["True"] * len(NODES) and bool(account)

    if not until(ready, NODES_SECONDS, 0.5):
        said = "\n".join(f"{each.name}:\n{tail(state.log(each.name, 'kubelet'), 6)}" for each in NODES)
        raise ClusterError(f"the nodes are not ready after {NODES_SECONDS} s; their kubelets say:\n{said}")


def kubectl(state: State, *arguments: str) -> str:
    """As the cluster's administrator."""
    return run([str(state.bin / "kubectl"), "--kubeconfig", str(state.kubeconfig), *arguments])


def down(state: State, say: Callable[[str], None]) -> list[str]:
    """Ends and removes everything of this cluster; answers how the host differs from before it came (empty: not at all)."""
    machine.require_root()
    with locked(state):
        before = json.loads(state.before.read_text()) if state.before.exists() else None
        _clear(state)
        shutil.rmtree(state.root, ignore_errors=True)
    _lock(state).unlink(missing_ok=True)
    if before is None:
        say(f"there is no cluster in {state.root}")
        return []
    say("the cluster is gone; comparing the machine with what it was before")
    changed = host.differences(before, host.snapshot())
    say("the machine differs:" if changed else "network, sysctls, mounts and control groups are as before")
    return changed


def _clear(state: State) -> None:
    """Processes, network, cgroups, files; another cluster's are left alone."""
    _end_processes(state)
    if host.bridge_owner() == str(state.root):
        host.remove_network()
        cgroups.remove()
    for name in ("run", "nodes", "etcd", "pki", "volumes", "log", "bin", "helm", "kubeconfig", "host-before.json"):
        path = state.root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _end_processes(state: State) -> None:
    """The first process of a node takes every other one of it along: the kernel ends a PID namespace with its first process."""
    for process in running(state, HOST).values():
        process.end(END_SECONDS)
    for each in NODES:
        own = running(state, each.name)
        holder = own.pop(HOLDER, None)
        if holder:
            holder.kill()
        for process in own.values():
            until(lambda gone=process: not gone.alive, END_SECONDS)  # type: ignore[misc]
