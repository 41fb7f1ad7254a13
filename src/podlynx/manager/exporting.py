"""How many exports may run at once: each holds a connection and makes the store read, for as long as its reader takes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Exports:
    """The exports of one manager. Everything happens in the manager's event loop."""

    def __init__(self, *, max_running: int, max_each: int) -> None:
        self._max = max_running
        self._max_each = max_each
        self._running: Counter[str] = Counter()
        self.started = 0
        self.refused = 0

    def full(self, owner: str) -> bool:
        """True, and counted, where no further one may run, or none of that owner."""
        if self._running.total() < self._max and self._running[owner] < self._max_each:
            return False
        self.refused += 1
        return True

    @contextmanager
    def running(self, owner: str) -> Iterator[None]:
        """One export, while it runs."""
        self.started += 1
        self._running[owner] += 1
        try:
            yield
        finally:
            self._running[owner] -= 1
            self._running += Counter()  # forgets who has none
