"""Rules that change while packets come: each packet is inspected, by the old rules or by the new."""

import json
import socket
import threading
import time

import pytest

from podlynx import _engine
from podlynx.sensor.errors import CaptureDeniedError
from podlynx.sensor.privilege import require_capture

SENT = 2000


def rules(revision, port):
    others = "".join(f'alert tcp any any -> any any ( msg:"m"; content:"pattern{i}"; sid:{100 + i}; )\n' for i in range(100))
    one = f'alert udp any any -> any {port} ( msg:"n"; content:"needle"; sid:1; rev:{revision}; )\n'
    return [("x.rules", (one + others).encode())]


@pytest.fixture
def sender():
    try:
        require_capture()
    except CaptureDeniedError as error:
        pytest.skip(str(error))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as each:
        each.bind(("127.0.0.1", 0))
        yield each


def test_no_packet_goes_uninspected_while_rules_are_compiled_and_changed(sender):
    port = sender.getsockname()[1]
    in_use = _engine.compile_rules(rules(0, port))
    live = _engine.Live(in_use, ["lo"], ports=[port])
    found, sent = [], threading.Event()

    def send():
        for number in range(SENT):
            sender.sendto(b"needle %d" % number, ("127.0.0.1", port))
            if number % 10 == 0:
                time.sleep(0.002)
        sent.set()

    def poll():
        quiet = 0
        while quiet < 20:
            lines = live.poll(50).splitlines()
            found.extend(json.loads(line)["rev"] for line in lines)
            quiet = 0 if lines or not sent.is_set() else quiet + 1

    threads = [threading.Thread(target=each) for each in (poll, send)]
    [thread.start() for thread in threads]
    reloads = 0
    while not sent.is_set() or reloads < 2:
        reloads += 1
        fresh = _engine.compile_rules(rules(reloads, port), after=in_use)
        live.reload(fresh)
        in_use = fresh
    [thread.join() for thread in threads]
    ring = json.loads(live.counters())["ring"]
    live.close()
    assert len(found) + ring["dropped"] == SENT
    assert ring["dropped"] == 0
    assert found == sorted(found), "from each change on the new rules are those that find"


def test_what_did_not_change_is_the_very_same_database():
    first = _engine.compile_rules(rules(0, 9))
    first.warm()
    second = _engine.compile_rules(rules(1, 9), after=first)
    shared, made = second.shared_with(first)
    assert shared == made > 0
