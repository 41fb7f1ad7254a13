"""Limits of control groups, on trees as they look inside containers and on nodes."""

from pathlib import Path

import pytest

from podlynx.sensor.limits import MIB, Limits, plan, read_limits

V2 = "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"
V1 = (
    "31 24 0:27 {top} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "32 24 0:28 {top} /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
)
UNLIMITED_V1 = "9223372036854771712"

CASES: dict[str, tuple[str, str, dict[str, str], Limits]] = {
    "version 2 in a container": (
        "0::/",
        V2,
        {"memory.max": "1073741824", "cpu.max": "100000 100000", "cpu.stat": "usage_usec 5\nnr_throttled 7"},
        Limits(1.0, 1 << 30, 7),
    ),
    "version 2 without limits": ("0::/", V2, {"memory.max": "max", "cpu.max": "max 100000"}, Limits()),
    "the least of all above": (
        "0::/kubepods/pod1/box",
        V2,
        {"kubepods/memory.max": "4096", "kubepods/pod1/memory.max": "8192", "kubepods/pod1/box/cpu.max": "50000 100000"},
        Limits(0.5, 4096),
    ),
    "version 1, the group's own folder mounted": (
        "4:memory:/kube/box\n3:cpu,cpuacct:/kube/box",
        V1.format(top="/kube/box"),
        {
            "memory/memory.limit_in_bytes": "2048",
            "cpu,cpuacct/cpu.cfs_quota_us": "250000",
            "cpu,cpuacct/cpu.cfs_period_us": "100000",
        },
        Limits(2.5, 2048),
    ),
    "version 1 without limits": (
        "4:memory:/\n3:cpu,cpuacct:/",
        V1.format(top="/"),
        {
            "memory/memory.limit_in_bytes": UNLIMITED_V1,
            "cpu,cpuacct/cpu.cfs_quota_us": "-1",
            "cpu,cpuacct/cpu.cfs_period_us": "100000",
        },
        Limits(),
    ),
    "both versions": (
        "4:memory:/box\n0::/",
        V1.format(top="/") + V2.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified"),
        {"memory/box/memory.limit_in_bytes": "512", "unified/cpu.max": "200000 100000"},
        Limits(2.0, 512),
    ),
    "nonsense": ("0::/../..\nx", V2 + "rubbish - \n", {"memory.max": "a lot", "cpu.max": "1", "cpu.stat": "??"}, Limits()),
    "no control groups": ("", "", {}, Limits()),
}


@pytest.mark.parametrize("name", CASES)
def test_limits_are_read(name: str, tmp_path: Path) -> None:
    groups, mounts, files, expected = CASES[name]
    for path, text in {"proc/self/cgroup": groups, "proc/self/mountinfo": mounts}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    for file, text in files.items():
        path = tmp_path / "sys/fs/cgroup" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    assert read_limits(tmp_path) == expected


@pytest.mark.parametrize("mib", [64, 256, 512, 1024, 4096, 65536])
@pytest.mark.parametrize("workers", [1, 2, 8])
def test_rings_are_a_small_part_of_the_memory(mib: int, workers: int) -> None:
    given = plan(Limits(1.0, mib * MIB), others=64 * MIB, workers=workers)
    assert given.workers == workers
    assert given.ring_mib * workers <= max(mib // 8, 8 * workers)
    assert mib // 2 <= given.memory_mib <= mib


def test_workers_go_by_the_cpu_limit() -> None:
    assert plan(Limits(1.0)).workers == 1
    assert plan(Limits(0.2)).workers == 1
    assert plan(Limits(None, None)).memory_mib == 0
