"""The same packets from a file and over a veth pair raise the same alerts in `complete`."""

import json
import os
import random
import socket
import struct
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.conformance.score import BESIDE
from tests.engine.veth import ENDS, Pair, pair
from tests.rules.conversation import frames as conversation
from tests.rules.starter_rules import RULES, cases

from podlynx import _engine

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
COMPLETE = b'{"mode": "complete"}'
PAUSE_EVERY, PAUSE_SECONDS = 64, 0.002
"""A ring that is not read loses packets: the sender lets the reader come along."""
PACKETS = 40_000


@pytest.fixture
def wire() -> Iterator[Pair]:
    with pair() as made:
        yield made


def pcap(frames: Sequence[bytes]) -> bytes:
    """A capture file (microseconds, Ethernet), a millisecond a frame."""
    begin = int(time.time())
    records = (
        struct.pack("<IIII", begin + number // 1000, number % 1000 * 1000, len(frame), len(frame)) + frame
        for number, frame in enumerate(frames)
    )
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1) + b"".join(records)


def told(lines: bytes) -> Counter[tuple[object, ...]]:
    """Alerts without what only one of both knows: the interface, and when."""
    events = [json.loads(line) for line in lines.splitlines()]
    return Counter(
        tuple(event[name] for name in ("gid", "sid", "rev", "src_ip", "src_port", "dst_ip", "dst_port", "generator", "direction", "payload"))
        for event in events
    )


def replayed(rules: _engine.RuleSet, path: Path) -> Counter[tuple[object, ...]]:
    replay, more, lines = _engine.Replay(rules, str(path), settings=COMPLETE), True, b""
    while more:
        some, more = replay.step()
        lines += some
    return told(lines)


def sent(rules: _engine.RuleSet, wire: Pair, frames: Sequence[bytes]) -> Counter[tuple[object, ...]]:
    live = wire.within(lambda: _engine.Live(rules, [ENDS[1]], ring_mib=64))
    lines = b""
    with wire.sender() as sender:
        for number, frame in enumerate(frames):
            _send(sender, frame)
            if number % PAUSE_EVERY == 0:
                lines += live.poll(0)
        lines += live.poll(200)
    lines += live.finish()
    counters = json.loads(live.counters())
    live.close()
    assert (counters["ring"]["dropped"], counters["packets"]) == (0, len(frames)), "every packet was captured, and nobody else's"
    return told(lines)


def _send(sender: socket.socket, frame: bytes) -> None:
    while True:
        try:
            sender.send(frame)
        except BlockingIOError:  # the link's queue is full
            time.sleep(PAUSE_SECONDS)
        except OSError as error:
            if error.errno != 105:  # ENOBUFS is the same
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return


def same(rules: _engine.RuleSet, wire: Pair, frames: Sequence[bytes], tmp_path: Path) -> Counter[tuple[object, ...]]:
    path = tmp_path / "sent.pcap"
    path.write_bytes(pcap(frames))
    by_file, by_wire = replayed(rules, path), sent(rules, wire, frames)
    assert by_wire == by_file
    return by_file


def test_on_conversations_of_our_own(wire: Pair, tmp_path: Path):
    rules = _engine.compile_rules([(RULES.name, RULES.read_bytes())])
    frames = [frame for case in cases().values() for kind in ("fires", "near_miss") for frame in conversation(case[kind])]
    assert len(same(rules, wire, frames, tmp_path)) >= len(cases())


@pytest.mark.parametrize("fault", ["lost", "repeated", "swapped", "reversed"])
def test_where_the_network_is_at_fault(wire: Pair, tmp_path: Path, fault: str):
    rules = _engine.compile_rules([(RULES.name, RULES.read_bytes())])
    chance, frames = random.Random(fault), []
    for case in cases().values():
        own = list(conversation(case["fires"]))
        at = chance.randrange(len(own) - 1)
        if fault == "lost":
            del own[at]
        elif fault == "repeated":
            own.insert(at, own[at + 1])
        elif fault == "swapped":
            own[at], own[at + 1] = own[at + 1], own[at]
        else:
            own.reverse()
        frames += own
    same(rules, wire, frames, tmp_path)


@pytest.mark.parametrize("name", ["base", "evade", "http", "wide"])
def test_on_a_sample_of_the_conformance_sets(wire: Pair, tmp_path: Path, name: str):
    packed = BESIDE / f"{name}.pcap.zst"
    if not packed.is_file():
        pytest.skip(f"the conformance sets are not beside this checkout ({BESIDE})")
    rules = BESIDE / "rules" / "snort3-community.rules"
    frames = beginning(packed)
    found = same(_engine.compile_rules([(rules.name, rules.read_bytes())]), wire, frames, tmp_path)
    assert sum(found.values()) > 100


def beginning(packed: Path) -> list[bytes]:
    """The first frames of a compressed pcap file (little-endian, Ethernet)."""
    with subprocess.Popen(["zstd", "-qdc", str(packed)], stdout=subprocess.PIPE) as unpacking:
        assert unpacking.stdout is not None
        head = unpacking.stdout.read(24)
        assert struct.unpack("<IHHiIII", head)[6] == 1
        frames = []
        while len(frames) < PACKETS and (record := unpacking.stdout.read(16)):
            frames.append(unpacking.stdout.read(struct.unpack("<IIII", record)[2]))
        unpacking.kill()
    return frames
