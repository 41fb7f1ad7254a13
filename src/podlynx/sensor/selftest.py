"""A self-test outside of a cluster: the marked datagram on an interface that is watched here."""

import socket
from typing import Final

from podlynx.models.selftest import PORT, datagram
from podlynx.sensor.monitor import Monitor

NOWHERE: Final = "233.252.0.9"
"""MCAST-TEST-NET (RFC 5771, section 9.2): a multicast address that nobody listens to; no neighbour has to be asked for."""


def send_through(monitor: Monitor, token: str) -> str:
    """One datagram over the first interface; answers why not, empty: it was sent. It goes no further than the wire."""
    interface = monitor.interfaces[0]
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            if monitor.ports:  # the filter lets through what has one of these at either end
                line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                line.bind(("", monitor.ports[0]))
            if interface == "lo":
                line.sendto(datagram(token), ("127.0.0.1", PORT))
            else:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode() + b"\0")
                line.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
                line.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
                line.sendto(datagram(token), (NOWHERE, PORT))
    except OSError as error:
        return f"the datagram could not be sent on {interface}: {error.strerror or error}"
    return ""
