"""Sockets inside pods, as they pass from one inspector to the next."""

import os
from pathlib import Path

import pytest

from podlynx.sensor.interfaces.inside import Closed, Opened
from podlynx.sensor.node import inside
from podlynx.sensor.node.inside import InsidePods
from podlynx.sensor.node.objects import Pod
from podlynx.sensor.node.placement import Sought


@pytest.fixture
def anyio_backend():
    return "asyncio"


def open_files():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


class Inspector:
    def __init__(self):
        self.adopted, self.released = [], []

    def adopt(self, ifindex, descriptor):
        os.close(descriptor)
        self.adopted.append(ifindex)

    def lodge(self, addresses):
        pass

    def release(self, ifindex):
        self.released.append(ifindex)


class Processes:
    def scan(self):
        return {}


class Node:
    """One pod, entered; `answer` makes what opening gives from then on."""

    def __init__(self, monkeypatch):
        self.inspector, self.lost = Inspector(), []
        self.places = InsidePods(self.inspector, Processes())
        self.answer = lambda: Opened(os.open(os.devnull, os.O_RDONLY), 5, 77)
        monkeypatch.setattr(inside, "open_inside", lambda wishes: [self.answer() for _ in wishes])

    async def enter(self):
        pod = Pod("u", "default", "web", "web-*", {})
        return (await self.places.find([Sought(pod)]))["u"]

    async def succeed(self):
        self.places.inspector_ended()
        await self.places.hand_over_again(self.lost.append)


@pytest.mark.anyio
async def test_a_pod_is_captured_from_the_inspectors_word_to_its_end(monkeypatch):
    node = Node(monkeypatch)
    place = await node.enter()
    said = [node.places.captures(place)]
    node.places.adopted(place.indexes[0])
    said.append(node.places.captures(place))
    await node.succeed()
    said.append(node.places.captures(place))
    node.places.adopted(place.indexes[0])
    said.append(node.places.captures(place))
    assert said == [False, True, False, True]
    assert node.inspector.adopted == [*place.indexes] * 2


@pytest.mark.anyio
@pytest.mark.parametrize(
    "answer",
    [lambda: Closed("it ended"), lambda: Opened(os.open(os.devnull, os.O_RDONLY), 5, 78)],
    ids=["no process any more", "another namespace"],
)
async def test_a_pod_that_has_no_socket_for_the_successor_is_lost_and_looked_for_again(monkeypatch, answer):
    node = Node(monkeypatch)
    place = await node.enter()
    node.answer = answer
    await node.succeed()
    assert (node.lost, node.inspector.released, len(node.inspector.adopted)) == (["u"], [*place.indexes], 1)


@pytest.mark.anyio
async def test_a_pod_that_leaves_while_its_socket_is_opened_is_not_handed_over(monkeypatch):
    node = Node(monkeypatch)
    await node.enter()
    opened, before = node.answer, open_files()

    def leaves():
        node.places.left("u")
        return opened()

    node.answer = leaves
    await node.succeed()
    assert (len(node.inspector.adopted), node.lost) == (1, [])
    assert open_files() == before
