"""Who had what, from when to when: interfaces and addresses of this node's pods, so that a packet is told by its own time."""

from collections.abc import Iterator
from typing import Final, Generic, TypeVar

import msgspec

SECOND: Final = 1_000_000_000
KEPT_SECONDS: Final = 300
"""How long an ended tenure is remembered: far longer than an event is on its way."""
TENURE_CAP: Final = 50_000
"""Tenures in all; the ended ones go first, oldest first."""

K = TypeVar("K")


class Tenure(msgspec.Struct):
    """`uid` had it from `begin` to `end` (nanoseconds since the epoch; None: still has it)."""

    uid: str
    begin: int
    end: int | None = None

    def covers(self, time: int) -> bool:
        """Whether it held at that moment."""
        return self.begin <= time and (self.end is None or time < self.end)


class History(Generic[K]):
    """Tenures by key. At any moment a key has one owner at most."""

    def __init__(self) -> None:
        self.forgotten = 0
        """Tenures that went for the cap's sake."""
        self._tenures: dict[K, list[Tenure]] = {}
        self._count = 0

    def begin(self, key: K, uid: str, *, begin: int) -> None:
        """From then on it is this one's. Whoever has it still loses it then; what is this one's already stays so."""
        tenures = self._tenures.setdefault(key, [])
        if tenures and tenures[-1].end is None:
            if tenures[-1].uid == uid:
                return
            tenures[-1].end = max(begin, tenures[-1].begin)
        elif tenures:
            begin = max(begin, tenures[-1].end or 0)
        tenures.append(Tenure(uid, begin))
        self._count += 1
        if self._count > TENURE_CAP:
            self._forget_oldest()

    def end(self, key: K, *, end: int, uid: str = "") -> None:
        """Nobody has it from then on (or: `uid` no longer)."""
        tenures = self._tenures.get(key)
        if tenures and tenures[-1].end is None and uid in ("", tenures[-1].uid):
            tenures[-1].end = max(end, tenures[-1].begin)

    def owner(self, key: K, time: int) -> str | None:
        """The UID of who had it at that time."""
        for tenure in reversed(self._tenures.get(key, ())):
            if tenure.covers(time):
                return tenure.uid
        return None

    def current(self, key: K) -> str | None:
        """The UID of who has it now."""
        tenures = self._tenures.get(key)
        return tenures[-1].uid if tenures and tenures[-1].end is None else None

    def forget(self, before: int) -> None:
        """Drop tenures that ended before then."""
        for key in list(self._tenures):
            self._keep(key, [tenure for tenure in self._tenures[key] if tenure.end is None or tenure.end >= before])

    def _keep(self, key: K, tenures: list[Tenure]) -> None:
        self._count -= len(self._tenures[key]) - len(tenures)
        if tenures:
            self._tenures[key] = tenures
        else:
            del self._tenures[key]

    def _forget_oldest(self) -> None:
        """Drop the older half of what has ended."""
        ended = sorted(tenure.end for tenure in self._all() if tenure.end is not None)
        before = self._count
        if ended:
            self.forget(ended[len(ended) // 2] + 1)
        self.forgotten += before - self._count

    def _all(self) -> Iterator[Tenure]:
        return (tenure for tenures in self._tenures.values() for tenure in tenures)
