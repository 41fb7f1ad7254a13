"""One thing being watched."""

import socket
from dataclasses import dataclass

from podlynx.sensor.errors import SensorError

INTERFACE_CAP = 1024
"""Interfaces of one monitor: a node runs a few hundred pods at most."""


@dataclass(frozen=True)
class Monitor:
    """Interfaces under one name. `ports`: only TCP and UDP packets with one of these at either end; empty: everything."""

    name: str
    interfaces: tuple[str, ...]
    ports: tuple[int, ...] = ()
    workers: int = 0
    """Threads that inspect; 0: by the CPU limit."""
    origin: str = ""
    """What the event document carries as `origin`, e.g. `dpi.default/sample-dpi-frontend`."""

    def check(self) -> None:
        """Raise SensorError where an interface does not exist or a port is none."""
        known = [name for _, name in socket.if_nameindex()]
        if not 1 <= len(self.interfaces) <= INTERFACE_CAP:
            raise SensorError(f"{len(self.interfaces)} interfaces to watch", f"name 1 to {INTERFACE_CAP}: {', '.join(known)}")
        for interface in self.interfaces:
            if interface not in known:
                raise SensorError(f"no interface {interface} on this machine", f"there are: {', '.join(known)}")
        for port in self.ports:
            if not 1 <= port <= 65_535:
                raise SensorError(f"{port} is no port", "ports run from 1 to 65535")
