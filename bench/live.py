"""Live capture over a veth pair, under a real quota: how much of an HTTP load is inspected, and whether attacks in it are found.

    live.py [--rate 1.0] [--seconds 20] [--cpus 1] [--memory 1024] [--attacks 100]

Needs root: makes two network namespaces and a control group, and takes them away again. Prints the account beside the kernel's
counters.
"""

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from results import keep

CHECKOUT = Path(__file__).resolve().parents[1]
PODLYNX = CHECKOUT / ".venv" / "bin" / "podlynx"
SERVER_ADDRESS, PORT = "10.214.0.2", 8080
ATTACK = "POST /secid_canceltoken.cgi HTTP/1.1\r\nHost: shop\r\nX-CMD: Test\r\nX-KEY: Test\r\nContent-Length: 0\r\n\r\n"
RULE = (
    'alert http any any -> any any (msg:"the request"; flow:to_server; http_uri; content:"/secid_canceltoken.cgi"; '
    'http_header; content:"X-CMD"; sid:1;)\n'
)
SERVER = """
import socket, threading
block = (b"<li>item of a list with a price of 12.50 and a word or two</li>\\n" * 4096)[:262144]
def answer(one):
    while said := one.recv(65536):
        size = int(said.split()[1][1:]) if said.startswith(b"GET /") else 0
        one.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\nContent-Length: %d\\r\\n\\r\\n" % size)
        while size > 0:
            one.sendall(block[:size])
            size -= len(block)
listener = socket.create_server(("0.0.0.0", 8080))
print("ready", flush=True)
while True:
    threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()
"""
CLIENT = """
import socket, sys, time
rate, seconds, address = float(sys.argv[1]) * 1e9, float(sys.argv[2]), sys.argv[3]
one = socket.create_connection((address, 8080))
room, size, got, begin = bytearray(1 << 20), 1 << 20, 0, time.monotonic()
while (gone := time.monotonic() - begin) < seconds:
    if got > gone * rate:
        time.sleep((got / rate) - gone)
    one.sendall(b"GET /%d HTTP/1.1\\r\\nHost: shop\\r\\n\\r\\n" % size)
    left, header = size, b""
    while b"\\r\\n\\r\\n" not in header:
        header += one.recv(4096)
    left -= len(header.split(b"\\r\\n\\r\\n", 1)[1])
    while left:
        left -= one.recv_into(room, min(left, len(room)))
    got += size
print(got / (time.monotonic() - begin))
"""


def main() -> int:
    """Measure and print; 1 where the account and the kernel differ, or an attack was missed."""
    asked = _arguments()
    if os.geteuid() != 0:
        sys.exit("live.py makes network namespaces and control groups: run it as root")
    with _pair() as (near, far), _group(asked.cpus, asked.memory) as group, tempfile.TemporaryDirectory() as folder:
        rules = Path(folder, "bench.rules")
        rules.write_text(RULE)
        figures = _measure(asked, near, far, group, asked.rules or rules)
    print(
        f"{figures['load_gb_per_s']:.2f} GB/s for {asked.seconds} s on {asked.cpus} CPU, {asked.memory} MiB: "
        f"{figures['missed_percent']:.2f}% shed or dropped, {figures['found']} of {figures['sent']} attacks found, "
        f"kernel {figures['kernel']:,} packets, account {figures['accounted']:,}, throttled {figures['throttled']}, "
        f"peak {figures['peak_mib']:.0f} MiB"
    )
    print(f"kept in {keep('live', figures).relative_to(CHECKOUT)}")
    return int(figures["kernel"] != figures["accounted"] or figures["found"] < figures["sent"])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=1.0, help="GB/s of HTTP answers")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--cpus", type=float, default=1.0, help="quota of the sensor")
    parser.add_argument("--memory", type=int, default=1024, help="MiB of the sensor")
    parser.add_argument("--attacks", type=int, default=100)
    parser.add_argument("--rules", type=Path, help="default: one rule for the attack")
    return parser.parse_args()


