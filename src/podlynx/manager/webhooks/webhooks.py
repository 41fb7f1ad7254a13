"""All webhooks of the cluster: one of the managers, by a Lease, has a `Teller` at work for each.

The manager sends, not the operator: it has the events at hand, and what exceptions hide. A Lease, not the store, says which
one, because every store then needs to know nothing of it.
"""

import asyncio
import contextlib
import os
import socket
from dataclasses import dataclass
from secrets import token_hex
from typing import Final

import structlog

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import WEBHOOK, Kind
from podlynx.kubernetes.kinds import Manifest
from podlynx.kubernetes.leases import Election
from podlynx.kubernetes.mirror import Mirror
from podlynx.kubernetes.ours import WEBHOOKS, with_ours
from podlynx.kubernetes.validation import problem_of
from podlynx.kubernetes.webhook_settings import labels_of
from podlynx.manager.webhooks.ledger import NAME
from podlynx.manager.webhooks.sending import Answer
from podlynx.manager.webhooks.teller import Means, send_sample, telling
from podlynx.models.webhook_report import WebhookState, WebhookStates

_LOG = structlog.get_logger("podlynx.manager")
MAX_WEBHOOKS: Final = 50
"""Webhooks at work at once; of more the oldest are."""


@dataclass
class _Running:
    task: "asyncio.Task[None]"
    mark: str


class Webhooks:
    """Everything happens in the manager's event loop."""

    def __init__(self, client: Client, means: Means, namespace: str) -> None:
        self._client, self._means, self._namespace = client, means, namespace
        self._manifests: dict[str, Manifest] = {}
        self._known = False
        self._changed = asyncio.Event()
        self._running: dict[str, _Running] = {}
        self.leading = False

    async def run(self) -> None:
        """Ends only when cancelled."""
        identity = f"{socket.gethostname()}_{os.getpid()}_{token_hex(3)}"
        election = Election(self._client, NAME, self._namespace, identity)
        async with asyncio.TaskGroup() as group:
            group.create_task(with_ours(self._client, WEBHOOKS, self._follow))
            try:
                while True:
                    reading = asyncio.create_task(self._means.ledger.keep_read())
                    await election.lead(lambda reading=reading: self._lead(reading))  # type: ignore[misc]
            finally:
                await asyncio.shield(election.release())

    def states(self) -> WebhookStates:
        """How each that there is fares, by name."""
        found = [self._state_of(each) for each in self._manifests.values()]
        return WebhookStates(webhooks=sorted(found, key=lambda each: each.name))

    async def test(self, name: str) -> Answer | None:
        """Sends a sample by that webhook, whatever its state; None where there is none of that name."""
        manifest = next((each for each in self._manifests.values() if each["metadata"]["name"] == name), None)
        if manifest is None:
            return None
        problem = problem_of(WEBHOOK, manifest)
        return Answer(taken=False, message=problem.message) if problem else await send_sample(self._means, manifest)

    def count(self, what: str) -> int:
        """The sum of a counter over all webhooks."""
        return sum(int(getattr(each.state, what)) for each in self._means.ledger.entries.values())

    def _state_of(self, manifest: Manifest) -> WebhookState:
        metadata, spec = manifest["metadata"], manifest.get("spec") or {}
        entry = self._means.ledger.entries.get(metadata["uid"])
        said = {"name": metadata["name"], "uid": metadata["uid"], "generation": int(metadata.get("generation") or 0)}
        said |= {"consumer": str(spec.get("consumer")), "state": str(spec.get("state"))}
        problem = problem_of(WEBHOOK, manifest)
        if problem is not None:
            return WebhookState(**said, healthy=False, reason=problem.reason, message=problem.message[:1024])
        if metadata["uid"] in self._beyond():
            message = f"At most {MAX_WEBHOOKS} webhooks are at work, and older ones came first."
            return WebhookState(**said, healthy=False, reason="TooMany", message=message)
        return entry.state if entry else WebhookState(**said, reason="Pending", message="It has not been taken up yet.")

    def _beyond(self) -> set[str]:
        return set(self._by_age()[MAX_WEBHOOKS:])

    def _by_age(self) -> list[str]:
        def age(uid: str) -> tuple[str, str]:
            return str(self._manifests[uid]["metadata"].get("creationTimestamp") or ""), uid

        return sorted(self._manifests, key=age)

    async def _follow(self, kind: Kind) -> None:
        mirror = Mirror(self._client, kind.resource)

        def changed() -> None:
            self._manifests = {each["metadata"]["uid"]: each for each in mirror.objects.values()}
            self._known = mirror.known.is_set()
            self._changed.set()

        try:
            await mirror.run(changed)
        finally:
            self._manifests, self._known = {}, False
            self._changed.set()

    async def _lead(self, reading: "asyncio.Task[None]") -> None:
        reading.cancel()
        await self._means.ledger.load()
        self.leading = True
        writing = asyncio.create_task(self._means.ledger.keep_written())
        try:
            while True:
                self._changed.clear()
                self._reconcile()
                await self._changed.wait()
        finally:
            self.leading = False
            await self._stop([*self._running])
            writing.cancel()
            with contextlib.suppress(Exception):
                await asyncio.shield(self._means.ledger.write())

    def _reconcile(self) -> None:
        wanted = {uid: self._manifests[uid] for uid in self._by_age()[:MAX_WEBHOOKS]}
        good = {uid: each for uid, each in wanted.items() if problem_of(WEBHOOK, each) is None}
        for uid in [uid for uid, running in self._running.items() if uid not in good or running.mark != _mark(good[uid])]:
            self._running.pop(uid).task.cancel()
        for uid, manifest in good.items():
            if uid not in self._running:
                task = asyncio.create_task(telling(self._means, manifest), name=f"webhook {manifest['metadata']['name']}")
                self._running[uid] = _Running(task, _mark(manifest))
        if self._known:
            self._means.ledger.forget(set(self._manifests))

    async def _stop(self, uids: list[str]) -> None:
        tasks = [self._running.pop(uid).task for uid in uids]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _mark(manifest: Manifest) -> str:
    """What a change of begins it anew; its status is not among that."""
    return repr((manifest["metadata"].get("generation"), manifest["spec"], sorted(labels_of(manifest).items())))
