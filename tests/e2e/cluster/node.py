"""A node: its namespaces, its cable to the bridge, its runtime, its kubelet and kube-proxy."""

import json
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.cluster import cgroups, configuration
from tests.e2e.cluster.layout import BRIDGE, FAMILIES, LOAD_BALANCERS, NODES, SERVICES, ClusterError, Node, State
from tests.e2e.cluster.processes import HOLDER, inside, launch, recorded, run, tail, until

SCRIPT = Path(__file__).with_name("node.sh")
RUNTIME_SOCKET = "/run/containerd/containerd.sock"
UNSHARE = ("unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--propagation", "private")
READY_SECONDS = 60


def create(state: State, node: Node) -> None:
    """Namespaces, cable, addresses, routes and cgroups; nothing where the node is up already."""
    if recorded(state, node.name, HOLDER):
        return
    cgroups.create(node)
    own = state.node(node)
    own.mkdir(parents=True, exist_ok=True)
    script = ["/bin/sh", str(SCRIPT), node.name, str(state.root), str(own), str(state.bin / "pause")]
    holder = launch(state, node.name, HOLDER, cgroups.joined(node, [*UNSHARE, "--", *script]), entered=True)
    if not until(lambda: not holder.alive or holder.name == "pause", READY_SECONDS) or not holder.alive:
        raise ClusterError(f"node {node.name} could not be made; its output ends:\n{tail(state.log(node.name, HOLDER))}")
    _cable(node, holder.pid)
    _routes(state, node)


def _cable(node: Node, pid: int) -> None:
    """A veth pair: one end a port of the bridge, the other the node's eth0."""
    run(["ip", "link", "add", node.link, "type", "veth", "peer", "name", "eth0", "netns", str(pid)])
    run(["ip", "link", "set", node.link, "master", BRIDGE, "up"])


def _routes(state: State, node: Node) -> None:
    """To the other nodes' pods by their nodes; nowhere else: no default route, so nothing can leave the machine."""
    commands = []
    for family in FAMILIES:
        ip = f"ip -{family}"
        length, flags = (24, "") if family == 4 else (64, "nodad")
        commands.append(f"{ip} addr add {node.address(family)}/{length} dev eth0 {flags}")
    commands.append("ip link set eth0 up")
    for family in FAMILIES:
        ip = f"ip -{family}"
        # Services are nobody's address: kube-proxy rewrites them, but only what has a route gets that far.
        commands.append(f"{ip} route add {SERVICES[family]} dev eth0")
        commands += [f"{ip} route add {other.pods(family)} via {other.address(family)}" for other in NODES if other != node]
    commands.append(f"ip route add {LOAD_BALANCERS} dev eth0")
    run(inside(state, node, ["/bin/sh", "-ec", "\n".join(commands)]))


def ensure(state: State, node: Node, name: str, command: Sequence[str]) -> bool:
    """Starts a process on a node where it is not running; answers whether it had to."""
    if recorded(state, node.name, name):
        return False
    launch(state, node.name, name, cgroups.joined(node, inside(state, node, command)), entered=True)
    return True


def runtime(state: State, node: Node) -> None:
    """containerd, answering."""
    etc = state.node(node) / "etc"
    (etc / "cni").mkdir(parents=True, exist_ok=True)
    _write(etc / "containerd.toml", configuration.containerd(etc / "cni"))
    _write(etc / "cni" / "10-podlynx.conflist", json.dumps(configuration.cni(node), indent=1))
    ensure(state, node, "containerd", ["/usr/bin/containerd", "--config", str(etc / "containerd.toml")])
    if not until(lambda: _answers(state, node), READY_SECONDS):
        raise ClusterError(
            f"containerd of {node.name} does not answer; its output ends:\n{tail(state.log(node.name, 'containerd'))}"
        )


def _answers(state: State, node: Node) -> bool:
    try:
        run(inside(state, node, ["ctr", "--address", RUNTIME_SOCKET, "version"]))
    except ClusterError:
        return False
    return True


def agents(state: State, node: Node) -> None:
    """kubelet and kube-proxy."""
    etc = state.node(node) / "etc"
    _write(etc / "resolv.conf", "")
    _write(etc / "kubelet.json", json.dumps(configuration.kubelet(state, node), indent=1))
    _write(etc / "kube-proxy.json", json.dumps(configuration.kube_proxy(state, node), indent=1))
    kubelet = [
        str(state.bin / "kubelet"),
        f"--config={etc / 'kubelet.json'}",
        f"--kubeconfig={state.pki / f'kubelet-{node.name}.kubeconfig'}",
        f"--hostname-override={node.name}",
        f"--node-ip={','.join(node.address(family) for family in FAMILIES)}",
        f"--node-labels=podlynx.io/cni={node.cni}",
    ]
    ensure(state, node, "kubelet", kubelet)
    ensure(state, node, "kube-proxy", [str(state.bin / "kube-proxy"), f"--config={etc / 'kube-proxy.json'}"])


def _write(path: Path, text: str) -> None:
    """Where it is not so already: kube-proxy ends itself when its configuration is written, be it the same."""
    if not path.is_file() or path.read_text() != text:
        path.write_text(text)
