"""A node with 200 selected pods: what each costs, how fast one is attached, and whether anything is dropped at 0.3 GB/s.

    pods.py [--pods 200] [--rate 300] [--seconds 10]

Makes network namespaces with real veth pairs (root), runs the sensor's own attaching and its real inspector process on them, lets
eight of the pods serve HTTP bodies at the rate asked for (MB/s, all together), and reads the kernel's and the engine's counters.
"""

import argparse
import asyncio
import ctypes
import json
import os
import re
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from results import keep

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from tests.sensor.listening import Listener, inspector_pid, until  # noqa: E402
from tests.sensor.namespaces import Pod, need_namespaces  # noqa: E402

from podlynx.rules.catalogue import compile_sources  # noqa: E402  found once the checkout is on the path
from podlynx.rules.patterns import read_patterns  # noqa: E402
from podlynx.rules.sources import find_rules  # noqa: E402
from podlynx.sensor.confined.messages import Rules  # noqa: E402
from podlynx.sensor.confined.supervisor import InspectorProcess  # noqa: E402
from podlynx.sensor.interfaces.links import LinkTable  # noqa: E402
from podlynx.sensor.interfaces.processes import PodProcesses  # noqa: E402
from podlynx.sensor.node.attachments import Attachments  # noqa: E402
from podlynx.sensor.node.housekeeping import FORGET_SECONDS  # noqa: E402
from podlynx.sensor.node.identity import Identity  # noqa: E402
from podlynx.sensor.node.objects import Inspection, ResourceKey  # noqa: E402
from podlynx.sensor.node.objects import Pod as KnownPod  # noqa: E402
from podlynx.sensor.node.placement import NodeEnds  # noqa: E402
from podlynx.sensor.node.roster import Roster  # noqa: E402

GROUP = "projectcalico.org/v3"
SERVERS = 8
BODY = 256 * 1024
WORDS = b"<p>The quick brown fox looks at the catalogue, page by page, and puts a thing or two into the basket.</p>\n"


class Node:
    """The sensor between the watch and the inspector, with a real inspector."""

    def __init__(self) -> None:
        self.inspector, self.listener = InspectorProcess(ring_mib=32), Listener()
        self.roster, self.links = Roster([GROUP]), LinkTable()
        self.processes = PodProcesses()
        places = NodeEnds(self.links, self.processes)
        self.attachments = Attachments(
            self.roster, Identity(), places, self.inspector, links=self.links, settled=lambda _events: None
        )
        everything = Inspection(ResourceKey("default", "dpi"), "", selects=lambda _labels: True)
        self.roster.replace_inspections(GROUP, [everything], 0)

    async def start(self) -> None:
        """Until it captures with all rules."""
        source = find_rules()
        compile_sources(source).keep()
        self.inspector.begin_with(Rules("bench", list(source.files), read_patterns(source)))
        asyncio.get_running_loop().add_reader(self.links.fileno(), self.attachments.link_news)
        running = (self.inspector.run(self), self.attachments.run(), self.keep_house())
        self.tasks = [asyncio.create_task(each) for each in running]
        await until(lambda: self.listener.alive and self.listener.told, 60)

    async def keep_house(self) -> None:
        """What is known of processes is found out anew beside everything else, as the sensor's housekeeping does."""
        while True:
            await asyncio.sleep(FORGET_SECONDS)
            await asyncio.to_thread(self.processes.refresh)

    async def know(self, *pods: Pod) -> float:
        """Seconds until the kernel's filter has them."""
        began, have = time.monotonic(), len(self.listener.watched)
        known = [KnownPod(pod.name, "default", pod.name, "web-*", {}, (pod.address,)) for pod in pods]
        self.roster.set_pods(known, time.time_ns())
        self.attachments.pods_changed()
        await until(lambda: len(self.listener.watched) >= have + len(pods), 60)
        return time.monotonic() - began

    async def stop(self) -> None:
        """Ends both."""
        await self.inspector.stop()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.links.close()

    def counters(self) -> dict[str, int]:
        """The ring's, and what the engine saw."""
        told = json.loads(self.listener.counted.counters)
        return {**told["ring"], "packets": told["packets"], "bytes": told["bytes"]}

    def __getattr__(self, name: str) -> object:
        return getattr(self.listener, name)

    def watching(self, ifindexes: tuple[int, ...]) -> None:
        """Both want to know."""
        self.listener.watching(ifindexes)
        self.attachments.watching(ifindexes)


