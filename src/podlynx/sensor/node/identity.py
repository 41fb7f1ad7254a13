"""Whose packet it was: by the interface that showed it and by the address of the other end, at the packet's time."""

from collections.abc import Iterable

from podlynx.sensor.node.history import KEPT_SECONDS, SECOND, History
from podlynx.sensor.node.objects import Pod


class Identity:
    """Tenures of interfaces and of addresses. Times are nanoseconds since the epoch."""

    def __init__(self) -> None:
        self._interfaces: History[int] = History()
        self._addresses: History[str] = History()
        self._said: dict[str, frozenset[str]] = {}
        """Addresses that each pod is said to have now. It has lost one, though still said to have it, when its interface went."""

    def attach(self, uid: str, ifindex: int, *, since: int) -> None:
        """The interface is the pod's, since it was first seen."""
        self._interfaces.begin(ifindex, uid, begin=since)

    def detach(self, ifindex: int, *, now: int) -> None:
        """The interface is gone, and with it its pod's addresses: another pod may have them before anybody says so."""
        uid = self._interfaces.current(ifindex)
        self._interfaces.end(ifindex, end=now)
        if uid is not None:
            self._release(uid, self._said.get(uid, frozenset()), now)

    def say(self, pod: Pod, *, since: int, now: int) -> None:
        """The API server says that the pod has these addresses; those that are new are its own from `since` on."""
        said, says = self._said.get(pod.uid, frozenset()), frozenset(pod.addresses)
        if pod.host_network or said == says:
            return
        self._said[pod.uid] = says
        self._release(pod.uid, said - says, now)
        self._claim(pod.uid, says - said, since)

    def confirm(self, pod: Pod, *, since: int) -> None:
        """The pod has been found behind an interface: its addresses are its own, whoever is said to have them too."""
        self._claim(pod.uid, self._said.get(pod.uid, frozenset()), since)

    def leave(self, uids: Iterable[str], *, now: int) -> None:
        """The pods are gone."""
        for uid in uids:
            self._release(uid, self._said.pop(uid, frozenset()), now)

    def owner_of(self, address: str) -> str | None:
        """The UID of the pod that has the address now."""
        return self._addresses.current(address)

    def by_interface(self, ifindex: int, time: int) -> str | None:
        """The UID of the pod behind the interface at that time."""
        return self._interfaces.owner(ifindex, time)

    def by_address(self, address: str, time: int) -> str | None:
        """The UID of the pod of this node that had the address at that time."""
        return self._addresses.owner(address, time)

    def current(self, ifindex: int) -> str | None:
        """The UID of the pod behind the interface now."""
        return self._interfaces.current(ifindex)

    def forget(self, now: int) -> None:
        """Drop what ended long ago."""
        before = now - KEPT_SECONDS * SECOND
        self._interfaces.forget(before)
        self._addresses.forget(before)

    @property
    def forgotten(self) -> int:
        """Tenures that went for the cap's sake."""
        return self._interfaces.forgotten + self._addresses.forgotten

    def _claim(self, uid: str, addresses: Iterable[str], since: int) -> None:
        for address in addresses:
            self._addresses.begin(address, uid, begin=since)

    def _release(self, uid: str, addresses: Iterable[str], now: int) -> None:
        for address in addresses:
            self._addresses.end(address, end=now, uid=uid)
