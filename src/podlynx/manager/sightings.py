"""Events that may be seen at both ends of a flow, by where in the flow they are: which is known, and which lacks an end.

Work for one event does not grow with how many are alike: an attacker repeats a packet as often as they like.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final, Literal

import msgspec

from podlynx.models.event import EventDocument
from podlynx.models.identity import EventKey

MAX_OBSERVERS: Final = 16
"""Observers that a document names; two ends see it, a few more where routes change."""
MAX_COMPARED: Final = 32
"""Sets of ends that a further event is compared with, the newest first; two or three are what a flow has."""

Place = tuple[int, int, int, str, int | None, str, int | bytes]
"""Rule, client, direction, and sequence number or hash of the payload."""
End = tuple[str, str, str, str]
"""Node, namespace, pod and interface of an observer."""
State = Literal["waiting", "storing", "stored", "failed"]


class Sighting(msgspec.Struct, eq=False):
    """One event as it is known so far. Once it is stored, only what is needed to recognise it again is kept."""

    place: Place | None
    key: EventKey
    document: EventDocument | None
    state: State
    due: float
    ends: frozenset[End]
    known: set[EventKey]
    absorbed: list[EventKey] = []
    number: int = 0
    """Counts sightings, so that of several the oldest is found."""

    def stored(self) -> None:
        """Lets go of the document."""
        self.state, self.document, self.absorbed = "stored", None, []


class _Alike:
    """The sightings of one place: by the events that they stand for, and by the ends that saw them, each set the oldest first."""

    __slots__ = ("by_ends", "by_key")

    def __init__(self) -> None:
        self.by_key: dict[EventKey, Sighting] = {}
        self.by_ends: dict[frozenset[End], dict[int, Sighting]] = {}


class Sightings:
    """Every sighting that has a place. It holds what it is given: whoever adds removes."""

    def __init__(self) -> None:
        self._places: dict[Place, _Alike] = {}
        self._numbers = 0
        self.compared = 0
        """Sets of ends that were compared, ever: the work that was done."""
        self.not_compared_full = 0
        """Events that met more than `MAX_COMPARED` sets, and may so stay apart from their other side."""

    def __len__(self) -> int:
        return len(self._places)

    def known(self, place: Place, key: EventKey) -> Sighting | None:
        """The one that stands for this event already."""
        alike = self._places.get(place)
        return alike.by_key.get(key) if alike else None

    def lacking(self, place: Place, ends: frozenset[End]) -> Sighting | None:
        """The oldest that none of these ends saw yet: one end does not see one event twice, that would be another."""
        alike = self._places.get(place)
        return min(self._lacking(alike, ends), key=lambda each: each.number, default=None) if alike else None

    def add(self, sighting: Sighting) -> None:
        """Takes up a new one; without a place it is never looked for."""
        if sighting.place is None:
            return
        self._numbers += 1
        sighting.number = self._numbers
        alike = self._places.setdefault(sighting.place, _Alike())
        alike.by_key[sighting.key] = sighting
        _file(alike, sighting)

    def join(self, sighting: Sighting, key: EventKey, ends: frozenset[End]) -> None:
        """These ends saw it too, as the event `key` of theirs."""
        alike = self._places.get(sighting.place) if sighting.place else None
        if alike:
            _unfile(alike, sighting)
        sighting.ends |= ends
        sighting.known.add(key)
        if alike:
            alike.by_key[key] = sighting
            _file(alike, sighting)

    def remove(self, sighting: Sighting) -> None:
        """Forgets it; does nothing where it was not added."""
        alike = self._places.get(sighting.place) if sighting.place else None
        if sighting.place is None or alike is None:
            return
        _unfile(alike, sighting)
        for key in sighting.known:
            alike.by_key.pop(key, None)
        if not alike.by_key:
            del self._places[sighting.place]

    def _lacking(self, alike: _Alike, ends: frozenset[End]) -> Iterator[Sighting]:
        self.not_compared_full += len(alike.by_ends) > MAX_COMPARED
        for seen, sightings in islice(reversed(alike.by_ends.items()), MAX_COMPARED):
            self.compared += 1
            if seen.isdisjoint(ends):
                yield next(iter(sightings.values()))


def _file(alike: _Alike, sighting: Sighting) -> None:
    if len(sighting.ends) < MAX_OBSERVERS:  # no document would name a further one
        alike.by_ends.setdefault(sighting.ends, {})[sighting.number] = sighting


def _unfile(alike: _Alike, sighting: Sighting) -> None:
    same = alike.by_ends.get(sighting.ends)
    if same and same.pop(sighting.number, None) and not same:
        del alike.by_ends[sighting.ends]
