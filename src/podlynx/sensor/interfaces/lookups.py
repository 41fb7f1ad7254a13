"""Single questions to the kernel about namespaces, routes, neighbours and bridge ports (rtnetlink(7))."""

import struct
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import AF_INET, AF_INET6
from typing import Final

from podlynx.sensor.interfaces.links import AF_BRIDGE
from podlynx.sensor.interfaces.netlink import Netlink, NetlinkError, attribute, attributes, word

_RTM_GETROUTE: Final = 26
_RTM_GETNEIGH: Final = 30
_RTM_GETNSID: Final = 90

_NETNSA_NSID: Final = 1
_NETNSA_PID: Final = 2
_RTA_DST: Final = 1
_RTA_OIF: Final = 4
_RTA_GATEWAY: Final = 5
_NDA_DST: Final = 1
_NDA_LLADDR: Final = 2
_NDA_MASTER: Final = 9
_RTN_UNICAST: Final = 1

_ROUTE: Final = struct.Struct("=BBBBBBBBI")
_NEIGHBOUR: Final = struct.Struct("=BxxxiHBB")

Address = IPv4Address | IPv6Address


def namespace_id(netlink: Netlink, pid: int) -> int | None:
    """The id by which this namespace knows the network namespace of a process; None: it has none, or the process ended."""
    body = struct.pack("=Bxxx", 0) + attribute(_NETNSA_PID, struct.pack("=I", pid))
    try:
        answer = netlink.ask(_RTM_GETNSID, body)
    except NetlinkError:
        return None
    found = word(attributes(answer.body[4:]).get(_NETNSA_NSID))
    return found if found is not None and found >= 0 else None


def route_interface(netlink: Netlink, address: Address) -> int | None:
    """Index of the interface by which a packet to the address leaves; none behind a gateway, where no pod of this node is."""
    body = _ROUTE.pack(_family(address), address.max_prefixlen, 0, 0, 0, 0, 0, 0, 0) + attribute(_RTA_DST, address.packed)
    try:
        answer = netlink.ask(_RTM_GETROUTE, body)
    except NetlinkError:  # no route
        return None
    kind = _ROUTE.unpack_from(answer.body)[7]
    found = attributes(answer.body[_ROUTE.size :])
    return word(found.get(_RTA_OIF)) if kind == _RTN_UNICAST and _RTA_GATEWAY not in found else None


def neighbours(netlink: Netlink, interface: int) -> dict[Address, bytes]:
    """Link-layer addresses that the node knows of neighbours behind an interface."""
    found: dict[Address, bytes] = {}
    for family in (AF_INET, AF_INET6):
        for index, attrs in _neighbours(netlink, family):
            address, link_layer = attrs.get(_NDA_DST), attrs.get(_NDA_LLADDR)
            if index == interface and address and link_layer:
                found[ip_address(address)] = link_layer
    return found


def bridge_ports(netlink: Netlink, bridge: int) -> dict[bytes, int]:
    """The bridge's forwarding table: link-layer address to index of the port."""
    return {
        attrs[_NDA_LLADDR]: index
        for index, attrs in _neighbours(netlink, AF_BRIDGE)
        if _NDA_LLADDR in attrs and word(attrs.get(_NDA_MASTER)) == bridge
    }


def _neighbours(netlink: Netlink, family: int) -> Iterator[tuple[int, dict[int, bytes]]]:
    for message in netlink.dump(_RTM_GETNEIGH, _NEIGHBOUR.pack(family, 0, 0, 0, 0)):
        if len(message.body) >= _NEIGHBOUR.size:
            yield _NEIGHBOUR.unpack_from(message.body)[1], attributes(message.body[_NEIGHBOUR.size :])


def _family(address: Address) -> int:
    return AF_INET if address.version == 4 else AF_INET6
