"""`EventStore`: the only door to stored events, whatever keeps them."""

from collections.abc import Sequence
from typing import Annotated, Final, Protocol

import msgspec

from podlynx.expressions.nodes import Query
from podlynx.models.alert import AlertDetail, AlertPage, AlertRow
from podlynx.models.endpoint import Observer
from podlynx.models.event import EventDocument
from podlynx.models.identity import EventKey
from podlynx.models.status import StoreStatistics

MAX_PAGE: Final = 500
"""Most alerts that one page may hold."""


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What to list. A group is listed when any of its events matches; its figures are those of the whole group.

    `dismissed` False lists what is open, True what was dismissed, None both. `namespaces` None lists everything; else only
    alerts that have an end in one of them, and to the query the name and namespace of an end in any other are empty, as are host
    and origin where that is of another, so that nobody can guess by searching what is not shown.
    """

    query: Query | None = None
    severity_min: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    dismissed: bool | None = False
    grouped: bool = True
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = 50
    cursor: str | None = None
    namespaces: frozenset[str] | None = None


class Change(msgspec.Struct, frozen=True):
    """A group as it stands after new events. `cursor` grows with every stored event and orders changes."""

    cursor: int
    row: AlertRow


class Ingested(msgspec.Struct, frozen=True):
    """What became of a batch: all of it is durable when this is answered. A duplicate was stored before."""

    accepted: int
    duplicates: int
    changes: list[Change]


class Observation(msgspec.Struct, frozen=True):
    """A stored event, who else saw it, and as which events of their own: those are then taken for stored."""

    event: EventKey
    observers: Sequence[Observer] = ()
    absorbed: Sequence[EventKey] = ()


class Changes(msgspec.Struct, frozen=True):
    """Groups that changed since a cursor, oldest change first; `complete` is false where there are more than asked for."""

    changes: list[Change]
    complete: bool


class EventStore(Protocol):
    """Stores events, lists them as alerts, forgets the oldest. Methods raise `StoreError`; safe from many tasks at once."""

    async def ingest(self, documents: Sequence[EventDocument]) -> Ingested:
        """Stores documents that are not there yet, by id. Raises `StoreBusy` at once where too much is waiting."""
        ...

    async def alerts(self, search: Search) -> AlertPage:
        """One page, newest first. Following cursors shows every alert of the first page's moment exactly once."""
        ...

    async def alert(self, identifier: str) -> AlertDetail | None:
        """The event of that id, or the latest event of the group of that id."""
        ...

    async def observe(self, observations: Sequence[Observation]) -> list[bool]:
        """Notes further sightings of stored events. False for each event that is not stored (any more)."""
        ...

    async def dismiss(self, identifier: str) -> bool:
        """Hides an event, or a group with all that it holds now; a later event brings the group back. False: no such id."""
        ...

    async def restore(self, identifier: str) -> bool:
        """Shows what was dismissed again. False: no such id."""
        ...

    async def changes_since(self, cursor: int, limit: int) -> Changes:
        """Up to `limit` groups that got events after `cursor`."""
        ...

    async def cursor(self) -> int:
        """The cursor of the newest stored event; 0 where there is none."""
        ...

    async def namespaces(self) -> list[str]:
        """Every namespace that any stored alert has an end in."""
        ...

    async def check(self) -> None:
        """Raises `StoreError` where nothing can be written."""
        ...

    async def statistics(self) -> StoreStatistics:
        """Counters since opening, and what is held now."""
        ...

    async def close(self) -> None:
        """Writes what was accepted, then lets go of the database. May be called twice."""
        ...
