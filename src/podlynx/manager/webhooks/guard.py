"""Where a webhook may post: a person who may write a webhook must not make the manager talk to what only it can reach.

Names are looked up here, every address is judged, and the connection goes to a judged address: a name that answers otherwise a
moment later (DNS rebinding) gains nothing. Only what is reachable from everywhere is allowed, unless a value says so.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final, Self

import httpcore2

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_NAT64: Final = ip_network("64:ff9b::/96")
_CLUSTER: Final = ("localhost", "*.localhost", "*.svc", "*.svc.*", "*.cluster.local", "*.internal", "*.local")
"""Names of the cluster and of machines' own; a name without a dot is one of a Service too."""
MAX_ADDRESSES: Final = 16


class NotAllowed(httpcore2.ConnectError):
    """The address or name may not be posted to; the text says how to allow it."""


@dataclass(frozen=True)
class Allowed:
    """What the value `webhooks.allow` names: networks, and names that may have `*`."""

    networks: tuple[Network, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[str]) -> Self:
        """From the entries of the value: `10.1.0.0/16`, `10.1.2.3`, `alertmanager.monitoring.svc`, `*.monitoring.svc`."""
        networks: list[Network] = []
        names: list[str] = []
        for entry in filter(None, (each.strip().lower().rstrip(".") for each in entries)):
            try:
                networks.append(ip_network(entry, strict=False))
            except ValueError:
                names.append(entry)
        return cls(tuple(networks), tuple(names))

    def name(self, host: str) -> bool:
        """Whether the name is allowed."""
        return any(fnmatchcase(host, each) for each in self.names)

    def address(self, address: Address) -> bool:
        """Whether the address is."""
        return any(address in network for network in self.networks)


class Guard:
    """`inside` says whether an address is one of the cluster's pods, Services or nodes now, whatever range they are of."""

    def __init__(self, allowed: Allowed, inside: Callable[[str], bool] = lambda _: False) -> None:
        self._allowed, self._inside = allowed, inside
        self.refused = 0

    async def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host that may be posted to. Raises NotAllowed, httpcore2.ConnectError."""
        name = host.lower().rstrip(".")
        named = self._allowed.name(name)
        try:
            found = [str(ip_address(name.strip("[]")))]
        except ValueError:
            if not named and _is_of_cluster(name):
                raise self._refusal(f"{host} is a name inside the cluster", name) from None
            found = await _looked_up(name, port)
        for address in found:
            if not self.may(address, named=named):
                raise self._refusal(f"{host} is at {address}, which is not reachable from everywhere", address)
        return found

    def may(self, text: str, *, named: bool = False) -> bool:
        """Whether an address may be posted to. What this machine alone reaches has to be allowed by address, never by name."""
        address = _meant(ip_address(text.partition("%")[0]))
        if self._allowed.address(address):
            return True
        if _is_own(address):
            return False
        return named or (address.is_global and not address.is_multicast and not self._inside(str(address)))

    def _refusal(self, said: str, entry: str) -> NotAllowed:
        self.refused += 1
        return NotAllowed(f"{said}: not posted to. If it is meant, add {entry} to the value webhooks.allow")


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections to judged addresses only."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._backend = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 the interface of httpcore
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.AsyncNetworkStream:
        """To the first of the host's addresses that answers."""
        failure: Exception | None = None
        for address in await self._guard.addresses(host, port):
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"{host} has no address")

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        """Never."""
        raise NotAllowed(f"{path} is no address")

    async def sleep(self, seconds: float) -> None:
        """As any backend."""
        await asyncio.sleep(seconds)


def _is_of_cluster(name: str) -> bool:
    return "." not in name or any(fnmatchcase(name, pattern) for pattern in _CLUSTER)


def _meant(address: Address) -> Address:
    """The IPv4 address inside one of IPv6 that only carries it (RFC 4291 2.5.5.2, RFC 6052, RFC 3056)."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_own(address: Address) -> bool:
    """Loopback, unspecified, link-local (that is where clouds keep their metadata)."""
    return address.is_loopback or address.is_unspecified or address.is_link_local


async def _looked_up(name: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore2.ConnectError(f"{name} cannot be looked up: {error}") from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))[:MAX_ADDRESSES]
