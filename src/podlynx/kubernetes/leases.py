"""One leader among several processes, by a Lease (Kubernetes API, coordination.k8s.io/v1), as client-go elects it.

Another's lease has run out when it was not renewed for its duration by our own clock: clocks of machines are never compared.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import structlog

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import OURS
from podlynx.kubernetes.errors import ApiError, ClusterError
from podlynx.kubernetes.kinds import LEASES, Manifest

_LOG = structlog.get_logger("podlynx.kubernetes")
DURATION: Final = 15.0
"""Seconds after which an unrenewed lease is free."""
RENEW_WITHIN: Final = 10.0
"""Seconds without a renewal after which the leader steps back, well before another may step in."""
RETRY: Final = 2.0


class Election:
    """A candidate for one lease."""

    def __init__(self, client: Client, name: str, namespace: str, identity: str, owners: Sequence[Manifest] = ()) -> None:
        self._client, self._name, self._namespace, self._identity = client, name, namespace, identity
        self._owners = list(owners)
        self.leader = False
        self._seen: tuple[str, float] = ("", 0.0)
        """The resourceVersion of another's lease, and when it was first seen."""

    async def lead(self, work: Callable[[], Awaitable[None]]) -> None:
        """Waits to be leader, then runs `work`. Ends with it, or when the lease is lost: `work` is cancelled then."""
        while not await self._try():  # noqa: ASYNC110 another process holds it: nothing here could tell us
            await asyncio.sleep(RETRY)
        self.leader = True
        _LOG.info("leading", lease=f"{self._namespace}/{self._name}", identity=self._identity)
        working, renewing = asyncio.ensure_future(work()), asyncio.ensure_future(self._renew())
        try:
            await asyncio.wait({working, renewing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.leader = False
            for task in (working, renewing):
                task.cancel()
            results = await asyncio.gather(working, renewing, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def release(self) -> None:
        """Gives the lease up at once, so that a successor need not wait; errors are of no matter."""
        try:
            lease = await self._client.get(LEASES, self._name, self._namespace)
            if lease["spec"].get("holderIdentity") == self._identity:
                lease["spec"] |= {"holderIdentity": "", "leaseDurationSeconds": 1}
                await self._client.replace(LEASES, lease, self._name, self._namespace)
        except ClusterError as error:
            _LOG.warning("lease not released", why=str(error))

    async def _renew(self) -> None:
        last = monotonic()
        with contextlib.suppress(TimeoutError):
            while True:
                # Over an attempt that hangs too: another may step in when the lease has run out.
                async with asyncio.timeout(RENEW_WITHIN - (monotonic() - last)):
                    await asyncio.sleep(RETRY)
                    begun = monotonic()
                    renewed = await self._try()
                last = begun if renewed else last
        _LOG.warning("lease lost", lease=f"{self._namespace}/{self._name}")

    async def _try(self) -> bool:
        try:
            return await self._take()
        except ApiError as error:
            if not error.conflict:  # a conflict: another was faster
                _LOG.warning("lease not taken", why=str(error))
        except ClusterError as error:
            _LOG.warning("lease not taken", why=str(error))
        return False

    async def _take(self) -> bool:
        lease = await self._client.find(LEASES, self._name, self._namespace)
        if lease is None:
            await self._client.create(LEASES, self._new(), self._namespace)
            return True
        spec = lease.setdefault("spec", {})
        holder = spec.get("holderIdentity") or ""
        if holder not in ("", self._identity) and not self._expired(lease):
            return False
        if holder != self._identity:
            spec |= {"acquireTime": _now(), "leaseTransitions": int(spec.get("leaseTransitions") or 0) + 1}
        spec |= {"holderIdentity": self._identity, "renewTime": _now(), "leaseDurationSeconds": int(DURATION)}
        await self._client.replace(LEASES, lease, self._name, self._namespace)
        return True

    def _expired(self, lease: Manifest) -> bool:
        version = lease["metadata"]["resourceVersion"]
        if version != self._seen[0]:
            self._seen = (version, monotonic())
        return monotonic() - self._seen[1] > float(lease["spec"].get("leaseDurationSeconds") or DURATION)

    def _new(self) -> Manifest:
        spec = {
            "holderIdentity": self._identity,
            "leaseDurationSeconds": int(DURATION),
            "acquireTime": _now(),
            "renewTime": _now(),
            "leaseTransitions": 0,
        }
        metadata: Manifest = {"name": self._name, "namespace": self._namespace, "labels": dict(OURS)}
        if self._owners:
            metadata["ownerReferences"] = self._owners
        return {"apiVersion": LEASES.api_version, "kind": LEASES.kind, "metadata": metadata, "spec": spec}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
