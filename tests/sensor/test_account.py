"""The account of a live capture against the kernel's own counters of a real veth pair, to the packet and the byte."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sensor.namespaces import Pod, eventually, need_namespaces

from podlynx import _engine

RULES = b'alert tcp any any -> any 8000 (msg:"attack"; content:"ATTACK"; sid:1;)'
SERVER = """
import socket, threading
listener = socket.create_server(("0.0.0.0", 8000))
print("ready", flush=True)
def answer(one):
    while said := one.recv(4096):
        if said.startswith(b"BULK"):
            one.sendall(bytes(int(said.split()[1])))
        else:
            one.sendall(b"so be it")
while True:
    threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()
"""


class Link:
    """A pod with a server, its link, and a capture of it."""

    def __init__(self, address: str) -> None:
        self.pod = Pod(address)
        # Neither end says anything of its own accord (neighbour discovery, RFC 4861; multicast listeners, RFC 3810).
        Path(f"/proc/sys/net/ipv6/conf/{self.pod.veth}/disable_ipv6").write_text("1")
        self.pod.run("open('/proc/sys/net/ipv6/conf/eth0/disable_ipv6', 'w').write('1')")
        command = ["ip", "netns", "exec", self.pod.name, sys.executable, "-c", SERVER]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self.server.stdout
        self.server.stdout.readline()
        self.ifindex = socket.if_nametoindex(self.pod.veth)

    def kernel(self) -> tuple[int, int]:
        """Packets and bytes of the interface, both ways, as the kernel counts them."""
        folder = Path(f"/sys/class/net/{self.pod.veth}/statistics")
        read = {each: int((folder / each).read_text()) for each in ("rx_packets", "tx_packets", "rx_bytes", "tx_bytes")}
        return read["rx_packets"] + read["tx_packets"], read["rx_bytes"] + read["tx_bytes"]

    def fetch(self, size: int) -> None:
        with socket.create_connection((self.pod.address, 8000)) as one:
            one.sendall(b"BULK %d" % size)
            while size:
                size -= len(one.recv(1 << 20))

    def say(self, text: bytes) -> None:
        with socket.create_connection((self.pod.address, 8000)) as one:
            one.sendall(text)
            one.recv(100)

    def close(self) -> None:
        self.server.kill()
        self.server.wait()
        self.pod.close()


@pytest.fixture
def link() -> Iterator[Link]:
    need_namespaces()
    made = Link("10.213.7.9")
    yield made
    made.close()


def figures(live: _engine.Live) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(live.counters())
    return said


def shed(amounts: dict[str, dict[str, int]], what: str) -> int:
    return sum(amount[what] for amount in amounts.values())


def drain(live: _engine.Live) -> list[dict[str, Any]]:
    """Everything that has come, until nothing more does."""
    events, quiet, seen = [], time.monotonic(), -1
    while time.monotonic() - quiet < 0.3:
        events += [json.loads(line) for line in live.poll(20).splitlines()]
        if (now := figures(live)["packets"]) != seen:
            quiet, seen = time.monotonic(), now
    return events


def settle(live: _engine.Live, link: Link) -> list[dict[str, Any]]:
    """The same until the link is quiet: a packet (ARP) may come between the last look at a ring and at the kernel's counters."""
    events, before = drain(live), (0, 0)
    while link.kernel() != before:
        before = link.kernel()
        events += drain(live)
    return events


@pytest.mark.parametrize("workers", [1, 2])
def test_every_packet_and_byte_of_a_link(link: Link, workers: int) -> None:
    live = _engine.Live(_engine.compile_rules([("test.rules", RULES)]), [], ring_mib=32, workers=workers)
    packets, size = link.kernel()
    live.watch([link.ifindex])
    stop = threading.Event()

    def talk() -> None:
        for _ in range(5):
            link.fetch(3_000_000)
        link.say(b"ATTACK")
        stop.set()

    traffic = threading.Thread(target=talk)
    traffic.start()
    events: list[dict[str, Any]] = []
    while not stop.is_set():
        events += [json.loads(line) for line in live.poll(20).splitlines()]
    traffic.join()
    events += settle(live, link)
    after, said = link.kernel(), figures(live)
    account, (interface,) = said["account"], json.loads(live.interfaces())
    assert len(events) == 1
    assert said["ring"]["workers"] == workers
    for what, counted in (("packets", after[0] - packets), ("bytes", after[1] - size)):
        if not said["ring"]["dropped"]:
            assert account["seen"][what] == counted
        parts = said["inspected"][what] + account["skipped"][what] + shed(account["shed"], what)
        assert parts == account["seen"][what] == interface["to_pod"][what] + interface["from_pod"][what]
    assert said["ring"]["received"] == account["seen"]["packets"]
    assert account["seen"]["packets"] + said["ring"]["dropped"] == after[0] - packets
    live.close()


def test_what_was_not_seen_is_told(link: Link) -> None:
    live = _engine.Live(_engine.compile_rules([("test.rules", RULES)]), [], ring_mib=2)
    packets, _ = link.kernel()
    live.watch([link.ifindex])
    link.fetch(30_000_000)  # nobody reads meanwhile: the ring runs over
    events = drain(live)
    link.say(b"ATTACK")
    events += settle(live, link)
    said = figures(live)
    account, kernel = said["account"], link.kernel()[0] - packets
    assert said["ring"]["dropped"] > 0
    assert (
        said["inspected"]["packets"] + account["skipped"]["packets"] + shed(account["shed"], "packets") + said["ring"]["dropped"]
        == kernel
    )
    assert account["shed"]["bulk"]["packets"] > 0, "a full ring is a reason to leave bulk out"
    assert [(event["sid"], event.get("incomplete")) for event in events] == [(1, True)], "what comes then is seen, and says so"
    eventually(lambda: not live.poll(10) and figures(live)["pressure"] == 0)
    live.close()
