"""How many deliveries of sensors may be under way at once, and of how many bytes; more are refused before they are read."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from podlynx.manager.errors import ApiError, ErrorDetail

RETRY_SECONDS: Final = 1
"""What a sensor is told to wait; its spool holds the events meanwhile."""


class Delivery:
    """One that was let in."""

    def __init__(self, admission: "Admission", node: str, size: int) -> None:
        self._admission = admission
        self.node = node
        self.size = size

    def weighs(self, size: int) -> None:
        """It is of so many bytes instead. Raises ApiError 503 where there is no room for them."""
        self._admission.make_room(size, self.size)
        self.size = size


class Admission:
    """Everything happens in the manager's event loop. A single delivery may be of more bytes when nothing else is under way.

    `most_each` of one node at once: a sensor sends one after the other. Where sensors share a token nodes are not told apart.
    """

    def __init__(self, *, most: int, most_each: int, most_bytes: int) -> None:
        self._most = most
        self._most_each = most_each
        self._most_bytes = most_bytes
        self._of_node: Counter[str] = Counter()
        self.deliveries = 0
        self.bytes = 0
        self.refused_many = 0
        """Deliveries that were refused because as many as may be were under way, of the node or of all."""
        self.refused_bytes = 0
        """Deliveries that were refused because of their bytes."""

    @contextmanager
    def delivery(self, node: str, size: int) -> Iterator[Delivery]:
        """Lets one in that announces so many bytes, until the end of the block. Raises ApiError 503."""
        if self.deliveries >= self._most or (node and self._of_node[node] >= self._most_each):
            self.refused_many += 1
            raise _refused(f"{self.deliveries} deliveries are under way, {self._of_node[node]} of this node.")
        self.make_room(size, 0)
        delivery = Delivery(self, node, size)
        self.deliveries += 1
        self._of_node[node] += 1
        try:
            yield delivery
        finally:
            self._leave(delivery)

    def make_room(self, size: int, before: int) -> None:
        """Counts so many bytes in place of those. Raises ApiError 503 where others leave no room for them."""
        others = self.bytes - before
        if others and others + size > self._most_bytes:
            self.refused_bytes += 1
            raise _refused(f"Deliveries of {others >> 20} MiB are under way; {size >> 10} KiB more are too many.")
        self.bytes = others + size

    def _leave(self, delivery: Delivery) -> None:
        self.deliveries -= 1
        self.bytes -= delivery.size
        self._of_node[delivery.node] -= 1
        if not self._of_node[delivery.node]:
            del self._of_node[delivery.node]


def _refused(message: str) -> ApiError:
    hint = "Keep the events and send them again after the time of Retry-After."
    return ApiError(503, ErrorDetail("too_many_deliveries", message, hint), {"Retry-After": str(RETRY_SECONDS)})
