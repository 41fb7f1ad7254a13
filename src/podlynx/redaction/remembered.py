"""Events that may still be followed by packets, so that those can be told whose they are and what of them is a secret.

The events are kept as they came, because a header may go on in what follows: for a while, within caps, and only in memory.
"""

from collections import OrderedDict
from typing import Final, Generic, TypeVar

from podlynx.models.engine_event import Aftermath, Capture, EngineEvent
from podlynx.redaction.event import redacted_after

EVENTS: Final = 2_048
BYTES: Final = 16 << 20
K = TypeVar("K")


class Remembered(Generic[K]):
    """One engine's events, by their number; `K` is whatever the caller knows each by."""

    def __init__(self) -> None:
        self.unclaimed = 0
        """Aftermaths whose event was not kept, or not kept long enough."""
        self._events: OrderedDict[int, tuple[EngineEvent, K]] = OrderedDict()
        self._bytes = 0

    def add(self, event: EngineEvent, known_by: K) -> None:
        """Keep it, for the oldest that there is no room beside."""
        if event.event_number == 0:
            return
        self._events[event.event_number] = (event, known_by)
        self._bytes += _size(event)
        while len(self._events) > EVENTS or self._bytes > BYTES:
            _, (oldest, _) = self._events.popitem(last=False)
            self._bytes -= _size(oldest)

    def take(self, aftermath: Aftermath, *, show_secrets: bool = False) -> tuple[K, Capture] | None:
        """Whose it is, and the packets without secrets (unless they are to be shown); None: nobody's that is known."""
        found = self._events.pop(aftermath.event_number, None)
        if found is None:
            self.unclaimed += 1
            return None
        event, known_by = found
        self._bytes -= _size(event)
        after = Capture(link_type=aftermath.link_type, after=aftermath.packets)
        return known_by, after if show_secrets else redacted_after(event, after)

    def clear(self) -> None:
        """The engine ended: its successor counts anew."""
        self._events.clear()
        self._bytes = 0


def _size(event: EngineEvent) -> int:
    around = sum(len(each.bytes) for each in event.capture.before) if event.capture else 0
    return len(event.packet) + len(event.payload) + sum(map(len, event.buffers.values())) + around + 1_024
