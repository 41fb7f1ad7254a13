"""Control groups of the nodes: made, joined, removed. Version 1, hybrid, or version 2 (cgroups(7)).

Below each controller, and in version 2 below the one tree, lies `podlynx-NODE`: kubelet keeps its pods there, and `system` in it
holds the node's own programs, so that whatever ends or limits the command that brought the cluster up leaves the cluster alone.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.e2e.cluster.layout import CGROUP_ROOT, NODES, ClusterError, Node
from tests.e2e.cluster.processes import until

SYSTEM = "system"
CPUSET_FILES = ("cpuset.cpus", "cpuset.mems")  # a group without them takes no process
WANTED = {"cpu", "cpuset", "memory", "pids"}
"""What kubelet does not start without (kubelet, "cgroup v2")."""
USED = {"io", "hugetlb"}
REMOVE_SECONDS = 5


def require() -> None:
    """In version 2 controllers have to be handed down before a group can use them. Raises ClusterError where they cannot be."""
    if not _is_version_2():
        return
    missing = WANTED - set((CGROUP_ROOT / "cgroup.controllers").read_text().split())
    if missing:
        raise ClusterError(
            f"kubelet needs the control group controllers {', '.join(sorted(missing))}, which {CGROUP_ROOT} does not have: "
            "they are switched off at boot (cgroup_disable), or kept by the container that this runs in"
        )
    try:
        _hand_down(CGROUP_ROOT)
    except OSError as problem:
        raise ClusterError(
            f"the control group controllers cannot be handed down from {CGROUP_ROOT} ({problem.strerror}): in a container it is "
            "not the machine's root, and has processes; run this on the machine itself, or in one with --cgroupns=host"
        ) from problem


def _is_version_2() -> bool:
    return (CGROUP_ROOT / "cgroup.controllers").exists()


def _hand_down(group: Path) -> None:
    """Those that there are, to the groups below; the ones that are handed down already may be named again."""
    there = (group / "cgroup.controllers").read_text().split()
    (group / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in there if name in WANTED | USED))


def create(node: Node) -> None:
    """The node's groups."""
    for controller in _controllers():
        for group in (controller / node.cgroup, controller / node.cgroup / SYSTEM):
            group.mkdir(exist_ok=True)
            if controller.name == "cpuset":
                for file in CPUSET_FILES:
                    (group / file).write_text((controller / file).read_text())
        if _is_version_2():
            _hand_down(controller / node.cgroup)


def _controllers() -> Iterator[Path]:
    """The hybrid's version 2 tree (`unified`) among them, links (`cpu` to `cpu,cpuacct`) not. In version 2 the one tree."""
    if _is_version_2():
        yield CGROUP_ROOT
        return
    for folder in sorted(CGROUP_ROOT.iterdir()):
        if folder.is_dir() and not folder.is_symlink():
            yield folder


def joined(node: Node, command: Sequence[str]) -> list[str]:
    """The command line that runs a command in the node's `system` groups."""
    groups = f"{CGROUP_ROOT}/{'' if _is_version_2() else '*/'}{node.cgroup}/{SYSTEM}/cgroup.procs"
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
