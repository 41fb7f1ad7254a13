"""From a pod to the node's ends of its interfaces: namespace id first, then the route, then neighbour and bridge."""

from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Final, Literal

import msgspec
import structlog

from podlynx.sensor.interfaces import lookups
from podlynx.sensor.interfaces.links import Link, LinkTable
from podlynx.sensor.interfaces.lookups import Address
from podlynx.sensor.interfaces.netlink import Netlink
from podlynx.sensor.interfaces.processes import PodNetwork, network_of

Way = Literal["namespace", "route", "neighbour"]

INTERFACE_CAP: Final = 8
"""Interfaces of one pod that are followed."""

log = structlog.get_logger(__name__)


class Found(msgspec.Struct, frozen=True):
    """The node's ends of a pod's interfaces, and how they were found. `inside`: the interfaces that the pod itself has."""

    links: tuple[Link, ...]
    way: Way
    inside: tuple[str, ...] = ()


class NotFound(msgspec.Struct, frozen=True):
    """Why there is none, as a sentence."""

    reason: str


class Finder:
    """Answers for one pod at a time; holds no state but its socket."""

    def __init__(self, links: LinkTable) -> None:
        self._links = links
        self._netlink = Netlink()

    def close(self) -> None:
        """No more questions."""
        self._netlink.close()

    def find(self, addresses: Sequence[str], pids: Sequence[int], by_address: Sequence[str] | None = None) -> Found | NotFound:
        """The node's ends of the interfaces of a pod with these addresses (of its status, maybe none yet) and processes.

        `by_address`: addresses that are sure to be its own now, and may lead to it where no process does; all, where not given.
        """
        leading = addresses if by_address is None else by_address
        try:
            return self._by_namespace(_addresses(addresses), pids) or self._by_address(_addresses(leading))
        except OSError as error:  # netlink did not answer: the caller tries again
            log.warning("the kernel did not say which interface is the pod's", error=str(error))
            return NotFound(f"the kernel did not say which interface is its own ({error})")

    def _by_namespace(self, wanted: Sequence[Address], pids: Sequence[int]) -> Found | None:
        for pid in pids:
            namespace = lookups.namespace_id(self._netlink, pid)
            links = self._links.towards(namespace) if namespace is not None else []
            network = network_of(pid) if links else None
            if network is not None and _is_its(network, wanted):
                return Found(tuple(links[:INTERFACE_CAP]), "namespace", network.interfaces)
        return None

    def _by_address(self, addresses: Sequence[Address]) -> Found | NotFound:
        if not addresses:
            return NotFound("it has neither a process nor an address on this node yet")
        for address in addresses:
            link = self._route(address)
            if link is not None and link.leads_to_pod:
                return Found((link,), "route")
            if link is not None and link.kind == "bridge" and (port := self._port(link, address)) is not None:
                return Found((port,), "neighbour")
        return NotFound("no interface of the node leads to it")

    def _route(self, address: Address) -> Link | None:
        index = lookups.route_interface(self._netlink, address)
        return self._links.get(index) if index is not None else None

    def _port(self, bridge: Link, address: Address) -> Link | None:
        link_layer = lookups.neighbours(self._netlink, bridge.index).get(address)
        if link_layer is None:
            return None
        index = lookups.bridge_ports(self._netlink, bridge.index).get(link_layer)
        link = self._links.get(index) if index is not None else None
        return link if link is not None and link.leads_to_pod else None


def _is_its(network: PodNetwork, wanted: Sequence[Address]) -> bool:
    """A container may open namespaces of its own: the pod's is the one that has an address of the pod's status."""
    return not wanted or not network.addresses.isdisjoint(wanted)


def _addresses(texts: Sequence[str]) -> list[Address]:
    found: list[Address] = []
    for text in texts:
        with suppress(ValueError):
            found.append(ip_address(text))
    return found