def inside(pod: Pod, work: Callable[[], socket.socket]) -> socket.socket:
    """A socket made in the pod's namespace."""
    made: list[socket.socket] = []

    def enter() -> None:
        with Path(f"/proc/{pod.pid}/ns/net").open() as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0):
                raise OSError("the pod's namespace cannot be entered")
        made.append(work())

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    return made[0]


def serve(pod: Pod, rate: float, ended: threading.Event) -> None:
    """Answers whoever comes with bodies at `rate` bytes a second, the kernel pacing them."""
    body = (WORDS * (BODY // len(WORDS) + 1))[:BODY]
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    listener = inside(pod, lambda: socket.create_server((pod.address, 8080)))
    connection = listener.accept()[0]
    connection.setsockopt(socket.SOL_SOCKET, 47, int(rate))  # SO_MAX_PACING_RATE (socket(7))
    try:
        while not ended.is_set() and connection.recv(4096):
            connection.sendall(answer)
    except OSError:
        return


def fetch(pod: Pod, ended: threading.Event) -> None:
    """Asks one body after the other."""
    buffer = bytearray(1 << 20)
    with socket.create_connection((pod.address, 8080), 5) as connection:
        while not ended.is_set():
            connection.sendall(b"GET /list HTTP/1.1\r\nHost: shop\r\n\r\n")
            left = BODY + 70
            while left > 64:
                left -= connection.recv_into(buffer)


def resident(pid: int) -> int:
    """Bytes."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


async def measured(asked: argparse.Namespace) -> dict[str, object]:
    """Every figure."""
    pods = [Pod(f"10.201.{number // 200 + 1}.{number % 200 + 1}") for number in range(asked.pods + 20)]
    node = Node()
    try:
        await node.start()
        many, further = pods[: asked.pods], pods[asked.pods :]
        await node.know(pods[0])
        before = resident(os.getpid()) + resident(inspector_pid())
        together = await node.know(*many[1:])
        await asyncio.sleep(1)
        grown = resident(os.getpid()) + resident(inspector_pid()) - before
        single = [await node.know(pod) for pod in further]
        load = await loaded(node, many[:SERVERS], asked)
        return {
            "pods": asked.pods,
            "attach_all_ms": round(together * 1000, 1),
            "attach_one_ms": {"p50": round(statistics.median(single) * 1000, 1), "max": round(max(single) * 1000, 1)},
            "kib_a_pod": round(grown / asked.pods / 1024, 1),
            "inspector_mib": round(resident(inspector_pid()) / 2**20, 1),
            **load,
        }
    finally:
        await node.stop()
        for pod in pods:
            pod.close()


async def loaded(node: Node, pods: list[Pod], asked: argparse.Namespace) -> dict[str, object]:
    """Counters over the time of the load."""
    ended, rate = threading.Event(), asked.rate * 1e6 / len(pods)
    threads = [threading.Thread(target=serve, args=(pod, rate, ended), daemon=True) for pod in pods]
    for thread in threads:
        thread.start()
    await asyncio.sleep(0.5)
    clients = [threading.Thread(target=fetch, args=(pod, ended), daemon=True) for pod in pods]
    for client in clients:
        client.start()
    await asyncio.sleep(1.5)
    before, cpu, began = node.counters(), _cpu(inspector_pid()), time.monotonic()
    await asyncio.sleep(asked.seconds)
    after, took = node.counters(), time.monotonic() - began
    spent = _cpu(inspector_pid()) - cpu
    ended.set()
    for each in clients:
        await asyncio.to_thread(each.join, 5)
    return {
        "gb_per_s": round((after["bytes"] - before["bytes"]) / took / 1e9, 3),
        "packets_per_s": round((after["packets"] - before["packets"]) / took),
        "dropped": after["dropped"] - before["dropped"],
        "inspector_cpu": round(spent / took, 2),
    }


def _cpu(pid: int) -> float:
    """Seconds of processor time."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=int, default=200)
    parser.add_argument("--rate", type=float, default=300, help="MB/s, all pods together")
    parser.add_argument("--seconds", type=float, default=10)
    asked = parser.parse_args()
    need_namespaces()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))  # warnings; not a line a pod
    figures = asyncio.run(measured(asked))
    print(json.dumps(figures, indent=2))
    print(f"kept in {keep('pods', figures).relative_to(CHECKOUT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
