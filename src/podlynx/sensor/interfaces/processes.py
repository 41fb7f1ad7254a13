"""Which processes are whose pod's, and what their network looks like: /proc alone (proc(5), cgroups(7)), with no capability."""

import os
import re
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

import msgspec

PROC: Final = Path("/proc")
PROCESS_CAP: Final = 64
"""Processes of one pod that are looked at: the first (the pause process, the oldest) is nearly always the answer."""
SCAN_CAP: Final = 65_536
"""Processes of a node that are looked at."""
STALE_SECONDS: Final = 20.0
"""What is known of processes is not used any longer than this."""
YOUNG_SECONDS: Final = 3.0
CGROUP_FILE_CAP: Final = 1 << 14
NETWORK_FILE_CAP: Final = 1 << 20
"""Bytes of a network file that are read."""

# cgroupfs writes pod<uid>, systemd kubepods-pod<uid>.slice with _ for -; v1 has a line a controller, v2 one in all.
_POD: Final = re.compile(
    rb"pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-f])"
)
_LOCAL: Final = re.compile(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL")


class PodNetwork(msgspec.Struct, frozen=True):
    """Addresses and interfaces of a process's network namespace, without loopback."""

    addresses: frozenset[IPv4Address | IPv6Address]
    interfaces: tuple[str, ...]


class PodProcesses:
    """The node's processes by pod. A look costs one listing and the processes that are new since the last one."""

    def __init__(self, proc: Path = PROC) -> None:
        self._proc = proc
        self._known: dict[int, tuple[str | None, float]] = {}
        """What a process was found to be, and when it was first seen or, for one of no pod, last asked."""
        self._forget_at = 0.0

    def scan(self) -> dict[str, list[int]]:
        """Process ids by pod UID, lowest first. A static pod of the kubelet has 32 hex digits there (annotation config.hash)."""
        now = time.monotonic()
        if now >= self._forget_at:
            self._forget(now)
        found: dict[str, list[int]] = {}
        known: dict[int, tuple[str | None, float]] = {}
        for pid in sorted(_pids(self._proc))[:SCAN_CAP]:
            known[pid] = uid, _ = self._look(pid, now)
            if uid is not None and len(processes := found.setdefault(uid, [])) < PROCESS_CAP:
                processes.append(pid)
        self._known = known
        return found

    def refresh(self) -> None:
        """Find out anew, as numbers are used again: called now and then, so that no pod that waits has to wait for it."""
        self._forget(time.monotonic())
        self.scan()

    def _forget(self, now: float) -> None:
        self._known, self._forget_at = {}, now + STALE_SECONDS

    def _look(self, pid: int, now: float) -> tuple[str | None, float]:
        """A process is put into its cgroup a moment after it is made: a young one of no pod is asked again."""
        uid, seen = self._known.get(pid, (None, now))
        return (uid, seen) if uid is not None or now - seen > YOUNG_SECONDS else (pod_of(self._proc, pid), seen)


def pod_of(proc: Path, pid: int) -> str | None:
    """The UID of the pod that a process belongs to, by its cgroups."""
    try:
        # Plain system calls: hundreds of processes are asked while a pod waits.
        file = os.open(f"{proc}/{pid}/cgroup", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # it ended meanwhile
        return None
    try:
        match = _POD.search(os.read(file, CGROUP_FILE_CAP))
    except OSError:
        return None
    finally:
        os.close(file)
    return match[1].decode().replace("_", "-") if match else None


def _pids(proc: Path) -> Iterator[int]:
    with os.scandir(proc) as entries:
        yield from (int(entry.name) for entry in entries if entry.name.isdecimal())


def network_of(pid: int, proc: Path = PROC) -> PodNetwork | None:
    """The network of a process; None where it ended."""
    folder = proc / str(pid) / "net"
    try:
        trie = _read(folder / "fib_trie")
        six = [line.split() for line in _read(folder / "if_inet6").splitlines()]
        routes = [line.split() for line in _read(folder / "route").splitlines()[1:]]
        own = _index_of(folder)
    except OSError:
        return None
    addresses = {ip_address(text) for text in _LOCAL.findall(trie)} | {_ip6(fields[0]) for fields in six if len(fields) >= 6}
    # Only what has an address or a route carries traffic: every namespace has tunnel devices that nobody asked for.
    names = {fields[5] for fields in six if len(fields) >= 6} | {fields[0] for fields in routes if fields}
    return PodNetwork(
        frozenset(address for address in addresses if not address.is_loopback and not address.is_link_local),
        tuple(sorted((names & own) - {"lo"})),
    )


def _index_of(folder: Path) -> set[str]:
    """Names of the namespace's interfaces (proc(5), /proc/net/dev: two lines of head, then `name: figures`)."""
    return {line.partition(":")[0].strip() for line in _read(folder / "dev").splitlines()[2:]}


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(NETWORK_FILE_CAP).decode(errors="replace")
    except FileNotFoundError:
        if path.name == "if_inet6" and path.parent.exists():  # a kernel without IPv6
            return ""
        raise


def _ip6(digits: str) -> IPv6Address:
    return IPv6Address(int(digits, 16))
