"""A real inspector process on real veth pairs: confined, restarted, told what to watch, its rules changed."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.sensor.listening import WORD, Listener, inspector_pid, until
from tests.sensor.namespaces import Pod, ip

from podlynx.sensor.confined import supervisor
from podlynx.sensor.confined.messages import Rules
from podlynx.sensor.confined.supervisor import InspectorProcess
from podlynx.sensor.interfaces.inside import Opened, Wish, open_inside
from podlynx.sensor.limits import Plan

NONSENSE = "import os, sys, time; os.write(int(sys.argv[1]), b'\\xff' * 8); time.sleep(60)"


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def pod(namespaces):
    with Pod("10.200.7.2") as made:
        yield made


@asynccontextmanager
async def inspector(rules=WORD, watch=()):
    process, listener = InspectorProcess(plan=Plan(ring_mib=4)), Listener()
    process.begin_with(rules)
    process.watch(watch)
    running = asyncio.create_task(process.run(listener))
    try:
        yield process, listener
    finally:
        await process.stop()
        await running


def index(pod):
    return socket.if_nametoindex(pod.veth)


def say(pod, text=b"firstword"):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.sendto(text, (pod.address, 9999))


def status_of(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


@pytest.mark.anyio
async def test_events_come_at_once_and_tell_direction(pod):
    async with inspector(watch=[index(pod)]) as (_, listener):
        await until(lambda: listener.alive)
        say(pod)
        await until(lambda: listener.seen)
    event, arrived = listener.seen[0]
    assert (event.sid, event.dst_ip, event.ifindex, event.towards_pod) == (1, pod.address, event.ifindex, True)
    assert arrived - event.time < 500_000_000


@pytest.mark.anyio
async def test_the_inspector_has_no_root_and_no_capability(pod):
    async with inspector(watch=[index(pod)]) as (_, listener):
        await until(lambda: listener.alive)
        status = status_of(inspector_pid())
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert status["Uid"].split() == ["65533"] * 4
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


@pytest.mark.anyio
async def test_an_interface_that_is_named_later_is_captured_and_one_no_longer_named_is_not(pod):
    async with inspector() as (process, listener):
        await until(lambda: listener.alive)
        process.watch([index(pod)])
        await until(lambda: listener.watched)
        say(pod)
        await until(lambda: listener.seen)
        process.watch([])
        await until(lambda: not listener.watched)
        say(pod)
        await asyncio.sleep(0.3)
    assert len(listener.seen) == 1


@pytest.mark.anyio
async def test_what_is_wished_while_an_inspector_is_started_comes_after_its_start(pod):
    async with inspector() as (process, listener):
        await asyncio.sleep(0)
        process.watch([index(pod)])
        await until(lambda: listener.watched == (index(pod),))
        await until(lambda: listener.alive)
    assert listener.states[0] == (True, "")


@pytest.mark.anyio
async def test_a_killed_inspector_is_told_and_its_successor_watches_the_same(pod):
    async with inspector(watch=[index(pod)]) as (process, listener):
        await until(lambda: listener.alive)
        os.kill(inspector_pid(), signal.SIGKILL)
        await until(lambda: len(listener.states) >= 2)
        assert listener.states[1] == (False, "it was ended by SIGKILL")
        await until(lambda: listener.alive)
        say(pod)
        await until(lambda: listener.seen)
        assert process.restarts == 1


@pytest.fixture
def neighbours(namespaces):
    """Two pods on one bridge."""
    bridge = f"b{os.getpid()}"
    ip("link", "add", bridge, "type", "bridge")
    ip("link", "set", bridge, "up")
    try:
        with Pod("10.200.8.2", bridge=bridge) as one, Pod("10.200.8.3", bridge=bridge) as other:
            yield one, other
    finally:
        ip("link", "del", bridge)


@pytest.mark.anyio
async def test_between_two_pods_that_are_known_a_packet_is_one_event_where_it_arrives_after_a_restart_too(neighbours):
    one, other = neighbours
    code = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'firstword', ('{}', 9999))"
    async with inspector(watch=[index(one), index(other)]) as (process, listener):
        process.lodge({index(one): [one.address], index(other): [other.address]})
        await until(lambda: listener.alive)
        await asyncio.to_thread(one.run, code.format(other.address))
        await until(lambda: listener.seen)
        os.kill(inspector_pid(), signal.SIGKILL)
        await until(lambda: [alive for alive, _ in listener.states] == [True, False, True], 20)
        await asyncio.to_thread(one.run, code.format(other.address))
        await until(lambda: len(listener.seen) == 2)
        await asyncio.sleep(0.3)
    assert [event.ifindex for event, _ in listener.seen] == [index(other)] * 2


@pytest.mark.anyio
async def test_rules_change_without_a_restart_and_bad_ones_leave_the_old(pod):
    other = Rules(
        "other", [("other.rules", b'alert udp any any -> any any ( msg:"other"; content:"otherword"; sid:2; rev:1; )\n')]
    )
    async with inspector(watch=[index(pod)]) as (process, listener):
        await until(lambda: listener.alive)
        process.use(Rules("bad", [("bad.rules", b"alert nonsense\n")]))
        await until(lambda: len(listener.told) >= 2)
        process.use(other)
        await until(lambda: len(listener.told) >= 3)
        await asyncio.sleep(0.1)
        say(pod, b"otherword")
        await until(lambda: listener.seen)
        assert process.restarts == 0
    assert [(said.version, bool(said.error)) for said in listener.told] == [("words", False), ("bad", True), ("other", False)]
    assert listener.seen[0][0].sid == 2


@pytest.mark.anyio
async def test_a_socket_from_inside_a_pod_is_captured(pod, monkeypatch):
    monkeypatch.setattr("podlynx.sensor.interfaces.inside.pod_of", lambda *_: "uid")
    async with inspector() as (process, listener):
        await until(lambda: listener.alive)
        (opened,) = open_inside([Wish("uid", (pod.pid,))])
        assert isinstance(opened, Opened)
        process.adopt(1 << 24, opened.descriptor)
        await until(lambda: listener.sockets)
        say(pod)
        await until(lambda: listener.seen)
    assert (listener.seen[0][0].ifindex, listener.seen[0][0].towards_pod) == (1 << 24, True)
    assert (listener.refusals, listener.sockets) == ([], [1 << 24])


@asynccontextmanager
async def acting(*script):
    """An inspector of another trade."""
    process, listener = InspectorProcess(script), Listener()
    process.begin_with(WORD)
    running = asyncio.create_task(process.run(listener))
    try:
        yield process, listener
    finally:
        await process.stop()
        await running


SAY = """
import os, socket, sys, time
from podlynx.sensor.confined import messages
from podlynx.sensor.confined.framing import frame
from podlynx.sensor.confined.line import Line
connection = socket.socket(fileno=int(sys.argv[1]))
line = Line(connection)
start = line.next()
say = lambda name, *more: connection.sendall(frame(getattr(messages, name)(*more)))
"""


@pytest.mark.anyio
async def test_an_inspector_that_cannot_start_says_why_and_is_tried_again():
    async with acting("/bin/sh", "-c", "exit 3") as (_, listener):
        await until(lambda: len(listener.states) >= 5)
    assert listener.states[0] == (False, "it ended with exit code 3")
    assert not listener.told, "the rules are not to blame"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("act", "blamed"),
    [("say('Compiling'); os.abort()", True), ("say('Compiling'); say('Failed', 'no ring')", False)],
    ids=["died", "said why itself"],
)
async def test_rules_are_blamed_when_inspectors_die_while_they_compile_them(act, blamed):
    async with acting(sys.executable, "-c", SAY + act) as (_, listener):
        await until(lambda: len(listener.states) >= 4)
    assert [(said.version, said.died) for said in listener.told[:1]] == ([("words", True)] if blamed else [])


@pytest.mark.anyio
async def test_other_rules_are_tried_twice_before_they_are_blamed():
    act = "say('Capturing'); rules = line.next(); os.abort()"
    async with acting(sys.executable, "-c", SAY + act) as (process, listener):
        process.use(Rules("other", []))
        await until(lambda: listener.told)
        assert (process.restarts, [(said.version, said.died) for said in listener.told]) == (1, [("other", True)])


@pytest.mark.anyio
async def test_a_hung_inspector_is_told_of_before_it_is_ended(monkeypatch):
    monkeypatch.setattr(supervisor, "SILENCE_SECONDS", 0.2)
    act = "say('Capturing'); time.sleep(600)"
    async with acting(sys.executable, "-c", SAY + act) as (_, listener):
        alive = []
        listener.capturing = lambda *, alive, reason="", told=alive: told.append((alive, bool(_children())))
        await until(lambda: len(alive) >= 2)
    assert alive[:2] == [(True, True), (False, True)]


@pytest.mark.anyio
async def test_rules_that_do_not_fit_go_without_their_databases_or_are_refused_and_what_follows_is_sent(monkeypatch):
    monkeypatch.setattr("podlynx.sensor.confined.framing.FRAME_CAP", 10_000)
    big, huge = Rules("big", WORD.files, b"x" * 10_000), Rules("huge", [("a.rules", b"#" * 10_000)])
    async with inspector(big) as (process, listener):
        await until(lambda: listener.alive)
        process.use(huge)
        await until(lambda: len(listener.told) >= 2)
        process.use(Rules("next", WORD.files))
        await until(lambda: len(listener.told) >= 3)
    assert [(said.version, bool(said.error)) for said in listener.told] == [("big", False), ("huge", True), ("next", False)]
    assert "too large" in listener.told[1].error


@pytest.mark.anyio
async def test_first_rules_that_do_not_fit_at_all_are_refused_and_give_way(monkeypatch):
    monkeypatch.setattr("podlynx.sensor.confined.framing.FRAME_CAP", 10_000)
    process, listener = InspectorProcess(plan=Plan(ring_mib=4)), Listener()
    listener.loaded = lambda said: process.begin_with(WORD) if said.error else None
    process.begin_with(Rules("huge", [("a.rules", b"#" * 10_000)]))
    running = asyncio.create_task(process.run(listener))
    await until(lambda: listener.alive)
    await process.stop()
    await running


@pytest.mark.anyio
async def test_without_rules_nothing_is_started_and_nothing_counted():
    process, listener = InspectorProcess(), Listener()
    running = asyncio.create_task(process.run(listener))
    await asyncio.sleep(0.5)
    assert (process.restarts, listener.states) == (0, [])
    await process.stop()
    await running


@pytest.mark.anyio
async def test_an_inspector_that_talks_nonsense_is_ended():
    async with acting(sys.executable, "-c", NONSENSE) as (_, listener):
        await until(lambda: listener.states)
    assert "makes no sense" in listener.states[0][1]


def _children():
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