def _measure(asked: argparse.Namespace, near: str, far: str, group: list[Path], rules: Path) -> dict[str, Any]:
    server = subprocess.Popen(_inside(far, sys.executable, "-c", SERVER), stdout=subprocess.PIPE)
    alerts = tempfile.TemporaryFile()  # noqa: SIM115 the sensor writes to it
    enter = "".join(f"echo $$ > {each}/cgroup.procs; " for each in group)
    podlynx = f"{enter}exec ip netns exec {near} {PODLYNX} run -i bench0 --rules {rules}"
    sensor = subprocess.Popen(["sh", "-c", podlynx], stdout=alerts, stderr=subprocess.PIPE, text=True)
    assert server.stdout
    assert sensor.stderr
    try:
        server.stdout.readline()
        while "Ctrl-C" not in (line := sensor.stderr.readline()):
            if not line:
                sys.exit("the sensor ended before it began")
        before = _kernel(near)
        rate, attacks = str(asked.rate), str(asked.seconds)
        load = subprocess.Popen(
            _inside(near, sys.executable, "-c", CLIENT, rate, attacks, SERVER_ADDRESS), stdout=subprocess.PIPE, text=True
        )
        sent = _attack(near, asked)
        reached = float(load.communicate()[0] or 0)
        time.sleep(1.5)
        throttled, kernel = _throttled(group), _kernel(near) - before
        peak = _peak(sensor.pid)
        sensor.send_signal(signal.SIGINT)
        said = sensor.stderr.read()
    finally:
        for process in (sensor, server):
            process.kill()
            process.wait()
    alerts.seek(0)
    found = alerts.read().count(b"[1:")
    return {**_account(said), "load_gb_per_s": reached / 1e9, "kernel": kernel, "throttled": throttled, "peak_mib": peak} | {
        "sent": sent,
        "found": min(found, sent),
    }


def _attack(namespace: str, asked: argparse.Namespace) -> int:
    """So many requests, each on a connection of its own, spread over the time."""
    code = (
        "import socket, sys, time\n"
        "for _ in range(int(sys.argv[1])):\n"
        "    with socket.create_connection((sys.argv[2], 8080)) as one:\n"
        "        one.sendall(sys.argv[3].encode()); one.recv(100)\n"
        "    time.sleep(float(sys.argv[4]))\n"
    )
    pause = str(asked.seconds * 0.8 / asked.attacks)
    worker = threading.Thread(
        target=subprocess.run,
        args=(_inside(namespace, sys.executable, "-c", code, str(asked.attacks), SERVER_ADDRESS, ATTACK, pause),),
    )
    worker.start()
    worker.join()
    return int(asked.attacks)


def _account(said: str) -> dict[str, Any]:
    def number(pattern: str) -> int:
        return sum(int(each.replace(",", "")) for each in re.findall(pattern, said))

    parts = {
        "inspected": number(r"([\d,]+) inspected"),
        "skipped": number(r"([\d,]+) skipped"),
        "shed": number(r"([\d,]+) shed"),
        "dropped": number(r"([\d,]+) dropped"),
    }
    accounted = sum(parts.values())
    return {**parts, "accounted": accounted, "missed_percent": 100 * (parts["shed"] + parts["dropped"]) / max(accounted, 1)}


@contextlib.contextmanager
def _pair() -> Iterator[tuple[str, str]]:
    near, far = f"plx-bench-{os.getpid()}-a", f"plx-bench-{os.getpid()}-b"
    try:
        for name in (near, far):
            _run("ip", "netns", "add", name)
            _run(*_inside(name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"))
        _run("ip", "-n", near, "link", "add", "bench0", "type", "veth", "peer", "name", "eth0", "netns", far)
        for name, link, address in ((near, "bench0", "10.214.0.1"), (far, "eth0", SERVER_ADDRESS)):
            _run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", link)
            _run("ip", "-n", name, "link", "set", link, "up")
        yield near, far
    finally:
        for name in (near, far):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


@contextlib.contextmanager
def _group(cpus: float, mib: int) -> Iterator[list[Path]]:
    """Control groups with the limits; version 1 or 2, whichever the machine has."""
    name, root = f"plx-bench-{os.getpid()}", Path("/sys/fs/cgroup")
    two = (root / "cgroup.controllers").exists()
    made = [root / name] if two else [root / "cpu" / name, root / "memory" / name]
    for group in made:
        group.mkdir()
    try:
        if two:
            (made[0] / "cpu.max").write_text(f"{round(cpus * 100_000)} 100000")
            (made[0] / "memory.max").write_text(str(mib << 20))
        else:
            (made[0] / "cpu.cfs_quota_us").write_text(str(round(cpus * 100_000)))
            (made[1] / "memory.limit_in_bytes").write_text(str(mib << 20))
        yield made
    finally:
        for group in made:
            with contextlib.suppress(OSError):
                group.rmdir()


def _throttled(group: list[Path]) -> int:
    told = (group[0] / "cpu.stat").read_text()
    found = re.search(r"nr_throttled (\d+)", told)
    return int(found.group(1)) if found else 0


def _kernel(namespace: str) -> int:
    """Packets of the link, both ways."""
    files = [f"/sys/class/net/bench0/statistics/{way}_packets" for way in ("rx", "tx")]
    said = subprocess.run(_inside(namespace, "cat", *files), check=True, capture_output=True, text=True)
    return sum(int(line) for line in said.stdout.split())


def _peak(pid: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found.group(1)) / 1024 if found else 0.0


def _inside(namespace: str, *command: str) -> list[str]:
    return ["ip", "netns", "exec", namespace, *command]


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
