"""What arrived since the last round, folded: alike alerts are one, and past a number only counted. Memory is bounded. Pure."""

from dataclasses import dataclass, field
from typing import Final

from podlynx.models.event import EventDocument
from podlynx.models.identity import group_key

MAX_GROUPS: Final = 1_000
"""Groups of alike alerts that a round tells apart."""


@dataclass
class Notice:
    """Alike alerts of one round: the first in full, how many, and the packet time of the last (nanoseconds)."""

    document: EventDocument
    count: int = 1
    last: int = 0


@dataclass
class Round:
    """In order of arrival."""

    notices: dict[str, Notice] = field(default_factory=dict)
    alerts: int = 0
    beyond: int = 0
    """Alerts of groups past `MAX_GROUPS`."""

    def add(self, document: EventDocument) -> None:
        """One more alert."""
        self.alerts += 1
        key = group_key(document.podlynx, document.source_namespace, document.dest_namespace)
        known = self.notices.get(key)
        if known is not None:
            known.count += 1
            known.last = max(known.last, document.podlynx.time)
        elif len(self.notices) < MAX_GROUPS:
            self.notices[key] = Notice(document, 1, document.podlynx.time)
        else:
            self.beyond += 1

    def split(self, most: int) -> tuple[list[Notice], "Rest | None"]:
        """The first `most` groups by themselves, and what is to be said of the rest; the last message may be that."""
        notices = list(self.notices.values())
        if len(notices) <= most and not self.beyond:
            return notices, None
        shown, others = notices[: most - 1], notices[most - 1 :]
        return shown, Rest(sum(each.count for each in others) + self.beyond, others)


@dataclass(frozen=True)
class Rest:
    """Alerts without a message of their own."""

    alerts: int
    notices: list[Notice]

    def names(self, most: int = 5) -> list[tuple[str, int]]:
        """The most frequent rules among them, by message."""
        counts: dict[str, int] = {}
        for each in self.notices:
            counts[each.document.name] = counts.get(each.document.name, 0) + each.count
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
