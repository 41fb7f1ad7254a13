"""Turns: one manager at a time numbers and writes events, so that cursors become visible in their order.

A document holds the next number and whose turn it is. Nobody's clock is compared with another's: a turn is over when it was given
back, or when its document was seen unchanged for `TURN_SECONDS` by who waits (Kleppmann, "How to do distributed locking"; what is
written late by who was given up has lower numbers, and is found by its id, not lost).
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

import msgspec

from podlynx.store.errors import StoreBusy
from podlynx.store.search.http import Http, Refused
from podlynx.store.search.indices import Indices

TURN_SECONDS: Final = 45.0
"""Longer than any write is tried."""
_LOOK_SECONDS: Final = 0.03
_CONFLICT: Final = 409


class _State(msgspec.Struct):
    next: int = 1
    owner: str = ""


class _Held(msgspec.Struct):
    state: _State
    place: str


class Sequence:
    """The turns of one manager."""

    def __init__(self, http: Http, indices: Indices) -> None:
        self._http = http
        self._path = f"/{indices.shared}/_doc/sequence"
        self._me = uuid4().hex
        self.waited = 0

    async def settled(self) -> int | None:
        """The number given out last, once all up to it is written; None in the middle of a turn."""
        state = (await self._read()).state
        return None if state.owner else state.next - 1

    @asynccontextmanager
    async def turn(self, count: int) -> AsyncIterator[int]:
        """The first of `count` numbers, for as long as nobody else may write. Raises StoreBusy where it takes too long."""
        held = await self._take(count)
        try:
            yield held.state.next - count
        finally:
            await self._put(_State(held.state.next), held.place)

    async def _take(self, count: int) -> _Held:
        loop = asyncio.get_running_loop()
        seen, since = "", loop.time()
        deadline = since + 2 * TURN_SECONDS
        while loop.time() < deadline:
            found = await self._read()
            if found.place != seen:
                seen, since = found.place, loop.time()
            mine = not found.state.owner or found.state.owner == self._me
            if mine or loop.time() - since > TURN_SECONDS:
                place = await self._put(_State(found.state.next + count, self._me), found.place)
                if place:
                    return _Held(_State(found.state.next + count, self._me), place)
            self.waited += 1
            await asyncio.sleep(random.uniform(_LOOK_SECONDS / 2, _LOOK_SECONDS))  # noqa: S311 no secret
        raise StoreBusy("Other managers keep the search engine busy.", "Send again in a second.")

    async def _read(self) -> _Held:
        found = await self._http.json("GET", self._path, missing=False)
        if not found:
            return _Held(_State(), "")
        place = f"if_seq_no={found['_seq_no']}&if_primary_term={found['_primary_term']}"
        return _Held(msgspec.convert(found["_source"], _State), place)

    async def _put(self, state: _State, place: str) -> str:
        """Where the document then stands; "" where somebody was faster."""
        try:
            found = await self._http.json("PUT", f"{self._path}?{place or 'op_type=create'}", state)
        except Refused as error:
            if error.status == _CONFLICT:
                return ""
            raise
        return f"if_seq_no={found['_seq_no']}&if_primary_term={found['_primary_term']}"
