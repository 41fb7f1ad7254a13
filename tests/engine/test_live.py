"""Links to pods captured for real: namespaces and veth pairs that the test makes and takes away again."""

import contextlib
import itertools
import json
import os
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from podlynx import _engine

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
RULES = b'alert tcp any any -> any any (msg:"attack"; content:"attack"; sid:1;)'
INSIDE = 1 << 24
TCP_REPAIR, TCP_REPAIR_QUEUE, TCP_QUEUE_SEQ = 19, 20, 21
RECEIVE_QUEUE, SEND_QUEUE, NO_WINDOW_PROBE = 1, 2, -1
number = itertools.count(1)


class Pod:
    """A namespace with `eth0` on a bridge of the test."""

    def __init__(self, name: str, bridge: str, address: str) -> None:
        self.name, self.address, self.link = name, address, f"v{name}"[:15]
        run(f"ip netns add {name}")
        run(f"ip link add {self.link} type veth peer name eth0 netns {name}")
        run(f"ip link set {self.link} master {bridge} up")
        run(f"ip -n {name} addr add {address}/24 dev eth0")
        run(f"ip -n {name} link set eth0 up")
        run(f"ip -n {name} link set lo up")
        self.ifindex = int(Path(f"/sys/class/net/{self.link}/ifindex").read_text())

    def inside(self, work: Callable[[], socket.socket]) -> socket.socket:
        """What `work` answers, run on a thread within the namespace."""
        made: list[socket.socket] = []

        def enter() -> None:
            import ctypes  # noqa: PLC0415

            with open(f"/run/netns/{self.name}") as namespace:  # noqa: PTH123
                assert ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0) == 0
            made.append(work())

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        return made[0]


def run(command: str) -> None:
    subprocess.run(command.split(), check=True, capture_output=True)


@pytest.fixture
def pods() -> Iterator[tuple[Pod, Pod]]:
    tag = f"pl{os.getpid() % 10000}x{next(number)}"
    bridge = f"b{tag}"
    run(f"ip link add {bridge} type bridge")
    run(f"ip link set {bridge} up")
    made = []
    try:
        for end in (1, 2):
            made.append(Pod(f"{tag}n{end}", bridge, f"10.203.7.{end}"))  # noqa: PERF401  those made are taken away where one fails
        yield made[0], made[1]
    finally:
        for pod in made:
            with contextlib.suppress(subprocess.CalledProcessError):
                run(f"ip netns del {pod.name}")
        run(f"ip link del {bridge}")


@pytest.fixture
def live() -> Iterator[_engine.Live]:
    capture = _engine.Live(_engine.compile_rules([("x.rules", RULES)]))
    yield capture
    capture.close()


def attack(client: Pod, server: Pod) -> None:
    """One connection whose first bytes are the attack; over when both ends have closed."""
    listener = server.inside(lambda: socket.create_server((server.address, 8080)))
    sender = client.inside(lambda: socket.create_connection((server.address, 8080), 5))
    with listener, sender, listener.accept()[0] as taken:
        sender.sendall(b"GET /attack HTTP/1.0\r\n\r\n")
        assert taken.recv(100)
        taken.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        assert sender.recv(100)


def alerts(live: _engine.Live, *, seconds: float = 1.0) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and not found:
        found += [json.loads(line) for line in live.poll(50).splitlines()]
    return found + [json.loads(line) for line in live.poll(100).splitlines()]


def test_nothing_is_captured_until_something_is_watched(live: _engine.Live, pods: tuple[Pod, Pod]):
    attack(*pods)
    assert alerts(live, seconds=0.2) == []
    assert json.loads(live.counters())["packets"] == 0


@pytest.mark.parametrize("end", ["client", "server"])
def test_an_event_names_the_link_and_which_way_its_bytes_went(live: _engine.Live, pods: tuple[Pod, Pod], end: str):
    client, server = pods
    watched = client if end == "client" else server
    live.watch([watched.ifindex])
    attack(client, server)
    (event,) = alerts(live)
    assert (event["ifindex"], event["towards_pod"]) == (watched.ifindex, end == "server")
    assert (event["src_ip"], event["dst_ip"]) == (client.address, server.address)
    assert isinstance(event["sequence"], int)
    (link,) = json.loads(live.interfaces())
    assert link["to_pod"]["packets"] > 3
    assert link["from_pod"]["packets"] > 3


def lodged(*pods: Pod) -> dict[int, list[str]]:
    return {pod.ifindex: [pod.address] for pod in pods}


def test_between_two_watched_pods_an_attack_is_one_alert_where_it_arrives(live: _engine.Live, pods: tuple[Pod, Pod]):
    client, server = pods
    live.watch([client.ifindex, server.ifindex])
    live.lodge(lodged(*pods))
    attack(client, server)
    attack(client, server)
    events = alerts(live)
    assert [event["ifindex"] for event in events] == [server.ifindex] * 2
    left_out = json.loads(live.counters())["not_inspected"]
    assert left_out["left to the receiver's link"] > 5
    assert left_out["inspected on the sender's link"] >= 1, "acknowledgements"


