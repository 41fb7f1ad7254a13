"""Forgets the oldest events by deleting whole indices: by age and by size; a new index is begun before the old one is too large.

Where the engine has a lifecycle management of its own (Elasticsearch's ILM) that begins and deletes by age; size is looked after
here.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from podlynx.store.search.http import Http, Refused
from podlynx.store.search.indices import Indices
from podlynx.store.search.template import template
from podlynx.store.sqlite.retention import Retention

_PARTS: Final = 10
"""Indices that the kept time and size are divided into: so much more than asked for may be kept."""
_DAY: Final = 86_400
_LARGEST: Final = 30 * 1024**3


class Forgotten(msgspec.Struct, frozen=True):
    """Events that went."""

    by_age: int = 0
    by_size: int = 0


class Trimmer:
    """Looks after the indices of one store."""

    def __init__(self, http: Http, indices: Indices, retention: Retention, clock: Callable[[], float]) -> None:
        self._http = http
        self._indices = indices
        self._retention = retention
        self._clock = clock
        self._managed: bool | None = None

    async def trim(self) -> Forgotten:
        """One round: begins a new index where it is time, deletes what is too old, then what is too much."""
        if self._managed is None:
            self._managed = self._http.engine.lifecycle and await self._manage()
        if not self._managed:
            await self._roll_over()
        indices = await self._held()
        by_age = 0
        while not self._managed and len(indices) > 1 and indices[1].born < self._clock() - self._retention.seconds:
            by_age += await self._delete(indices.pop(0))
        by_size = 0
        while len(indices) > 1 and sum(each.bytes for each in indices) > self._retention.bytes:
            by_size += await self._delete(indices.pop(0))
        await self._forget_absorbed()
        return Forgotten(by_age, by_size)

    async def _roll_over(self) -> None:
        kept = self._retention
        conditions = {
            "max_age": f"{max(1, min(kept.seconds // _PARTS, _DAY))}s",
            "max_size": f"{max(1, min(kept.bytes // _PARTS, _LARGEST))}b",
        }
        found = await self._http.json("GET", f"/{self._indices.alias}/_count")
        if found["count"]:
            await self._http.json("POST", f"/{self._indices.alias}/_rollover", {"conditions": conditions})

    async def _held(self) -> list["_Index"]:
        """The oldest first."""
        stats = await self._http.json("GET", f"/{self._indices.all}/_stats/store,docs")
        settings = await self._http.json("GET", f"/{self._indices.all}/_settings/index.creation_date")
        return [
            _Index(
                name,
                int(settings[name]["settings"]["index"]["creation_date"]) / 1000,
                stats["indices"][name]["total"]["store"]["size_in_bytes"],
                stats["indices"][name]["primaries"]["docs"]["count"],
            )
            for name in sorted(settings)
            if name in stats["indices"]
        ]

    async def _delete(self, index: "_Index") -> int:
        await self._http.json("DELETE", f"/{index.name}", missing={})
        return index.events

    async def _forget_absorbed(self) -> None:
        """What stood for other events goes with them."""
        before = int(self._clock()) - self._retention.seconds
        path = f"/{self._indices.absorbed}/_delete_by_query?conflicts=proceed&refresh=true"
        await self._http.json("POST", path, {"query": {"range": {"stored": {"lt": before}}}})

    async def _manage(self) -> bool:
        """Puts our policy in place; False where the engine has no lifecycle management, or we may not use it."""
        name = f"{self._indices.alias}.podlynx"
        try:
            await self._http.json("PUT", f"/_ilm/policy/{name}", self._policy())
            settings = {"lifecycle.name": name, "lifecycle.rollover_alias": self._indices.alias}
            await self._http.json("PUT", f"/_index_template/{name}", template(self._indices.all, settings))
            flat = {f"index.{key}": value for key, value in settings.items()}
            await self._http.json("PUT", f"/{self._indices.all}/_settings", flat)
        except Refused:
            return False
        return True

    def _policy(self) -> dict[str, Any]:
        kept = self._retention
        roll = {"max_age": f"{max(1, min(kept.seconds // _PARTS, _DAY))}s", "max_size": f"{min(kept.bytes // _PARTS, _LARGEST)}b"}
        hot = {"actions": {"rollover": roll}}
        delete = {"min_age": f"{kept.seconds}s", "actions": {"delete": {}}}
        return {"policy": {"phases": {"hot": hot, "delete": delete}}}


class _Index(msgspec.Struct, frozen=True):
    name: str
    born: float
    bytes: int
    events: int
