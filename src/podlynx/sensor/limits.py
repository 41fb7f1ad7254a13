"""CPU and memory limits of the container, as its control groups say them, and how they are divided (docs/budget.md).

cgroups(7): version 2 (`memory.max`, `cpu.max`) and version 1 (`memory.limit_in_bytes`, `cpu.cfs_quota_us`), side by side too.
The limit that counts is the least of the group and of all above it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

MIB: Final = 1 << 20
_NONE: Final = 1 << 60
"""Version 1 says no limit by a number about as large as memory can be."""
RING_MIB: Final = 32
"""Where no limit is known."""
MOST_RING_MIB: Final = 128
LEAST_RING_MIB: Final = 8
RING_SHARE: Final = 8
"""Rings take an eighth of the memory: a quota of one CPU may stop a process for most of 100 ms, in which 1 GB/s brings 100 MB."""
MOST_WORKERS: Final = 16


class Limits(NamedTuple):
    """`cpus`: CPUs' worth of time; `memory`: bytes; `throttled`: how often the CPU limit stopped a group. None: not known."""

    cpus: float | None = None
    memory: int | None = None
    throttled: int | None = None


class Plan(NamedTuple):
    """What an inspector is given. `memory_mib`: of the process and its rings, 0: none; `ring_mib`: of one worker's ring."""

    workers: int = 1
    ring_mib: int = RING_MIB
    memory_mib: int = 0


UNLIMITED: Final = Plan()


def read_limits(root: Path = Path("/")) -> Limits:
    """Limits of this process's control groups. What cannot be read is no limit."""
    groups = list(_groups(root))
    cpus = [cpu for path, version in groups for cpu in [_cpus(path, version)] if cpu]
    memory = [most for path, version in groups for most in [_memory(path, version)] if most]
    throttled = [times for path, _ in groups for times in [_throttled(path)] if times is not None]
    return Limits(min(cpus, default=None), min(memory, default=None), max(throttled, default=None))


def plan(limits: Limits, others: int = 0, workers: int = 0) -> Plan:
    """Divides the limits. `others`: bytes that other processes of the container need; `workers`: as asked for, 0: by the CPUs."""
    at_hand = len(os.sched_getaffinity(0))
    by_limit = at_hand if limits.cpus is None else min(at_hand, int(limits.cpus + 0.25))
    count = min(workers or max(by_limit, 1), MOST_WORKERS)
    if limits.memory is None:
        return Plan(count, RING_MIB)
    memory = max(limits.memory - others, limits.memory // 2) // MIB
    rings = min(max(memory // RING_SHARE, LEAST_RING_MIB), MOST_RING_MIB)
    return Plan(count, max(rings // count, LEAST_RING_MIB), memory)


def _groups(root: Path) -> Iterator[tuple[Path, int]]:
    """Folders of the groups that may hold a limit, and their versions."""
    mounts = list(_mounts(root))
    for line in _read(root / "proc/self/cgroup").splitlines():
        number, controllers, path = ([*line.split(":", 2), "", ""])[:3]
        wanted = set(controllers.split(",")) & {"cpu", "memory"}
        for mount, top, kind, options in mounts:
            if (number == "0" and kind == "cgroup2") or (kind == "cgroup" and wanted & options):
                yield from ((folder, 2 if kind == "cgroup2" else 1) for folder in _upwards(root / mount.lstrip("/"), top, path))


def _mounts(root: Path) -> Iterator[tuple[str, str, str, set[str]]]:
    """Mount point, its root within the hierarchy, kind, options (proc(5), mountinfo)."""
    for line in _read(root / "proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) >= 5 and len(kinds) >= 3 and kinds[0] in {"cgroup", "cgroup2"}:
            yield fields[4], fields[3], kinds[0], set(kinds[2].split(","))


def _upwards(mount: Path, top: str, path: str) -> Iterator[Path]:
    """The group's folder and those above it, as far as they are mounted; the mount itself where the group lies elsewhere."""
    within = path.removeprefix(top.rstrip("/")) if path.startswith(top.rstrip("/")) else ""
    parts = [part for part in within.split("/") if part and part != ".."]
    for depth in range(len(parts), -1, -1):
        yield mount.joinpath(*parts[:depth])


def _cpus(group: Path, version: int) -> float | None:
    if version == 2:
        quota, _, period = _read(group / "cpu.max").partition(" ")
    else:
        quota, period = _read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us")
    most, every = _number(quota), _number(period)
    return most / every if most and every and most > 0 else None


def _memory(group: Path, version: int) -> int | None:
    most = _number(_read(group / ("memory.max" if version == 2 else "memory.limit_in_bytes")))
    return most if most and 0 < most < _NONE else None


def _throttled(group: Path) -> int | None:
    told = dict(line.split(" ", 1) for line in _read(group / "cpu.stat").splitlines() if " " in line)
    return _number(told.get("nr_throttled", ""))


def _number(text: str) -> int | None:
    """`max` and what is no number say nothing."""
    try:
        return int(text)
    except ValueError:
        return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
