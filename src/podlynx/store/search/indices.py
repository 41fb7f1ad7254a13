"""The indices of one store: events behind a write alias, what they absorbed, and the little that managers share."""

import asyncio
from typing import Any, Final

from podlynx.store.errors import StoreUnusable
from podlynx.store.search.http import Http, Refused
from podlynx.store.search.template import template

OLDEST: Final = {"elasticsearch": (7, 10), "opensearch": (1, 0)}
"""Older ones do not know queries without regard to letter case."""


class Indices:
    """Made at first use, so that a manager can start before its engine."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self.alias = http.engine.index
        """Where new events are written; users find all as `<alias>*`."""
        self.all = f"{self.alias}.podlynx-*"
        self.absorbed = f"podlynx-absorbed-{self.alias}"
        self.shared = f"podlynx-state-{self.alias}"
        self.ready = False
        self._turn = asyncio.Lock()
        self.distribution = ""

    async def prepare(self) -> None:
        """Makes what is missing. Raises StoreUnusable for an engine that is too old, StoreError where none answers."""
        if self.ready:
            return
        async with self._turn:
            await self._make()

    async def _make(self) -> None:
        if self.ready:  # who waited for the turn finds the work done
            return
        await self._check_version()
        await self._templates()
        await self._first()
        for name, properties in ((self.absorbed, _ABSORBED), (self.shared, _SHARED)):
            body = {"settings": _SMALL, "mappings": {"dynamic": False, "properties": properties}}
            await self._create(name, body)
        self.ready = True

    async def write_index(self) -> tuple[str, list[str]]:
        """(the index that is written to, the older ones, oldest first)."""
        found = await self._http.json("GET", f"/_alias/{self.alias}")
        names = sorted(found)
        current = [name for name in names if found[name]["aliases"][self.alias].get("is_write_index")]
        newest = current[0] if current else names[-1]
        return newest, [name for name in names if name != newest]

    async def _check_version(self) -> None:
        said = await self._http.json("GET", "/")
        version = said.get("version", {})
        self.distribution = version.get("distribution", "elasticsearch")
        number = str(version.get("number", "0.0"))
        parts = tuple(int(part) for part in number.split(".")[:2] if part.isdigit())
        if parts < OLDEST.get(self.distribution, (0, 0)):
            hint = "Elasticsearch 7.10 and newer, and OpenSearch, can be used."
            raise StoreUnusable(f"The search engine is {self.distribution} {number}, which is too old.", hint)

    async def _templates(self) -> None:
        await self._http.json("PUT", f"/_index_template/{self.alias}.podlynx", template(self.all, {}))

    async def _first(self) -> None:
        found: Any = await self._http.json("GET", f"/_alias/{self.alias}", missing=False)
        if found:
            return
        body = {"aliases": {self.alias: {"is_write_index": True}}}
        try:
            await self._create(f"{self.alias}.podlynx-000001", body)
        except Refused as error:
            hint = f"Rename the index {self.alias}, or choose another name with PODLYNX_STORE_INDEX."
            raise StoreUnusable(error.message, hint) from error

    async def _create(self, name: str, body: Any) -> None:
        try:
            await self._http.json("PUT", f"/{name}", body)
        except Refused as error:
            if error.kind != "resource_already_exists_exception":  # another manager was first
                raise


_SMALL: Final = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
_ABSORBED: Final = {"fingerprint": {"type": "keyword"}, "stored": {"type": "date", "format": "epoch_second"}}
_SHARED: Final = {"kind": {"type": "keyword"}, "name": {"type": "keyword"}}
