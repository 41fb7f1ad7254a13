"""The node's end of a pod's interface, found on real veth pairs as routed and as bridged networks make them."""

import socket
import time

import pytest
from tests.sensor.namespaces import Pod, eventually, ip

from podlynx.sensor.interfaces.finder import Finder, Found, NotFound
from podlynx.sensor.interfaces.links import LinkTable


@pytest.fixture
def links(namespaces):
    table = LinkTable()
    yield table
    table.close()


@pytest.fixture
def finder(links):
    found = Finder(links)
    yield found
    found.close()


@pytest.fixture
def bridge(namespaces):
    name = "plxbr0"
    ip("link", "add", name, "type", "bridge")
    ip("addr", "add", "10.201.0.1/24", "dev", name)
    ip("link", "set", name, "up")
    yield name
    ip("link", "delete", name)


def names(found):
    return [link.name for link in found.links]


def test_by_the_namespace_of_a_process_before_the_address_is_known(links, finder):
    with Pod("10.200.0.2") as pod:
        links.refresh()
        found = finder.find([], [pod.pid])
    assert (names(found), found.way) == ([pod.veth], "namespace")


def test_a_process_whose_addresses_are_not_the_pods_is_not_taken(links, finder):
    with Pod("10.200.0.2") as pod:
        links.refresh()
        assert isinstance(finder.find(["10.200.0.99"], [pod.pid]), NotFound)
        assert isinstance(finder.find(["10.200.0.2"], [pod.pid]), Found)


@pytest.mark.parametrize("address", ["10.200.0.3", "fd00:200::3"])
def test_by_the_route_where_the_network_is_routed(links, finder, address):
    with Pod("10.200.0.3", six="fd00:200::3") as pod:
        ip("-6", "route", "add", "fd00:200::3/128", "dev", pod.veth)
        links.refresh()
        found = finder.find([address], [])
    assert (names(found), found.way) == ([pod.veth], "route")


def test_by_neighbour_and_bridge_once_there_was_traffic(links, finder, bridge):
    with Pod("10.201.0.2", bridge=bridge) as pod:
        links.refresh()
        assert isinstance(finder.find(["10.201.0.2"], []), NotFound)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.sendto(b"hello", ("10.201.0.2", 9))
        eventually(lambda: isinstance(finder.find(["10.201.0.2"], []), Found))
        found = finder.find(["10.201.0.2"], [])
    assert (names(found), found.way) == ([pod.veth], "neighbour")


def test_a_pod_with_more_interfaces_than_the_node_shows_says_so(links, finder):
    with Pod("10.200.0.4") as pod:
        pod.ip("link", "add", "macvlan0", "type", "veth", "peer", "name", "hidden0")
        pod.ip("addr", "add", "192.0.2.7/24", "dev", "macvlan0")
        pod.ip("link", "set", "macvlan0", "up")
        links.refresh()
        found = finder.find(["10.200.0.4"], [pod.pid])
    assert len(found.links) == 1
    assert found.inside == ("eth0", "macvlan0")


@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.200", "not an address"])
def test_nobodys_address_leads_nowhere(finder, address):
    assert isinstance(finder.find([address], []), NotFound)


def test_links_come_and_go_as_the_kernel_tells(links):
    came, went = [], []
    links.listen(appeared=lambda link: came.append(link.name), gone=lambda link: went.append(link.name))
    with Pod("10.200.0.5") as pod:
        links.refresh()
        assert pod.veth in came
        index = socket.if_nametoindex(pod.veth)

    def gone() -> bool:
        links.refresh()
        return pod.veth in went  # others' may go meanwhile, too: the kernel removes them when it finds the time

    eventually(gone)
    assert links.get(index) is None


def test_two_hundred_pods_are_each_found_in_milliseconds(links, finder):
    pods = [Pod(f"10.200.{n // 100 + 1}.{n % 100 + 1}") for n in range(200)]
    try:
        links.refresh()
        begin = time.monotonic()
        found = [finder.find([pod.address], [pod.pid]) for pod in pods]
        took = time.monotonic() - begin
    finally:
        for pod in pods:
            pod.close()
    assert [names(each) for each in found] == [[pod.veth] for pod in pods]
    assert took / len(pods) < 0.05, f"{took / len(pods) * 1000:.1f} ms a pod"
