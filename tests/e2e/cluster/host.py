"""The host's network, mounts and cgroups: what the cluster adds, how it is taken away again, and the proof that it was."""

import difflib
import json
import re
import subprocess
from pathlib import Path

from tests.e2e.cluster.layout import BRIDGE, CGROUP_ROOT, FAMILIES, HOST_ADDRESS, LOAD_BALANCERS, NODES, ClusterError, State
from tests.e2e.cluster.processes import run

# What tells the state of the host: title, command
QUESTIONS = {
    "links": ["ip", "-o", "link", "show"],
    "addresses": ["ip", "-o", "addr", "show"],
    "routes IPv4": ["ip", "-4", "route", "show", "table", "all"],
    "routes IPv6": ["ip", "-6", "route", "show", "table", "all"],
    "rules IPv4": ["ip", "-4", "rule", "show"],
    "rules IPv6": ["ip", "-6", "rule", "show"],
    "nftables": ["nft", "list", "ruleset"],
    "namespaces": ["ip", "netns", "list"],
}
# What counts down on addresses and routes that a router announced
LIFETIMES = re.compile(r"\b(expires|valid_lft|preferred_lft) \d+sec")
# buildah, which makes the images, keeps its store mounted
FOREIGN_MOUNTS = "/var/lib/containers/"
SYSCTLS = ("net", "vm", "kernel")
# They count or change by themselves
RESTLESS = (
    "kernel/random/",
    "kernel/ns_last_pid",
    "kernel/pty/nr",
    "vm/stat",
    "net/netfilter/nf_conntrack_count",
    "net/ipv4/tcp_fastopen_key",
    "stable_secret",
)


def snapshot() -> dict[str, list[str]]:
    """Title: lines, of everything that must be after the cluster as it was before."""
    seen = {title: _lines(command) for title, command in QUESTIONS.items()}
    seen["sysctls"] = _sysctls()
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    seen["mounts"] = sorted(mount for mount in mounts if FOREIGN_MOUNTS not in mount)
    # Others on the machine make and remove groups of theirs all the time: ours are told by their names.
    seen["cgroups"] = sorted(str(path) for node in NODES for path in CGROUP_ROOT.rglob(node.cgroup) if path.is_dir())
    return seen


def _lines(command: list[str]) -> list[str]:
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return []
    return [LIFETIMES.sub("", line).rstrip() for line in said.splitlines() if line.strip()]


def _sysctls() -> list[str]:
    found = []
    for root in SYSCTLS:
        for path in sorted(Path("/proc/sys", root).rglob("*")):
            name = str(path.relative_to("/proc/sys"))
            if path.is_file() and not any(mark in name for mark in RESTLESS):
                try:
                    found.append(f"{name} = {path.read_text().strip()}")
                except OSError:
                    continue  # write-only
    return found


def differences(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    """Lines that came (`+`) or went (`-`), each with its title; empty where nothing changed."""
    changed = []
    for title in before.keys() | after.keys():
        lines = difflib.unified_diff(before.get(title, []), after.get(title, []), lineterm="", n=0)
        changed += [f"{title}: {line}" for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]
    return sorted(changed)


def remember(state: State) -> None:
    """The host as it is now, for the comparison at the end."""
    if not state.before.exists():
        state.before.write_text(json.dumps(snapshot()))


def require_free(state: State) -> None:
    """Raises ClusterError where another cluster of this machine is up: bridge, addresses and control groups are one of a kind."""
    owner = bridge_owner()
    if owner not in (None, str(state.root)):
        raise ClusterError(
            f"a test cluster is up already on this machine; its state lies in {owner or 'a place unknown'}. Use that one "
            f"(export PODLYNX_CLUSTER_STATE={owner}), or end it: PODLYNX_CLUSTER_STATE={owner} make cluster-down"
        )


def add_bridge(state: State) -> None:
    """The nodes' switch, with the machine itself on it; its alias says whose it is."""
    if bridge_owner() is not None:
        return
    run(["ip", "link", "add", BRIDGE, "type", "bridge", "forward_delay", "0"])
    run(["ip", "link", "set", BRIDGE, "alias", str(state.root)])
    for family in FAMILIES:
        run(["ip", f"-{family}", "addr", "add", HOST_ADDRESS[family], "dev", BRIDGE, *(["nodad"] if family == 6 else [])])
    run(["ip", "link", "set", BRIDGE, "up"])


def add_routes() -> None:
    """The machine itself reaches nodes, pods and load balancers through the bridge."""
    for node in NODES:
        for family in FAMILIES:
            run(["ip", f"-{family}", "route", "replace", node.pods(family), "via", node.address(family), "dev", BRIDGE])
    run(["ip", "route", "replace", LOAD_BALANCERS, "via", NODES[0].address(4), "dev", BRIDGE])


def bridge_owner() -> str | None:
    """The state directory that stands in the bridge's alias; None where there is no bridge."""
    folder = Path("/sys/class/net", BRIDGE)
    try:
        return (folder / "ifalias").read_text().strip() if folder.exists() else None
    except OSError:
        return None


def remove_network() -> None:
    """Cables and bridge; routes over them go along."""
    for link in (*(node.link for node in NODES), BRIDGE):
        remove_link(Path("/sys/class/net", link))


def remove_link(link: Path) -> None:
    """It, unless it is gone: the kernel takes the cable of a node that ended away when it finds the time."""
    if not link.exists():
        return
    try:
        run(["ip", "link", "del", link.name])
    except ClusterError:
        if link.exists():
            raise
