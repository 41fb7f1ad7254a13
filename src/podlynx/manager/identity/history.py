"""Whose an address was, from when to when. An address that is used again is never taken for its former owner's.

A holder's time begins at the earliest moment that the address can have been its own and ends at the latest. Where the times of
two overlap there is no telling, and the answer is nobody: an alert without a name is better than one with a wrong name.
"""

from collections import deque
from typing import Final

import msgspec

from podlynx.manager.identity.facts import Facts

SECOND: Final = 1_000_000_000
MAX_PER_ADDRESS: Final = 16
MAX_TENURES: Final = 200_000
KEPT: Final = 3_600 * SECOND
"""How long after its end a tenure is kept: events that waited on a node's disk come late."""
SKEW: Final = SECOND
"""Clocks of nodes differ from ours by less than this."""


class Tenure(msgspec.Struct, eq=False):
    """One holder of one address. Nanoseconds since the epoch; `end` None: until now."""

    address: str
    facts: Facts
    begin: int
    end: int | None = None

    def covers(self, time: int) -> bool:
        """Whether the address may have been the holder's then."""
        return self.begin <= time and (self.end is None or time <= self.end)


class History:
    """Bounded by address, in total, and by age. Counts what it had to leave out."""

    def __init__(self, *, per_address: int = MAX_PER_ADDRESS, total: int = MAX_TENURES, kept: int = KEPT) -> None:
        self._per_address = per_address
        self._total = total
        self._kept = kept
        self._tenures: dict[str, list[Tenure]] = {}
        self._ended: deque[Tenure] = deque()
        self.size = 0
        self.forgotten_full = 0
        self.refused_full = 0

    def begin(self, address: str, facts: Facts, since: int) -> None:
        """The address is this holder's from then on; facts of the same holder are renewed."""
        tenures = self._tenures.get(address, [])
        current = next((each for each in tenures if each.end is None and each.facts.key == facts.key), None)
        if current is not None:
            current.facts = facts
            return
        self._make_room(tenures)
        if self.size >= self._total:
            self.refused_full += 1
            return
        self._tenures.setdefault(address, []).append(Tenure(address, facts, since))
        self.size += 1

    def end(self, address: str, key: str, now: int) -> None:
        """The holder has the address no longer."""
        for tenure in self._tenures.get(address, ()):
            if tenure.end is None and tenure.facts.key == key:
                tenure.end = now + SKEW
                self._note_end(tenure)

    def at(self, address: str, time: int) -> Facts | None:
        """Whose it was then; None where it was nobody's, or may have been that of more than one."""
        found = [each for each in self._tenures.get(address, ()) if each.covers(time)]
        return found[-1].facts if len({each.facts.key for each in found}) == 1 else None

    def of(self, address: str, key: str) -> Facts | None:
        """What is known of a holder of that address, whoever else may have had it."""
        found = [each for each in self._tenures.get(address, ()) if each.facts.key == key]
        return found[-1].facts if found else None

    def sweep(self, now: int) -> None:
        """Forgets what ended long ago."""
        while self._ended and (self._ended[0].end or 0) + self._kept < now:
            self._remove(self._ended.popleft())

    def _make_room(self, tenures: list[Tenure]) -> None:
        if len(tenures) >= self._per_address:
            oldest = next((each for each in tenures if each.end is not None), tenures[0])
            self.forgotten_full += 1
            self._remove(oldest)
        while self.size >= self._total and self._ended:
            self.forgotten_full += 1
            self._remove(self._ended.popleft())

    def _remove(self, tenure: Tenure) -> None:
        tenures = self._tenures.get(tenure.address, [])
        if tenure not in tenures:
            return
        tenures.remove(tenure)
        self.size -= 1
        if not tenures:
            del self._tenures[tenure.address]

    def _note_end(self, tenure: Tenure) -> None:
        self._ended.append(tenure)
        if len(self._ended) > 2 * self._total:  # more than half were forgotten by their address already
            self._ended = deque(each for each in self._ended if each in self._tenures.get(each.address, ()))
