"""The sensor's part of a self-test: it sends a marked datagram to a monitored pod of its node and notes how far it comes.

No right is needed that the sensor has not: the node may always send to its own pods, and port 9 (discard) answers nothing.
"""

import socket
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Final

import msgspec
import structlog

from podlynx.models.engine_event import EngineEvent
from podlynx.models.selftest import PORT, SelftestReport, datagram, token_in

NOBODY: Final = "no pod of this node is monitored, so nothing can be sent through the capture"
log = structlog.get_logger(__name__)


class NodeSelftest:
    """One test at a time: the last that was asked for. `targets`: addresses of monitored pods."""

    def __init__(self, targets: Callable[[], Iterator[str]], changed: Callable[[], None]) -> None:
        self._targets, self._changed = targets, changed
        self.report: SelftestReport | None = None
        self.unasked = 0
        """Datagrams with our mark that nobody had asked for: somebody plays, or repeats one."""

    def asked(self, token: str) -> None:
        """The manager wants a test with that token; a token that was tested already is not tested again."""
        if not token or (self.report is not None and self.report.token == token):
            return
        self.report = SelftestReport(token=token)
        error = self._send(token)
        self.report = msgspec.structs.replace(self.report, sent=0.0 if error else time.time(), error=error[:1024])
        log.info("self-test", sent=not error, why=error)
        self._changed()

    def accepts(self, event: EngineEvent) -> bool:
        """Whether this event of our rule is the one that is waited for; it is taken once."""
        report = self.report
        if report is None or report.inspected or token_in(event) != report.token:
            self.unasked += 1
            return False
        self.report = msgspec.structs.replace(report, inspected=time.time())
        return True

    def spooled(self) -> None:
        """Its event is on disk."""
        if self.report is not None:
            self.report = msgspec.structs.replace(self.report, spooled=time.time())
        self._changed()

    def _send(self, token: str) -> str:
        """Answers why not; empty: it was sent."""
        error = NOBODY
        for address in self._targets():
            try:
                send(address, token)
            except OSError as failure:
                error = f"the datagram to {address} could not be sent: {failure.strerror or failure}"
            else:
                return ""
        return error


def send(address: str, token: str) -> None:
    """One datagram to the discard port. Raises OSError."""
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.sendto(datagram(token), (address, PORT))
