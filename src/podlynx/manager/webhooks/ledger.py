"""How far each webhook has told, and how that went: durable, so that a restart or another manager goes on from there.

It is one ConfigMap in the manager's namespace. Whoever leads writes it, all the others read it to answer what is asked.
"""

import asyncio
from typing import Final

import msgspec
import structlog

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import OURS
from podlynx.kubernetes.errors import ApiError, ClusterError
from podlynx.kubernetes.kinds import CONFIG_MAPS, Manifest
from podlynx.models.webhook_report import MAX_DELIVERIES, Delivery, WebhookState

_LOG = structlog.get_logger("podlynx.manager")
NAME: Final = "podlynx-webhooks"
"""Of the ConfigMap, and of the Lease."""
WRITE_SECONDS: Final = 2.0
"""How old what is written may be: after a crash messages of that time may come twice."""
READ_SECONDS: Final = 5.0


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook. Everything up to `cursor` was told, or was not meant; None: it has not begun."""

    state: WebhookState
    cursor: int | None = None
    tested: int = 0
    """The generation whose test was done."""


class Ledger:
    """The entries by UID of their webhook."""

    def __init__(self, client: Client, namespace: str) -> None:
        self._client, self._namespace = client, namespace
        self.entries: dict[str, Entry] = {}
        self._dirty: set[str] = set()

    async def load(self) -> None:
        """Reads what is written. Raises what Client raises; an entry that cannot be read is left out."""
        found = await self._client.find(CONFIG_MAPS, NAME, self._namespace)
        entries: dict[str, Entry] = {}
        for uid, text in ((found or {}).get("data") or {}).items():
            try:
                entries[uid] = msgspec.json.decode(str(text), type=Entry)
            except msgspec.DecodeError as error:
                _LOG.warning("what was noted of a webhook cannot be read: it begins anew", uid=uid, why=str(error))
        self.entries, self._dirty = entries, set()

    def put(self, entry: Entry) -> None:
        """Notes how it stands; written soon."""
        uid = entry.state.uid
        if self.entries.get(uid) != entry:
            self.entries[uid] = entry
            self._dirty.add(uid)

    def told(self, entry: Entry, delivery: Delivery, **changed: object) -> Entry:
        """Notes a delivery: attempts at one message are one line."""
        known = entry.state.deliveries
        if known and known[0].outcome == "retrying" and delivery.attempt > 1:
            known = known[1:]
        state = msgspec.structs.replace(entry.state, deliveries=[delivery, *known][:MAX_DELIVERIES], **changed)
        made = msgspec.structs.replace(entry, state=state)
        self.put(made)
        return made

    def forget(self, present: set[str]) -> None:
        """Drops those whose webhook is gone."""
        for uid in set(self.entries) - present:
            del self.entries[uid]
            self._dirty.add(uid)

    async def write(self) -> None:
        """Writes what changed. Raises what Client raises; then it is still to be written."""
        dirty = set(self._dirty)
        if not dirty:
            return
        data = {uid: _text(self.entries.get(uid)) for uid in dirty}
        try:
            await self._client.merge(CONFIG_MAPS, {"data": data}, NAME, self._namespace)
        except ApiError as error:
            if not error.absent:
                raise
            await self._client.create(CONFIG_MAPS, self._manifest(), self._namespace)
        self._dirty -= {uid for uid in dirty if _text(self.entries.get(uid)) == data[uid]}

    async def keep_written(self) -> None:
        """Writes again and again. Ends only when cancelled."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            try:
                await self.write()
            except ClusterError as error:
                _LOG.warning("how far webhooks have told is not written", why=str(error))

    async def keep_read(self) -> None:
        """Reads again and again, where another manager writes. Ends only when cancelled."""
        while True:
            try:
                await self.load()
            except ClusterError as error:
                _LOG.warning("how far webhooks have told is not read", why=str(error))
            await asyncio.sleep(READ_SECONDS)

    def _manifest(self) -> Manifest:
        metadata = {"name": NAME, "namespace": self._namespace, "labels": dict(OURS)}
        data = {uid: _text(entry) for uid, entry in self.entries.items()}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _text(entry: Entry | None) -> str | None:
    return None if entry is None else msgspec.json.encode(entry).decode()
