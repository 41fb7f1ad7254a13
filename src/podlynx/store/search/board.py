"""A notice board in the engine, by which managers that share it tell each other what is no event."""

import base64
from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

import msgspec

from podlynx.store.errors import StoreError
from podlynx.store.search.bulk import Operation, bulk
from podlynx.store.search.http import Http
from podlynx.store.search.indices import Indices

_PAGE: Final = 100
_AGAIN: Final = 64
"""Changes that are looked at again: one may become visible behind a later one."""
MAX_SEEN: Final = 20_000


class Notice(msgspec.Struct, frozen=True):
    """What some manager said of `name` last. `written`: epoch seconds by its own clock."""

    kind: str
    name: str
    content: bytes
    written: int
    mine: bool = False


class Board:
    """Notices as one manager writes and reads them."""

    def __init__(self, http: Http, indices: Indices) -> None:
        self._http = http
        self._indices = indices
        self._me = uuid4().hex
        self._place = -1
        self._seen: dict[str, int] = {}

    async def post(self, notices: Sequence[Notice]) -> None:
        """Puts these up, each instead of the last of its kind and name. Raises StoreError."""
        await self._indices.prepare()
        operations = [Operation("index", self._indices.shared, f"{each.kind}-{each.name}", self._body(each)) for each in notices]
        refused = [each.reason for each in await bulk(self._http, operations) if each.outcome != "done"]
        if refused:
            raise StoreError(f"The search engine refused what managers share: {refused[0]}")

    async def news(self) -> list[Notice]:
        """What was put up since the last call, by anybody; at the first call all that is there. Oldest first."""
        await self._indices.prepare()
        found: list[Notice] = []
        after = self._place - _AGAIN
        while True:
            hits = await self._after(after)
            for hit in hits:
                after = self._place = max(self._place, hit["_seq_no"])
                if self._seen.get(hit["_id"]) != hit["_seq_no"]:
                    self._remember(hit)
                    found.append(self._notice(hit["_source"]))
            if len(hits) < _PAGE:
                return found
            after = hits[-1]["_seq_no"]

    async def _after(self, place: int) -> list[Any]:
        body = {
            "size": _PAGE,
            "seq_no_primary_term": True,
            "query": {"bool": {"filter": [{"exists": {"field": "name"}}, {"range": {"_seq_no": {"gt": place}}}]}},
            "sort": [{"_seq_no": "asc"}],
        }
        return list((await self._http.search(f"/{self._indices.shared}/_search", body))["hits"]["hits"])

    def _remember(self, hit: Any) -> None:
        self._seen[hit["_id"]] = hit["_seq_no"]
        if len(self._seen) > MAX_SEEN:
            del self._seen[next(iter(self._seen))]

    def _body(self, notice: Notice) -> bytes:
        return msgspec.json.encode(
            {"kind": notice.kind, "name": notice.name, "by": self._me, "written": notice.written, "content": notice.content}
        )

    def _notice(self, source: Any) -> Notice:
        content = base64.b64decode(source["content"])
        return Notice(source["kind"], source["name"], content, int(source["written"]), source["by"] == self._me)
