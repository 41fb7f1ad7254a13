"""Keeps the certificates in Secrets: makes what is missing, renews what is due, tells the API server of the webhook's authority.

Every replica does so, the leader or not: the webhook answers in all of them. Two that make the same Secret at once settle it by
the API server's conflict; the slower reads what the faster wrote.
"""

import asyncio
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from podlynx.kubernetes.apply import NotOurs, apply, is_ours
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import OURS
from podlynx.kubernetes.errors import ApiError, ClusterError
from podlynx.kubernetes.kinds import SECRETS, VALIDATING_WEBHOOKS, Manifest
from podlynx.operator import session_keys
from podlynx.operator.certificates import Pair, due, issue, new_authority, serves, spread, together, usable
from podlynx.operator.owner import Owner

_LOG = structlog.get_logger("podlynx.operator")
AUTHORITY: Final = "podlynx-ca"
MANAGER: Final = "podlynx-manager-tls"
WEBHOOK: Final = "podlynx-webhook-tls"
SESSION: Final = "podlynx-session"
CONFIGURATION: Final = "podlynx"
"""The ValidatingWebhookConfiguration, made by the chart."""
LOOK_SECONDS: Final = 60.0
"""How often it is looked whether something is due, missing or damaged."""
_RETRY_SECONDS: Final = 2.0
OVERLAP: Final = timedelta(hours=1)
"""How long a foreign authority is trusted beside its successor."""


@dataclass(frozen=True)
class Keys:
    """What the operator itself uses."""

    authorities: bytes
    """PEM of everyone who may have signed the manager's certificate, the newest first."""
    webhook: Pair


def names_of(service: str, namespace: str) -> tuple[str, ...]:
    """By which names a Service is reached inside the cluster, and through a port-forward."""
    inside = (service, f"{service}.{namespace}", f"{service}.{namespace}.svc", f"{service}.{namespace}.svc.cluster.local")
    return (*inside, "localhost", "127.0.0.1", "::1")


