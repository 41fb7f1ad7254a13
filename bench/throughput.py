"""How fast captures are inspected: the whole process on one core, gross, and net of its start (loading and compiling the rules).

    throughput.py [--profile k8s] [--megabytes 300] [--rules FILE] [--quick]

Prints GB/s (10^9 bytes of frames a second of wall clock) and keeps them in bench/results/.
"""

import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from results import keep

CHECKOUT = Path(__file__).resolve().parents[1]
PODLYNX = CHECKOUT / ".venv" / "bin" / "podlynx"
SHARED_TRAFFIC = CHECKOUT.parent / "shared" / "bench" / "traffic.py"


def main() -> int:
    """Measure and print; 1 where a run failed."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="podlynx-bench-") as folder:
        capture, empty = Path(folder, "traffic.pcap"), Path(folder, "empty.pcap")
        mix = _traffic(capture, asked)
        empty.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        _warm(capture)
        start = min((_inspect(empty, asked.rules) for _ in range(asked.repeat)), key=lambda run: run["seconds"])
        best = min((_inspect(capture, asked.rules) for _ in range(asked.repeat)), key=lambda run: run["seconds"])
    figures = _figures(mix, start, best)
    print(
        f"{figures['profile']}, {figures['bytes'] / 1e6:.0f} MB in {figures['packets']:,} packets, one core: "
        f"{figures['net_gb_per_s']:.3f} GB/s net, {figures['gross_gb_per_s']:.3f} GB/s gross; "
        f"start {start['seconds']:.2f} s, memory {best['rss_mib']:.0f} MiB, {best['summary']['alerts']} alerts"
    )
    print(f"kept in {keep('throughput-' + figures['profile'], figures).relative_to(CHECKOUT)}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", default="k8s", help="of ../shared/bench/traffic.py: k8s http tls bulk grpc kv")
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--segment", type=int, default=1400, help="bytes a TCP segment")
    parser.add_argument("--rules", type=Path, help="default: the rules that would be used")
    parser.add_argument("--repeat", type=int, default=3, help="runs; the fastest counts")
    parser.add_argument("--quick", action="store_true", help="30 MB, one run")
    asked = parser.parse_args()
    if asked.quick:
        asked.megabytes, asked.repeat = 30, 1
    return asked


def _traffic(out: Path, asked: argparse.Namespace) -> dict[str, Any]:
    if SHARED_TRAFFIC.is_file():
        command = [str(SHARED_TRAFFIC), str(out), str(asked.megabytes), "--profile", asked.profile, "--seg", str(asked.segment)]
        profile = asked.profile
    else:
        command, profile = [str(CHECKOUT / "bench" / "traffic.py"), str(out), str(asked.megabytes)], "own-http"
    made = subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True)
    return {"profile": profile, "segment": asked.segment, **json.loads(made.stdout)}


def _warm(capture: Path) -> None:
    """Into the page cache: this measures inspection, not the disk. In pieces: a child's peak of memory begins at its parent's."""
    with capture.open("rb") as file:
        while file.read(1 << 20):
            pass


def _inspect(capture: Path, rules: Path | None) -> dict[str, Any]:
    """One run on one core: wall seconds, processor seconds, peak memory, the command's own summary."""
    core = str(max(os.sched_getaffinity(0)))
    command = [
        "taskset",
        "-c",
        core,
        str(PODLYNX),
        "inspect",
        str(capture),
        "--json",
        *(["--rules", str(rules)] if rules else []),
    ]
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = process.stderr.read() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(f"podlynx inspect ended with {code}:\n{said}")
    return {
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "rss_mib": usage.ru_maxrss / 1024,
        "summary": json.loads(said.splitlines()[-1]),
    }


def _figures(mix: dict[str, Any], start: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    net = max(run["seconds"] - start["seconds"], 1e-6)
    return {
        **mix,
        "net_gb_per_s": round(mix["bytes"] / net / 1e9, 4),
        "gross_gb_per_s": round(mix["bytes"] / run["seconds"] / 1e9, 4),
        "start": start,
        "run": run,
    }


if __name__ == "__main__":
    sys.exit(main())
