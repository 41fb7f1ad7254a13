"""Who was first to see what others see too: a document for each place, that only one manager can make."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from podlynx.models.identity import EventKey
from podlynx.store.search.bulk import Operation, bulk
from podlynx.store.search.http import Http
from podlynx.store.search.indices import Indices

SECONDS: Final = 60
"""How long a claim stands, as long as a manager remembers what it merges."""


class Claim(msgspec.Struct, frozen=True):
    """An event that may be seen elsewhere too: where (a hash), which, and by whom."""

    place: str
    event: EventKey
    ends: frozenset[str]


class Claims:
    """Claims of one manager over an engine that others use too."""

    def __init__(self, http: Http, indices: Indices, clock: Callable[[], float]) -> None:
        self._http = http
        self._indices = indices
        self._clock = clock

    async def first(self, claims: Sequence[Claim]) -> list[Claim | None]:
        """For each claim the one that stands, where it is another event's that other ends saw; None: go on. Raises StoreError."""
        await self._indices.prepare()
        results = await bulk(self._http, [self._operation("create", each) for each in claims])
        lost = [each for each, result in zip(claims, results, strict=True) if result.outcome == "conflict"]
        standing = await self._standing(lost)
        expired = [each for each in lost if each.place not in standing]
        await bulk(self._http, [self._operation("index", each) for each in expired])
        return [_other(each, standing.get(each.place)) for each in claims]

    def _operation(self, action: str, claim: Claim) -> Operation:
        note: dict[str, Any] = {
            "fingerprint": claim.event.fingerprint.hex(),
            "stored": int(self._clock()),
            "event": claim.event.id,
            "ends": sorted(claim.ends),
        }
        return Operation(action, self._indices.absorbed, f"place-{claim.place}", msgspec.json.encode(note))

    async def _standing(self, claims: Sequence[Claim]) -> dict[str, Claim]:
        """Those at the same places that are not too old."""
        if not claims:
            return {}
        docs = [{"_index": self._indices.absorbed, "_id": f"place-{each.place}"} for each in claims]
        found = (await self._http.json("POST", "/_mget", {"docs": docs}))["docs"]
        notes = {each.place: hit["_source"] for each, hit in zip(claims, found, strict=True) if hit.get("found")}
        return {
            place: Claim(place, EventKey(note["event"], bytes.fromhex(note["fingerprint"])), frozenset(note["ends"]))
            for place, note in notes.items()
            if self._clock() - note["stored"] < SECONDS
        }


def _other(claim: Claim, standing: Claim | None) -> Claim | None:
    """An end that saw both saw two events."""
    if standing is None or standing.event == claim.event or standing.ends & claim.ends:
        return None
    return standing
