"""One alert for one attack, also where the two nodes that saw it talk to different managers."""

import asyncio
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final

from podlynx.manager.merge import Keeper
from podlynx.manager.merge_table import end_of, place_of
from podlynx.models.event import EventDocument
from podlynx.models.identity import EventKey
from podlynx.store.protocol import Ingested, Observation
from podlynx.store.search.claims import Claim, Claims

_TRIES: Final = 20
_WAIT_SECONDS: Final = 0.1
"""Between two looks for an event that another manager is just storing."""


class SharedKeeper:
    """Keeps what no other manager keeps already; tells the rest as further sightings."""

    def __init__(self, keeper: Keeper, claims: Claims, peer_watched: Callable[[EventDocument], bool]) -> None:
        self._keeper = keeper
        self._claims = claims
        self._peer_watched = peer_watched
        self.merged = 0

    async def keep(self, documents: Sequence[EventDocument]) -> Ingested:
        """Stores what is not there yet. What joined an event of another manager counts as a duplicate."""
        claims = {place: claim for place, each in enumerate(documents) if (claim := self._claim(each)) is not None}
        standing = await self._claims.first(list(claims.values())) if claims else []
        joins = {place: other for place, other in zip(claims, standing, strict=True) if other is not None}
        left = set(joins)
        for place, other in joins.items():
            if await self._join(documents[place], other.event):
                left.discard(place)
                self.merged += 1
        own = [each for place, each in enumerate(documents) if place not in joins or place in left]
        kept = await self._keeper.keep(own)
        return Ingested(kept.accepted, kept.duplicates + len(documents) - len(own), kept.changes)

    async def observe(self, observations: Sequence[Observation]) -> list[bool]:
        """Notes further sightings."""
        return await self._keeper.observe(observations)

    async def _join(self, document: EventDocument, event: EventKey) -> bool:
        absorbed = EventKey(document.id, document.fingerprint)
        for _ in range(_TRIES):
            if (await self._keeper.observe([Observation(event, document.observers, (absorbed,))]))[0]:
                return True
            await asyncio.sleep(_WAIT_SECONDS)
        return False

    def _claim(self, document: EventDocument) -> Claim | None:
        place = place_of(document)
        if place is None or not self._peer_watched(document):
            return None
        digest = blake2b(repr(place).encode(), digest_size=16).hexdigest()
        ends = frozenset("/".join(end_of(each)) for each in document.observers)
        return Claim(digest, EventKey(document.id, document.fingerprint), ends)
