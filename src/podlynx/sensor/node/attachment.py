"""What is known of one pod's place, and when to look for it again."""

import time
from typing import Final

import msgspec

from podlynx.sensor.node.objects import Pod
from podlynx.sensor.node.placement import Placement

EAGER: Final = (0.03, 3.0)
"""Seconds between two looks for one pod, and for how long: after the pod or any link changed, its place is near."""
PATIENT: Final = (0.2, 5.0)
"""Seconds between two looks after that: first, most."""
GRACE_SECONDS: Final = 3.0
"""Until then a pod without an interface is one that is still being made."""


class Attachment(msgspec.Struct):
    """What is known of one pod's place."""

    placement: Placement | None = None
    pod: Pod | None = None
    """As it was told last."""
    reason: str = ""
    """Why there is none."""
    waiting_since: float = 0.0
    eager_until: float = 0.0
    lost_addresses: tuple[str, ...] = ()
    tries: int = 0
    due: float = 0.0

    def hurry(self) -> None:
        """Something changed: look now, and often for a while."""
        now = time.monotonic()
        self.due, self.tries, self.eager_until = now, 0, now + EAGER[1]

    def wait(self) -> None:
        """It was not found: when to look again."""
        now = time.monotonic()
        if now < self.eager_until:
            self.due = now + EAGER[0]
            return
        self.due = now + min(PATIENT[0] * 2 ** min(self.tries, 10), PATIENT[1])
        self.tries += 1

    def lose(self, addresses: tuple[str, ...]) -> None:
        """It has no place any more: look for the next one, but not by the addresses it had, which others may have by now."""
        self.lost_addresses = addresses
        self.placement, self.waiting_since = None, time.monotonic()
        self.hurry()
