"""The node's links (rtnetlink(7), RTM_*LINK): a table read once and kept by the kernel's own news of changes."""

import socket
import struct
import time
from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from podlynx.sensor.interfaces.netlink import RECEIVE_BYTES, Message, Netlink, attribute, attributes, messages, text, word

_RTM_NEWLINK: Final = 16
_RTM_DELLINK: Final = 17
_RTM_GETLINK: Final = 18
_RTMGRP_LINK: Final = 1
AF_BRIDGE: Final = 7

_IFLA_IFNAME: Final = 3
_IFLA_MASTER: Final = 10
_IFLA_LINKINFO: Final = 18
_IFLA_INFO_KIND: Final = 1
_IFLA_EXT_MASK: Final = 29
_IFLA_LINK_NETNSID: Final = 37
_SKIP_STATS: Final = 1 << 3

_INFO: Final = struct.Struct("=BxHiII")
NEWS_BUFFER: Final = 4 << 20
"""Socket buffer of the news in bytes, as far as net.core.rmem_max lets it; overrun, the table is read anew."""

PAIRED: Final = frozenset({"veth", "netkit"})
"""Kinds of links whose other end stands inside a pod."""

log = structlog.get_logger(__name__)


class Link(msgspec.Struct, frozen=True):
    """One interface of the node. `peer`: the id of the namespace that holds its other end, where that is another one."""

    index: int
    name: str
    kind: str = ""
    peer: int | None = None
    master: int | None = None
    seen: int = 0
    """Nanoseconds since the epoch when it was first heard of; 0: it was there before."""

    @property
    def leads_to_pod(self) -> bool:
        """Whether its other end stands in another network namespace, as a pod's does."""
        return self.kind in PAIRED and self.peer is not None and self.peer >= 0


class LinkTable:
    """Every link of this network namespace. `refresh` takes in what happened since; callbacks tell of what came and went."""

    def __init__(self) -> None:
        self._links: dict[int, Link] = {}
        self._by_peer: dict[int, set[int]] = {}
        self._appeared: Callable[[Link], None] = lambda _link: None
        self._gone: Callable[[Link], None] = lambda _link: None
        self.overruns = 0
        """Times that news was lost and the table was read anew."""
        self._stale = False
        self._netlink = Netlink()
        self._news = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE
        )
        self._news.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NEWS_BUFFER)
        self._news.bind((0, _RTMGRP_LINK))
        self._read_all(first_seen=0)

    def listen(self, *, appeared: Callable[[Link], None], gone: Callable[[Link], None]) -> None:
        """Call these, from `refresh`, with a link that leads to a pod and was not known as such, and with one that went."""
        self._appeared, self._gone = appeared, gone

    def fileno(self) -> int:
        """Readable when there is news."""
        return self._news.fileno()

    def close(self) -> None:
        """No more news."""
        self._news.close()
        self._netlink.close()

    def get(self, index: int) -> Link | None:
        """The link of that index, if it is there."""
        return self._links.get(index)

    def towards(self, namespace: int) -> list[Link]:
        """Links whose other end stands in that namespace (its id), oldest first."""
        return [self._links[index] for index in sorted(self._by_peer.get(namespace, ()))]

    def refresh(self) -> None:
        """Take in all news that waits. Never raises: a table that could not be read anew is read at the next call."""
        if self._stale:
            self._read_anew()
        while True:
            try:
                news = self._news.recv(RECEIVE_BYTES)
            except BlockingIOError:
                return
            except OSError as error:  # ENOBUFS: news was lost
                self.overruns += 1
                log.warning("news of links was lost, reading all of them", error=error.strerror)
                self._read_anew()
                continue
            for message in messages(news):
                self._take(message)

    def _read_anew(self) -> None:
        try:
            self._read_all(first_seen=time.time_ns())
        except OSError as error:
            log.error("links cannot be read, trying again", error=str(error))
            self._stale = True
        else:
            self._stale = False

    def _take(self, message: Message) -> None:
        link = _link(message, time.time_ns())
        if link is None:
            return
        if message.type == _RTM_NEWLINK:
            self._put(link)
        elif message.type == _RTM_DELLINK:
            self._drop(link.index)

    def _read_all(self, first_seen: int) -> None:
        body = _INFO.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + attribute(_IFLA_EXT_MASK, struct.pack("=I", _SKIP_STATS))
        found = [link for message in self._netlink.dump(_RTM_GETLINK, body) if (link := _link(message, first_seen))]
        for gone in self._links.keys() - {link.index for link in found}:
            self._drop(gone)
        for link in found:
            self._put(link)

    def _put(self, link: Link) -> None:
        before = self._links.get(link.index)
        if before is not None:
            link = msgspec.structs.replace(link, seen=before.seen)
            self._forget_peer(before)
        self._links[link.index] = link
        if link.peer is not None and link.peer >= 0:
            self._by_peer.setdefault(link.peer, set()).add(link.index)
        if link.leads_to_pod and (before is None or not before.leads_to_pod):
            self._appeared(link)

    def _drop(self, index: int) -> None:
        link = self._links.pop(index, None)
        if link is None:
            return
        self._forget_peer(link)
        self._gone(link)

    def _forget_peer(self, link: Link) -> None:
        if link.peer is None or (others := self._by_peer.get(link.peer)) is None:
            return
        others.discard(link.index)
        if not others:
            del self._by_peer[link.peer]


def _link(message: Message, seen: int) -> Link | None:
    if message.type not in (_RTM_NEWLINK, _RTM_DELLINK) or len(message.body) < _INFO.size:
        return None
    family, _, index, _, _ = _INFO.unpack_from(message.body)
    if family == AF_BRIDGE:  # a bridge tells of its ports, and "deletes" one that only leaves it
        return None
    found = attributes(message.body[_INFO.size :])
    kind = text(attributes(found.get(_IFLA_LINKINFO, b"")).get(_IFLA_INFO_KIND))
    return Link(
        index, text(found.get(_IFLA_IFNAME)), kind, word(found.get(_IFLA_LINK_NETNSID)), word(found.get(_IFLA_MASTER)), seen
    )
