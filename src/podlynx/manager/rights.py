"""What a person may see: the namespaces whose alerts are theirs to read.

An alert has two ends. It is seen by whoever may read alerts in the namespace of either; the other end is then an address only.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

from podlynx.manager.access import Access, Principal
from podlynx.manager.errors import ApiError, ErrorDetail
from podlynx.store.protocol import EventStore

ALERTS: Final = "alerts"
PACKETS: Final = "alerts/packets"
MAX_NAMESPACES: Final = 2_000
"""Namespaces that one person's rights are asked for, one by one; those past it are not shown, and counted."""
_NAMES_SECONDS: Final = 2.0

Visible = frozenset[str] | None
"""Namespaces that may be seen; None: all, those without a namespace too."""


class Rights:
    """Answers come from `access`, which remembers them for a while."""

    def __init__(
        self,
        access: Access,
        store: EventStore,
        watched: Callable[[], Iterable[str]] = tuple,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._access = access
        self._store = store
        self._watched = watched
        self._clock = clock
        self._names: tuple[float, list[str]] = (float("-inf"), [])
        self.not_asked = 0

    async def visible(self, principal: Principal) -> Visible:
        """Every namespace that this person may read alerts of, and that has or may get some."""
        if await self._access.may(principal, "get", ALERTS):
            return None
        names = await self._namespaces()
        self.not_asked += max(len(names) - MAX_NAMESPACES, 0)
        return await self._among(principal, names[:MAX_NAMESPACES], "get", ALERTS)

    async def changeable(self, principal: Principal) -> Visible:
        """Every namespace whose alerts this person may read and change."""
        return await self.narrowed(principal, await self.visible(principal), "update", ALERTS)

    async def narrowed(self, principal: Principal, visible: Visible, verb: str, resource: str) -> Visible:
        """Those of the namespaces that are `visible` to this person in which they may also do that."""
        if await self._access.may(principal, verb, resource):
            return visible
        names = visible if visible is not None else (await self._namespaces())[:MAX_NAMESPACES]
        return await self._among(principal, names, verb, resource)

    async def sees_nothing(self, visible: Visible) -> bool:
        """Whether somebody to whom this is `visible` waits in vain: no namespace with alerts or monitored pods is theirs."""
        return visible is not None and not visible and bool(await self._namespaces())

    async def visible_among(self, principal: Principal, namespaces: Iterable[str]) -> Visible:
        """Those of `namespaces` whose alerts this person may read."""
        if await self._access.may(principal, "get", ALERTS):
            return None
        return await self._among(principal, namespaces, "get", ALERTS)

    async def may_in(self, principal: Principal, verb: str, resource: str, namespaces: Iterable[str]) -> bool:
        """Whether this person may do that in all namespaces, or in one of these."""
        if await self._access.may(principal, verb, resource):
            return True
        return bool(await self._among(principal, namespaces, verb, resource))

    async def require(self, principal: Principal, verb: str, resource: str) -> None:
        """Raises ApiError 403 where this person may not do that in the whole cluster."""
        if not await self._access.may(principal, verb, resource):
            raise forbidden(verb, resource)

    async def _among(self, principal: Principal, namespaces: Iterable[str], verb: str, resource: str) -> frozenset[str]:
        names = sorted({name for name in namespaces if name})
        answers = await asyncio.gather(*(self._access.may(principal, verb, resource, name) for name in names))
        return frozenset(name for name, may in zip(names, answers, strict=True) if may)

    async def _namespaces(self) -> list[str]:
        read, names = self._names
        if self._clock() - read >= _NAMES_SECONDS:
            # Those with alerts come first: where not all can be asked for, they are what there is to see.
            names = list(dict.fromkeys([*await self._store.namespaces(), *self._watched()]))
            self._names = (self._clock(), names)
        return names


_ROLES: Final = {
    ("get", "alerts"): "podlynx-viewer",
    ("get", "rules"): "podlynx-viewer",
    ("get", "sensors"): "podlynx-viewer",
    ("get", "exceptions"): "podlynx-viewer",
    ("get", "webhooks"): "podlynx-viewer",
}


def forbidden(verb: str, resource: str) -> ApiError:
    """403, and which role would help."""
    role = _ROLES.get((verb, resource), "podlynx-analyst")
    hint = f"Ask for a binding of the ClusterRole {role}, or for the right itself: {verb} {resource}.podlynx.io."
    return ApiError(403, ErrorDetail("forbidden", f"You may not {verb} {resource}.", hint))
