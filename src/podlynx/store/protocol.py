"""`EventStore`: the only door to stored events, whatever keeps them."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Final, Protocol

import msgspec

from podlynx.expressions.fields import Field
from podlynx.expressions.nodes import Query
from podlynx.models.alert import AlertDetail, AlertPage, AlertRow
from podlynx.models.counts import Counts
from podlynx.models.endpoint import Observer
from podlynx.models.engine_event import Capture
from podlynx.models.event import EventDocument
from podlynx.models.identity import EventKey
from podlynx.models.status import StoreStatistics

MAX_PAGE: Final = 500
"""Most alerts that one page may hold."""


MAX_TOP: Final = 500
"""Most values that one count may name."""
MAX_WANTED_INTERVALS: Final = 500
"""Most intervals that may be asked for where the store chooses their width."""
MAX_SWEEP: Final = 10_000
"""Most events that one sweep may dismiss."""
MAX_ARRIVALS: Final = 500
"""Most events that may be asked for after a cursor."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are meant: all that fulfil every condition.

    `dismissed` False means what is open, True what was dismissed, None both. `namespaces` None means everything; else only
    alerts that have an end in one of them, and to the query the name and namespace of an end in any other are empty, as are host
    and origin where that is of another, so that nobody can guess by searching what is not shown.

    `hidden`: an event that any of these chooses is as if it were not stored. It is in no list, total or statistic and brings no
    group into a list; a group's figures (count, first and last time, dismissed, the event that stands for it, and so its place in
    the list) are those of its other events, and without another event it is not there. Nothing is changed: without `hidden` all
    is as before. These are conditions over the fields of `expressions.event_fields` (`Equals`, `Within`, `Present`, joined by
    `And`, `Or`, `Not`; no `Words`), told by `Field.path`. As in any query letter case does not count. `namespaces` does not mask
    them: what is hidden is hidden from all alike.
    """

    query: Query | None = None
    severity_min: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    dismissed: bool | None = False
    namespaces: frozenset[str] | None = None
    hidden: tuple[Query, ...] = ()


class Search(Selection, frozen=True, kw_only=True):
    """What to list. A group is listed when any of its events matches the query; its figures are those of the whole group."""

    grouped: bool = True
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE)] = 50
    cursor: str | None = None


class Statistic(Selection, frozen=True, kw_only=True):
    """What to count: single events, just those that a `Search` with `grouped` False lists.

    `field`: also by its values, the `top` most frequent ones by themselves. What is counted is the value as it is shown: of an
    end, a node or a resource that `namespaces` hides there is none. Values that differ in letter case are different ones. A field
    of full text is counted by `Field.counted`; `time` cannot be (`NotCountable`).

    `interval`: also by packet time, in intervals of so many seconds that begin at multiples of it since the epoch. `intervals`:
    of a width that the store takes from `intervals.width_for`, so that at most so many hold all that matches. With both a field
    and intervals each value that is named is counted by interval too.
    """

    field: Field | None = None
    top: Annotated[int, msgspec.Meta(ge=1, le=MAX_TOP)] = 10
    interval: Annotated[int, msgspec.Meta(ge=1, le=366 * 86_400)] | None = None
    intervals: Annotated[int, msgspec.Meta(ge=1, le=MAX_WANTED_INTERVALS)] | None = None


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
    """What is told of a stored event later.

    `observers`: who else saw it; `absorbed`: as which events of their own, which are then taken for stored; `after`: packets
    that came after it, which become a part of `podlynx.capture`.
    """

    event: EventKey
    observers: Sequence[Observer] = ()
    absorbed: Sequence[EventKey] = ()
    after: Capture | None = None


class Changes(msgspec.Struct, frozen=True):
    """Groups that changed since a cursor, oldest change first; `complete` is false where there are more than asked for."""

    changes: list[Change]
    complete: bool


class Arrival(msgspec.Struct, frozen=True):
    """A stored event and its cursor."""

    cursor: int
    document: EventDocument


class Arrivals(msgspec.Struct, frozen=True):
    """Events stored after a cursor that match, in the order in which they were stored.

    Everything up to `cursor` was looked at: ask again after it. `complete` is false where there may be more already.
    """

    events: list[Arrival]
    cursor: int
    complete: bool


class Swept(msgspec.Struct, frozen=True):
    """What a sweep did: events that it dismissed; `complete` is false where more match than its limit."""

    dismissed: int
    complete: bool


class EventStore(Protocol):
    """Stores events, lists them as alerts, forgets the oldest. Methods raise `StoreError`; safe from many tasks at once."""

    async def ingest(self, documents: Sequence[EventDocument], *, told: bool = True) -> Ingested:
        """Stores documents that are not there yet, by id. Raises `StoreBusy` at once where too much is waiting.

        Where `told` is false nobody waits for the changes, and a store may answer none.
        """
        ...

    async def alerts(self, search: Search) -> AlertPage:
        """One page, newest first. Following cursors shows every alert of the first page's moment exactly once."""
        ...

    async def alert(self, identifier: str, hidden: tuple[Query, ...] = ()) -> AlertDetail | None:
        """The event of that id, hidden or not; or the latest event that is not hidden of the group of that id."""
        ...

    async def count(self, statistic: Statistic) -> Counts:
        """Counts what matches, all of it as it stood at one moment. Raises `TooManyIntervals`, `NotCountable`, `QueryTooSlow`."""
        ...

    def scan(self, selection: Selection) -> AsyncIterator[list[EventDocument]]:
        """Every single event that matches, whole, newest packet time first, a batch at a time.

        What was stored when the scan began comes exactly once, in an order that what arrives meanwhile does not change, unless it
        was forgotten before its turn; what arrives later does not come. Whether an event is dismissed is as of its batch, and
        `EventDocument.dismissed` says so. A batch is never empty, and memory does not grow with their number: nothing is read
        ahead of who iterates, and nothing is held open between two batches, however long that takes.
        """
        ...

    async def arrivals(self, selection: Selection, after: int, limit: int) -> Arrivals:
        """Up to `limit` (at most `MAX_ARRIVALS`) single events that were stored after the cursor `after`, and match.

        Cursors are those of `cursor()` and `changes_since`. Following them shows each event once, in the order of arrival.
        """
        ...

    async def dismiss_matching(self, selection: Selection, limit: int) -> Swept:
        """Dismisses single events that match, are open, and were there at its begin: newest first, `limit` (`MAX_SWEEP`) at most.

        `selection.dismissed` does not count. Where the last open event of a group goes, so does the group.
        """
        ...

    async def observe(self, observations: Sequence[Observation]) -> list[bool]:
        """Notes what is told of stored events later. False for each event that is not stored (any more)."""
        ...

    async def dismiss(self, identifier: str) -> bool:
        """Hides an event, or a group with all that it holds now; a later event brings the group back. False: no such id."""
        ...

    async def restore(self, identifier: str) -> bool:
        """Shows what was dismissed again. False: no such id."""
        ...

    async def changes_since(self, cursor: int, limit: int, hidden: tuple[Query, ...] = ()) -> Changes:
        """Up to `limit` groups that got events after `cursor`, each as it stands without what is hidden (`Search.hidden`)."""
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