@pytest.mark.parametrize(
    ("station", "checksum"),
    [("02:00:00:00:00:99", 0), ("ff:ff:ff:ff:ff:ff", 0), ("", 1)],
    ids=["a station that nobody has", "every station", "a wrong checksum"],
)
@pytest.mark.parametrize("watched", ["both", "server"])
def test_decoys_that_the_pod_does_not_take_hide_nothing(
    live: _engine.Live, pods: tuple[Pod, Pod], watched: str, station: str, checksum: int
):
    """As a pod may send that makes raw packets: the bytes that come next, made harmless."""
    client, server = pods
    live.watch([client.ifindex, server.ifindex] if watched == "both" else [server.ifindex])
    live.lodge(lodged(*pods))
    listener = server.inside(lambda: socket.create_server((server.address, 8080)))
    sender = client.inside(lambda: socket.create_connection((server.address, 8080), 5))
    raw = client.inside(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
    with listener, sender, raw, listener.accept()[0] as taken:
        raw.bind(("eth0", 0))
        raw.send(decoy(client, server, sender, b"GET /benign HTTP/1.0\r\n\r\n", station or mac(server), checksum))
        sender.sendall(b"GET /attack HTTP/1.0\r\n\r\n")
        assert taken.recv(100) == b"GET /attack HTTP/1.0\r\n\r\n"
        taken.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        assert sender.recv(100)
    assert len(alerts(live)) == 1


def decoy(client: Pod, server: Pod, sender: socket.socket, text: bytes, station: str, checksum: int) -> bytes:
    """A segment in the place of the sender's next one (tcp(7), TCP_REPAIR tells its sequence numbers)."""
    sender.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    numbers = []
    for queue in (SEND_QUEUE, RECEIVE_QUEUE):
        sender.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR_QUEUE, queue)
        numbers.append(sender.getsockopt(socket.IPPROTO_TCP, TCP_QUEUE_SEQ) & 0xFFFFFFFF)
    sender.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, NO_WINDOW_PROBE)
    ends = socket.inet_aton(client.address) + socket.inet_aton(server.address)
    segment = struct.pack("!HHIIBBHHH", sender.getsockname()[1], 8080, *numbers, 5 << 4, 0x18, 500, 0, 0) + text
    sum_of = internet_checksum(ends + struct.pack("!HH", 6, len(segment)) + segment) ^ checksum
    segment = segment[:16] + struct.pack("!H", sum_of) + segment[18:]
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 7, 0x4000, 64, 6, 0) + ends
    head = head[:10] + struct.pack("!H", internet_checksum(head)) + head[12:]
    return bytes.fromhex((station + mac(client)).replace(":", "")) + b"\x08\x00" + head + segment


def internet_checksum(data: bytes) -> int:
    """RFC 1071."""
    words = struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2))
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def mac(pod: Pod) -> str:
    told = subprocess.run(
        ["ip", "-n", pod.name, "-j", "link", "show", "dev", "eth0"], check=True, capture_output=True, text=True
    ).stdout
    return str(json.loads(told)[0]["address"])


def test_what_is_no_address_is_refused(live: _engine.Live):
    with pytest.raises(ValueError, match="invalid"):
        live.lodge({1: ["10.0.0"]})


def test_inside_a_pod_directions_are_those_of_its_link(live: _engine.Live, pods: tuple[Pod, Pod]):
    client, server = pods
    packet = server.inside(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
    live.adopt(packet.fileno(), INSIDE)
    packet.close()
    attack(client, server)
    (event,) = alerts(live)
    assert (event["ifindex"], event["towards_pod"]) == (INSIDE, True)
    live.release(INSIDE)
    attack(client, server)
    assert alerts(live, seconds=0.2) == []


def test_a_pod_that_ends_takes_nobody_along(live: _engine.Live, pods: tuple[Pod, Pod]):
    client, server = pods
    live.watch([client.ifindex, server.ifindex])
    run(f"ip netns del {client.name}")
    time.sleep(0.1)
    live.poll(50)
    with server.inside(lambda: socket.create_server((server.address, 8080))):
        live.watch([server.ifindex])
        assert alerts(live, seconds=0.1) == []


def test_what_is_no_packet_socket_is_refused_and_the_rest_goes_on(live: _engine.Live, pods: tuple[Pod, Pod]):
    with socket.socket() as stream, pytest.raises(_engine.CaptureError):
        live.adopt(stream.fileno(), INSIDE)
    with pytest.raises(_engine.CaptureError):
        live.adopt(987_654, INSIDE)
    live.watch([pods[1].ifindex])
    attack(*pods)
    assert len(alerts(live)) == 1


def test_more_interfaces_than_the_kernel_takes_are_refused(live: _engine.Live):
    with pytest.raises(_engine.CaptureError, match="monitor fewer"):
        live.watch(list(range(1, 5000)))
    live.watch(list(range(1, 1025)))
