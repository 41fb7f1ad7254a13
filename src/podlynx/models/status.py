"""What the system says of itself: its monitors, its rules, its store and its live streams."""

import msgspec


class MonitorStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One selected endpoint, or interface, that is being watched. Counters run since the start."""

    name: str
    interfaces: list[str] = []
    packets: int = 0
    bytes: int = 0
    dropped: int = 0
    events: int = 0


class RulesStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The rule set in use, and where it came from."""

    loaded: int = 0
    refused: int = 0
    source: str = ""


class SensorStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What `Manager.status_source` answers."""

    monitors: list[MonitorStatus] = []
    rules: RulesStatus = RulesStatus()


class StoreStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Counters of the event store since it was opened, and what it holds now."""

    events: int = 0
    bytes: int = 0
    accepted: int = 0
    duplicates: int = 0
    trimmed_by_age: int = 0
    trimmed_by_size: int = 0
    refused_busy: int = 0
    timed_out: int = 0
    refused_documents: int = 0
    """Documents that a search engine would not have; they are in the dead-letter file."""
    retried: int = 0
    """Requests to a search engine, and documents of its bulks, that were sent again."""


class LiveStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Counters of the live stream since the start."""

    subscribers: int = 0
    published: int = 0
    refused_full: int = 0
    told_to_reload: int = 0


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `GET /api/v1/status`."""

    monitors: list[MonitorStatus]
    rules: RulesStatus
    version: str
    store: StoreStatistics
    live: LiveStatistics
    counters: dict[str, int]
    """Everything else that was counted since the start, limits that were hit among it, by name."""
