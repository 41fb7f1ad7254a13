"""Kubernetes Events: what a person should know or do, beside the object it concerns (events.k8s.io/v1)."""

import time
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Final, Literal

import structlog

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import ClusterError
from podlynx.kubernetes.kinds import EVENTS, Manifest

_LOG = structlog.get_logger("podlynx.kubernetes")
REPEAT_SECONDS: Final = 600.0
"""The same sentence about the same object is not said again before."""
REMEMBERED: Final = 1024
"""Sentences that are remembered for that."""
PER_MINUTE: Final = 60
"""Events in a minute; more are counted in `Recorder.withheld`."""
_NOTE: Final = 1024
"""Bytes of a note (API limit)."""


class Recorder:
    """Tells Events of one component, each sentence once in a while."""

    def __init__(self, client: Client, component: str, instance: str) -> None:
        self._client, self._component, self._instance = client, component, instance
        self._told: OrderedDict[tuple[str, str, str], float] = OrderedDict()
        self._minute, self._in_minute = 0, 0
        self.withheld = 0

    async def tell(
        self,
        about: Manifest,
        reason: str,
        note: str,
        *,
        action: str = "Reconcile",
        level: Literal["Normal", "Warning"] = "Warning",
    ) -> None:
        """One Event about an object (needs apiVersion, kind and metadata). An Event that cannot be written is only logged."""
        metadata = about["metadata"]
        if not self._is_news((str(metadata.get("uid") or metadata["name"]), reason, note)):
            return
        log = _LOG.warning if level == "Warning" else _LOG.info
        log("event", about=f"{about.get('kind')} {metadata['name']}", reason=reason, note=note)
        namespace = metadata.get("namespace") or "default"
        try:
            await self._client.create(EVENTS, {**self._event(about, reason, note, level), "action": action}, namespace)
        except ClusterError as error:
            _LOG.warning("event not written", reason=reason, why=str(error))

    def _is_news(self, key: tuple[str, str, str]) -> bool:
        now = time.monotonic()
        if now - self._told.get(key, -REPEAT_SECONDS) < REPEAT_SECONDS:
            return False
        if int(now // 60) != self._minute:
            self._minute, self._in_minute = int(now // 60), 0
        if self._in_minute >= PER_MINUTE:
            self.withheld += 1
            return False
        self._in_minute += 1
        self._told[key] = now
        self._told.move_to_end(key)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return True

    def _event(self, about: Manifest, reason: str, note: str, level: str) -> Manifest:
        metadata = about["metadata"]
        regarding = {
            "apiVersion": about.get("apiVersion"),
            "kind": about.get("kind"),
            "name": metadata["name"],
            "namespace": metadata.get("namespace"),
            "uid": metadata.get("uid"),
        }
        return {
            "apiVersion": EVENTS.api_version,
            "kind": EVENTS.kind,
            "metadata": {
                "name": f"{metadata['name'][:200]}.{time.time_ns():x}",
                "namespace": metadata.get("namespace") or "default",
            },
            "eventTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "reportingController": self._component,
            "reportingInstance": self._instance[:128],
            "reason": reason,
            "note": note.encode()[:_NOTE].decode(errors="ignore"),
            "type": level,
            "regarding": {key: value for key, value in regarding.items() if value},
        }
