"""A bounded memory of answers that are only true for a while."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Expiring(Generic[K, V]):
    """At most `most` answers, each for the seconds that it was put with; the oldest goes first."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K) -> tuple[V] | None:
        """The answer in a tuple, since it may itself be None; None where there is none, or it is too old."""
        found = self._kept.get(key)
        if found is None:
            return None
        if found[0] <= self._clock():
            del self._kept[key]
            return None
        return (found[1],)

    def put(self, key: K, value: V, seconds: float) -> V:
        """Keeps the answer, and gives it back."""
        self._kept.pop(key, None)
        self._kept[key] = (self._clock() + seconds, value)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return value

    def __len__(self) -> int:
        return len(self._kept)
