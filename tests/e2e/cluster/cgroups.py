"""Control groups (version 1, or hybrid) of the nodes: made, joined, removed.

Below each controller lies `podlynx-NODE`: kubelet keeps its pods there, and `system` in it holds the node's own programs, so that
whatever ends or limits the command that brought the cluster up leaves the cluster alone.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.e2e.cluster.layout import CGROUP_ROOT, NODES, ClusterError, Node
from tests.e2e.cluster.processes import until

SYSTEM = "system"
CPUSET_FILES = ("cpuset.cpus", "cpuset.mems")  # a group without them takes no process
REMOVE_SECONDS = 5


def require() -> None:
    """Raises ClusterError on a machine with version 2 alone."""
    if (CGROUP_ROOT / "cgroup.controllers").exists():
        raise ClusterError(
            "this machine has cgroup version 2 alone; the test cluster needs version 1 (or hybrid) control groups: "
            "boot with systemd.unified_cgroup_hierarchy=0"
        )


def create(node: Node) -> None:
    """The node's groups."""
    for controller in _controllers():
        for group in (controller / node.cgroup, controller / node.cgroup / SYSTEM):
            group.mkdir(exist_ok=True)
            if controller.name == "cpuset":
                for file in CPUSET_FILES:
                    (group / file).write_text((controller / file).read_text())


def _controllers() -> Iterator[Path]:
    """The hybrid's version 2 tree (`unified`) among them, links (`cpu` to `cpu,cpuacct`) not."""
    for folder in sorted(CGROUP_ROOT.iterdir()):
        if folder.is_dir() and not folder.is_symlink():
            yield folder


def joined(node: Node, command: Sequence[str]) -> list[str]:
    """The command line that runs a command in the node's `system` groups."""
    groups = f"{CGROUP_ROOT}/*/{node.cgroup}/{SYSTEM}/cgroup.procs"
    return ["/bin/sh", "-c", f'for group in {groups}; do echo 0 >"$group"; done; exec "$@"', node.name, *command]


def remove() -> None:
    """From the leaves up. Raises ClusterError where a group still has a process."""
    tops = [controller / node.cgroup for controller in _controllers() for node in NODES]
    for top in tops:
        if top.is_dir():
            _remove(top)
    left = [str(top) for top in tops if top.exists()]
    if left:
        pids = sorted(
            {pid for top in left for file in Path(top).rglob("cgroup.procs") for pid in file.read_text().split()}, key=int
        )
        raise ClusterError(
            f"these control groups still have processes: {', '.join(left)}. Their records are gone, so they are not touched; "
            f"end them by hand and try again: kill {' '.join(pids)}"
        )


def _remove(top: Path) -> None:
    def gone() -> bool:
        for folder in sorted((top, *(p for p in top.rglob("*") if p.is_dir())), key=lambda path: -len(path.parts)):
            try:
                folder.rmdir()
            except OSError:
                return False  # its last process is still leaving
        return True

    until(gone, REMOVE_SECONDS)
