"""Counts failed log-ins by address, in bounded memory."""

from collections import OrderedDict
from collections.abc import Callable


class FailureLimiter:
    """Lets an address fail `failures` times within `window` seconds, then makes it wait until the window is over.

    At most `addresses` are remembered; the one that failed longest ago is forgotten first.
    """

    def __init__(self, failures: int, window: float, addresses: int, clock: Callable[[], float]) -> None:
        self._failures = failures
        self._window = window
        self._addresses = addresses
        self._clock = clock
        self._failed: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self.refused = 0

    def wait(self, address: str) -> float:
        """Seconds that the address still has to wait; 0 where it may try."""
        began, count = self._failed.get(address, (0.0, 0))
        left = began + self._window - self._clock()
        if count < self._failures or left <= 0:
            return 0.0
        self.refused += 1
        return left

    def failed(self, address: str) -> None:
        """Notes one failure."""
        now = self._clock()
        began, count = self._failed.pop(address, (now, 0))
        self._failed[address] = (now, 1) if now - began >= self._window else (began, count + 1)
        if len(self._failed) > self._addresses:
            self._failed.popitem(last=False)
