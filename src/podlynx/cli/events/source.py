"""`EventSource`: where the verbs of `podlynx events` read events, whatever holds them."""

from collections.abc import AsyncIterator
from typing import Protocol

import msgspec

from podlynx.models.alert import AlertDetail, AlertPage
from podlynx.models.counts import Counts
from podlynx.models.event import EventDocument
from podlynx.outputs.exports import ExportFormat


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are meant. `query` is text of the query language that was parsed already; empty: all.

    `show_excepted`: those too that an AlertException of the cluster hides.
    """

    query: str = ""
    severity_min: int = 0
    dismissed: bool = False
    show_excepted: bool = False


class Swept(msgspec.Struct, frozen=True):
    """What dismissing by query did."""

    dismissed: int
    complete: bool


class EventSource(Protocol):
    """A manager, or a database. Methods raise CommandError."""

    async def page(self, asked: Asked, *, grouped: bool, limit: int, cursor: str | None) -> AlertPage:
        """One page of alerts, newest first."""
        ...

    async def event(self, identifier: str) -> AlertDetail | None:
        """One event in full; None where there is none of that id, or it may not be seen."""
        ...

    async def count(self, asked: Asked) -> Counts:
        """How many match."""
        ...

    def follow(self, asked: Asked, after: int) -> AsyncIterator[EventDocument]:
        """Every event that is stored after that cursor and matches, once, until the caller has enough."""
        ...

    def export(self, asked: Asked, file_format: ExportFormat) -> AsyncIterator[bytes]:
        """All that match as one file, piece by piece."""
        ...

    async def mark(self, identifier: str, *, dismissed: bool) -> bool:
        """Dismisses or restores an event or a group. False where there is none of that id."""
        ...

    async def sweep(self, asked: Asked) -> Swept:
        """Dismisses what matches, as many as go at once."""
        ...
