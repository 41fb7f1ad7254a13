"""What a sensor counts of itself: numbers under names of our own, none of a namespace, a pod or an address.

A part of its heartbeat, so that who asks the manager sees every node, and what the sensor itself answers on its node's loopback.
"""

from typing import Annotated

import msgspec

_Name = Annotated[str, msgspec.Meta(max_length=64)]
ByReason = Annotated[dict[_Name, int], msgspec.Meta(max_length=64)]
REASON_CAP = 64
"""Reasons that are told of one figure; the engine knows some thirty."""


class SensorFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Counters run since the sensor's start, over all its inspectors; gauges are as of now."""

    events: int = 0
    flows: int = 0
    open_flows: int = 0
    flow_memory_bytes: int = 0
    dropped: ByReason = {}
    """Packets that were lost before inspection."""
    inspected_packets: int = 0
    inspected_bytes: int = 0
    skipped_packets: int = 0
    """Packets that were not looked at by a rule of ours: nothing in them for rules, or another link shows them."""
    skipped_bytes: int = 0
    shed_packets: ByReason = {}
    """Packets for which there was no time."""
    shed_bytes: ByReason = {}
    pressure: int = 0
    """0 nothing is shed now, 1 bulk, 2 long flows too, 3 new flows too."""
    ring_bytes: int = 0
    memory_limit_bytes: int = 0
    cpu_limit: float = 0.0
    throttled: int = 0
    """Times that the CPU limit stopped the container."""
    not_inspected: ByReason = {}
    """Packets that gave rules nothing to look at."""
    caps: ByReason = {}
    """Times that a limit of the engine was hit."""
    events_lost: ByReason = {}
    """Events that went no further."""
    faults: int = 0
    spool_bytes: int = 0
    spool_limit_bytes: int = 0
    spool_oldest_seconds: float = 0.0
    """How long the oldest event has waited for the manager; 0: none waits."""
    spool_errors: int = 0
    events_shipped: int = 0
    deliveries_failed: int = 0
    heartbeats_failed: int = 0
    watches_interrupted: int = 0
    inspector_gap_seconds: float = 0.0
    rules_loaded_at: float = 0.0
    """Epoch seconds at which the rules in use were taken up; 0: none are."""


def capped(counts: dict[str, int]) -> dict[str, int]:
    """The first `REASON_CAP` that are not zero, by name."""
    return {name[:64]: counts[name] for name in sorted(counts)[:REASON_CAP] if counts[name]}
