"""Pods are attached as soon as they are known, however many; unknown interfaces are captured for a while and no longer."""

import asyncio
import socket
import time
import tracemalloc

import pytest
from tests.engine_events import engine_event
from tests.sensor.listening import until
from tests.sensor.namespaces import Namespace
from tests.sensor.namespaces import Pod as Netns
from tests.sensor.null_inspector import NullInspector

from podlynx.sensor.interfaces.links import LinkTable
from podlynx.sensor.interfaces.processes import PodProcesses
from podlynx.sensor.node import provisional
from podlynx.sensor.node.attachments import Attachments
from podlynx.sensor.node.capture import CaptureState
from podlynx.sensor.node.faults import fault_of
from podlynx.sensor.node.identity import Identity
from podlynx.sensor.node.objects import Inspection, Pod, ResourceKey
from podlynx.sensor.node.placement import NodeEnds
from podlynx.sensor.node.provisional import HELD_EVENTS, PROVISIONAL_CAP, Provisional
from podlynx.sensor.node.roster import Roster

GROUP = "projectcalico.org/v3"


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Node:
    """Everything between the watch and the inspector."""

    def __init__(self):
        self.roster, self.identity, self.links = Roster([GROUP]), Identity(), LinkTable()
        self.inspector, self.held, self.blind = NullInspector(), [], {}
        places = NodeEnds(self.links, PodProcesses())
        self.attachments = Attachments(
            self.roster,
            self.identity,
            places,
            self.inspector,
            links=self.links,
            settled=self.held.extend,
            missing=lambda index: self.blind.get(index, ""),
        )
        asyncio.get_running_loop().add_reader(self.links.fileno(), self.attachments.link_news)
        self.running = asyncio.create_task(self.attachments.run())
        everything = Inspection(ResourceKey("default", "dpi"), "", selects=lambda _labels: True)
        self.roster.replace_inspections(GROUP, [everything], 0)

    def know(self, *pods):
        self.roster.set_pods(pods, time.time_ns())
        self.attachments.pods_changed()

    def stop(self):
        self.running.cancel()
        asyncio.get_running_loop().remove_reader(self.links.fileno())
        self.links.close()


def pod(uid, *addresses, **more):
    return Pod(uid, "default", f"web-{uid}", "web-*", {}, addresses, **more)


@pytest.mark.anyio
async def test_two_hundred_pods_are_attached_for_less_than_a_megabyte_each(namespaces):
    node = Node()
    made = [Netns(f"10.200.{number // 100 + 1}.{number % 100 + 1}") for number in range(200)]
    try:
        node.attachments.link_news()
        tracemalloc.start()
        for number, each in enumerate(made):
            node.know(pod(f"u{number}", each.address))
            await asyncio.sleep(0)
        await until(lambda: len(node.inspector.watched) == 200)
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        node.stop()
        for each in made:
            each.close()
    assert grown / 200 < 1 << 20


@pytest.mark.anyio
async def test_the_inspector_is_told_who_lives_behind_each_interface_and_when_that_changes(namespaces):
    node = Node()
    with Netns("10.200.5.7") as one, Netns("10.200.5.8") as other:
        first, second = socket.if_nametoindex(one.veth), socket.if_nametoindex(other.veth)
        node.attachments.link_news()
        node.know(pod("u1", one.address), pod("u2", other.address, "fd00::8"))
        await until(lambda: node.inspector.lodged == {first: (one.address,), second: (other.address, "fd00::8")})
        node.know(pod("u2", "fd00::8"))
        await until(lambda: node.inspector.lodged[second] == ("fd00::8",))
        node.blind[second] = "towards"
        node.attachments.apply()
        assert second not in node.inspector.lodged, "what comes to it is seen at the sender's interface only"
        node.know(pod("u3", one.address, host_network=True))
        assert node.inspector.lodged[first] == (one.address,)
        node.roster.replace_inspections(GROUP, [], time.time_ns())
        node.attachments.pods_changed()
        assert node.inspector.lodged == {}, "who is not watched sees nothing for others"
    node.stop()


@pytest.mark.anyio
async def test_an_unknown_interface_is_captured_at_once_and_given_up_when_its_time_is_over(namespaces, monkeypatch):
    monkeypatch.setattr(provisional, "PROVISIONAL_SECONDS", 0.3)
    node = Node()
    with Netns("10.200.5.2") as made:
        await until(lambda: node.inspector.watched, 0.2)
        (index,) = node.inspector.watched
        node.attachments.provisional.hold(index, engine_event())
        await until(lambda: not node.inspector.watched, 2)
        assert (node.attachments.provisional.counters.expired, node.attachments.provisional.counters.dropped) == (1, 1)
        node.know(pod("u", made.address))
        await until(lambda: node.inspector.watched)
    node.stop()
    assert not node.held


@pytest.mark.anyio
async def test_no_interface_is_captured_provisionally_while_nobody_asks(namespaces):
    node = Node()
    node.roster.replace_inspections(GROUP, [], 0)
    with Netns("10.200.5.3"):
        await asyncio.sleep(0.2)
        assert node.inspector.watched == ()
    node.stop()


@pytest.mark.anyio
async def test_a_pod_whose_sandbox_is_made_anew_is_found_again_by_a_new_address(namespaces):
    node = Node()
    with Netns("10.200.5.4") as first:
        node.know(pod("u", first.address))
        await until(lambda: node.attachments.attachment("u").placement)
    await until(lambda: node.attachments.attachment("u").placement is None)
    with Netns("10.200.5.5") as second:
        node.know(pod("u", second.address))
        await until(lambda: node.attachments.attachment("u").placement)
        assert node.attachments.attachment("u").placement.names == (second.veth,)
    node.stop()


@pytest.mark.anyio
async def test_a_pod_without_an_interface_is_a_fault_after_its_grace_and_none_before(namespaces):
    node = Node()
    with Namespace():
        node.know(pod("u", "10.200.5.99"))
        await until(lambda: node.attachments.attachment("u").reason)
        attachment = node.attachments.attachment("u")
        said = [fault_of(pod("u"), attachment, CaptureState(), "captured", mode="host")]
        attachment.waiting_since -= 3.1
        said.append(fault_of(pod("u"), attachment, CaptureState(), "captured", mode="host"))
    node.stop()
    assert said[0] == ""
    assert said[1].startswith("pod default/web-u is not monitored: no interface of the node leads to it; captureMode: pod")


def test_provisional_capture_is_bounded():
    held = Provisional()
    assert [held.add(index) for index in range(1, PROVISIONAL_CAP + 3)].count(True) == PROVISIONAL_CAP
    for _ in range(HELD_EVENTS + 7):
        held.hold(1, engine_event())
    assert (held.counters.refused, held.counters.dropped) == (2, 7)
    assert len(held.settle(1)) == HELD_EVENTS
    held.hold(2, engine_event())
    held.drop(2)
    assert held.counters.dropped == 8