class KeyKeeper:
    """Keeps the Secrets of one installation."""

    def __init__(
        self,
        client: Client,
        namespace: str,
        manager_secret: str = "",
        owner: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client, self._namespace, self._clock = client, namespace, clock
        self._manager_secret = manager_secret
        self._owner = Owner(client, owner)
        self.keys: Keys | None = None
        self.ready = asyncio.Event()
        self._signers: dict[bytes, datetime] = {}
        """Authorities of a foreign certificate, and when each was last seen in its Secret."""

    @property
    def owners(self) -> list[Manifest]:
        """The ownerReferences of what it writes."""
        return self._owner.references

    async def run(self, changed: Callable[[Keys], None]) -> None:
        """Ends only when cancelled; `changed` is called with the first keys and with each later ones."""
        while True:
            try:
                keys = await self.keep()
            except (ClusterError, ValueError) as error:
                _LOG.warning("certificates not kept", why=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            if keys != self.keys:
                self.keys = keys
                changed(keys)
                self.ready.set()
            await asyncio.sleep(LOOK_SECONDS)

    async def keep(self) -> Keys:
        """One look at everything. Raises what Client raises, and NotOurs."""
        await self._owner.look()
        if self._owner.fault:
            _LOG.warning("the owner is not known", why=self._owner.fault)
        authority = await self._authority()
        webhook = await self._server(WEBHOOK, names_of("podlynx-operator", self._namespace), authority)
        await self._tell(authority)
        authorities = await self._of_manager(authority)
        await self._publish(authorities)
        await self._sessions()
        return Keys(authorities, webhook)

    async def _sessions(self) -> None:
        """What managers seal the log-ins of browsers with."""
        found = await self._client.find(SECRETS, SESSION, self._namespace)
        before = _bytes(found, session_keys.FILE) if found else b""
        made = session_keys.renewed(before, self._clock())
        if made != before:
            _LOG.info("new session key", secret=SESSION)
            await self._write(SESSION, "Opaque", {session_keys.FILE: made}, found)

    async def _of_manager(self, authority: Pair) -> bytes:
        """Who signs for the manager: we, or whoever makes the Secret that the chart names."""
        if not self._manager_secret:
            await self._server(MANAGER, names_of("podlynx-manager", self._namespace), authority)
            return authority.certificate
        found = await self._client.find(SECRETS, self._manager_secret, self._namespace)
        said = (_bytes(found, "ca.crt") or _bytes(found, "tls.crt")) if found else b""
        if not said:
            raise ValueError(f"the Secret {self._namespace}/{self._manager_secret} has no ca.crt and no tls.crt: make it")
        return self._overlapping(said)

    def _overlapping(self, said: bytes) -> bytes:
        """Whoever signs now, and for a while whoever did before: the manager's own mount may be the last to be renewed."""
        now = self._clock()
        self._signers = {pem: seen for pem, seen in self._signers.items() if now - seen < OVERLAP} | {said: now}
        return together(said, [pem for pem in self._signers if pem != said], now)

    async def _authority(self) -> Pair:
        found = await self._client.find(SECRETS, AUTHORITY, self._namespace)
        pair = _pair(found, "ca.crt", "ca.key")
        if pair is not None and not due(pair, self._clock()):
            return pair
        made = new_authority(self._clock(), pair or await self._predecessor())
        _LOG.info("new authority", secret=AUTHORITY)
        return await self._store(AUTHORITY, "Opaque", {"ca.crt": made.certificate, "ca.key": made.key}, found) or made

    async def _predecessor(self) -> Pair | None:
        """The authority whose Secret somebody deleted, as far as it is known beside the certificate that it signed."""
        for secret in (WEBHOOK,) if self._manager_secret else (MANAGER, WEBHOOK):
            found = await self._client.find(SECRETS, secret, self._namespace)
            if found is not None and (known := _bytes(found, "ca.crt")):
                return Pair(known, b"")
        return None

    async def _server(self, secret: str, names: Sequence[str], authority: Pair) -> Pair:
        found = await self._client.find(SECRETS, secret, self._namespace)
        pair = _pair(found, "tls.crt", "tls.key")
        now = self._clock()
        # What is due waits until those who have to trust its successor know who signs that one.
        waits = pair is not None and usable(pair, now) and not spread(authority, now)
        good = pair is not None and (waits or not due(pair, now)) and serves(pair, authority, names)
        if good and found is not None and pair is not None and _bytes(found, "ca.crt") == authority.certificate:
            return pair
        made = pair if good and pair is not None else issue(authority, names, now)
        data = {"tls.crt": made.certificate, "tls.key": made.key, "ca.crt": authority.certificate}
        _LOG.info("certificate written", secret=secret)
        return await self._store(secret, "kubernetes.io/tls", data, found) or made

    async def _store(self, name: str, kind: str, data: dict[str, bytes], found: Manifest | None) -> Pair | None:
        """Writes a Secret unless another replica was faster; then what that one wrote."""
        if await self._write(name, kind, data, found):
            return None
        certificate, key = tuple(data)[:2]
        return _pair(await self._client.get(SECRETS, name, self._namespace), certificate, key)

    async def _write(self, name: str, kind: str, data: dict[str, bytes], found: Manifest | None) -> bool:
        """Whether it was written; not where another replica was faster."""
        encoded = {key: b64encode(value).decode() for key, value in data.items()}
        metadata: Manifest = self._metadata(name)
        manifest: Manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": encoded}
        try:
            if found is None:
                await self._client.create(SECRETS, manifest, self._namespace)
            elif not is_ours(found):
                raise NotOurs(manifest)
            else:
                patch = {"metadata": {"resourceVersion": found["metadata"]["resourceVersion"]}, "data": encoded}
                await self._client.merge(SECRETS, patch, name, self._namespace)
        except ApiError as error:
            if not error.conflict:
                raise
            return False
        return True

    async def _publish(self, authorities: bytes) -> None:
        """The authority in the open, for the command line."""
        data = {"ca.crt": authorities.decode(errors="replace")}
        await apply(self._client, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": self._metadata(AUTHORITY), "data": data})

    def _metadata(self, name: str) -> Manifest:
        said: Manifest = {"name": name, "namespace": self._namespace, "labels": dict(OURS)}
        return {**said, "ownerReferences": self.owners} if self.owners else said

    async def _tell(self, authority: Pair) -> None:
        """Writes the authority into the chart's webhook configuration, if there is one."""
        found = await self._client.find(VALIDATING_WEBHOOKS, CONFIGURATION)
        if found is None or not is_ours(found):
            return
        bundle = b64encode(authority.certificate).decode()
        hooks = found.get("webhooks") or []
        if all((hook.get("clientConfig") or {}).get("caBundle") == bundle for hook in hooks):
            return
        changed = [{**hook, "clientConfig": {**hook["clientConfig"], "caBundle": bundle}} for hook in hooks]
        patch = {"metadata": {"resourceVersion": found["metadata"]["resourceVersion"]}, "webhooks": changed}
        await self._client.merge(VALIDATING_WEBHOOKS, patch, CONFIGURATION)


def _pair(secret: Manifest | None, certificate: str, key: str) -> Pair | None:
    if secret is None:
        return None
    pair = Pair(_bytes(secret, certificate), _bytes(secret, key))
    return pair if pair.certificate and pair.key else None


def _bytes(secret: Manifest, key: str) -> bytes:
    """A value of a Secret; empty where it is missing or no base64."""
    try:
        return b64decode((secret.get("data") or {}).get(key) or "", validate=True)
    except (Base64Error, ValueError):
        return b""
