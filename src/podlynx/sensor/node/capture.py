"""What the inspector's figures add up to: over all inspectors since the start, for each interface, and for the report."""

import math
import time
from collections import Counter
from typing import Final

import msgspec

from podlynx.models.engine_counters import Account, Amount, EngineCounters, decode_counters
from podlynx.models.sensor_figures import SensorFigures, capped
from podlynx.models.sensor_report import CaptureReport
from podlynx.sensor.confined.messages import Figures
from podlynx.sensor.node.one_way import Direction, InterfaceFigures, OneWay, Way, decode_interfaces

LATELY_SECONDS: Final = 60.0
"""How long it is told that not everything was seen."""
INTERFACE_CAP: Final = 4096
"""Interfaces whose figures are kept; the inspector watches 1,000 at once."""


class _Sums(msgspec.Struct):
    """Of inspectors that ended."""

    packets: int = 0
    bytes: int = 0
    dropped: int = 0
    inspected: Amount = Amount()
    account: Account = Account()
    lost: int = 0
    faults: int = 0
    flows: int = 0
    events: int = 0
    not_inspected: Counter[str] = msgspec.field(default_factory=Counter)
    caps: Counter[str] = msgspec.field(default_factory=Counter)


class _Seen(msgspec.Struct):
    """One interface. `before`: packets and bytes that ended inspectors saw."""

    figures: InterfaceFigures
    one_way: OneWay
    before: Way = Way()
    left_out: Account = Account()
    """What ended inspectors skipped and shed of it."""
    shed_at: float = -math.inf
    """Monotonic seconds at which something was shed last."""

    @property
    def account(self) -> Account:
        return _both(self.left_out, Account(skipped=self.figures.skipped, shed=self.figures.shed))

    @property
    def total(self) -> Way:
        now = self.figures
        packets = now.to_pod.packets + now.from_pod.packets
        return Way(self.before.packets + packets, self.before.bytes + now.to_pod.bytes + now.from_pod.bytes)


def _both(one: Account, other: Account) -> Account:
    shed = dict(one.shed)
    for reason, amount in other.shed.items():
        shed[reason] = shed.get(reason, Amount()) + amount
    return Account(one.seen + other.seen, one.skipped + other.skipped, shed)


class CaptureState:
    """Fed by the inspector's listener."""

    def __init__(self) -> None:
        self.alive = False
        self.reason = "the inspector has not started yet"
        self.captured = False
        """Whether any inspector ever captured."""
        self.gap_ms = 0
        """Milliseconds in which no inspector captured, between the first and now."""
        self._dead_since: float | None = None
        self._ended = _Sums()
        self._counters = EngineCounters()
        self._lost = 0
        self._seen: dict[int, _Seen] = {}
        self._dropped_at = -math.inf

    def capturing(self, *, alive: bool, reason: str = "") -> None:
        """An inspector captures, or no longer."""
        self.alive, self.reason = alive, reason
        if alive:
            if self._dead_since is not None:
                self.gap_ms += round((time.monotonic() - self._dead_since) * 1000)
            self._dead_since, self.captured = None, True
        elif self.captured and self._dead_since is None:
            self._dead_since = time.monotonic()
            self._add_up()

    def take(self, figures: Figures) -> bool:
        """New figures; answers whether an interface began or ceased to show one direction only. Raises `msgspec.DecodeError`."""
        interfaces = decode_interfaces(figures.interfaces)
        before = self._counters.ring.get("dropped", 0)
        self._counters, self._lost = decode_counters(figures.counters), figures.lost
        if self._counters.ring.get("dropped", 0) > before:
            self._dropped_at = time.monotonic()
        changed = False
        if len(self._seen) > INTERFACE_CAP:  # those of pods that are gone
            listed = {each.ifindex for each in interfaces}
            self._seen = {index: seen for index, seen in self._seen.items() if index in listed}
        for each in interfaces[:INTERFACE_CAP]:
            seen = self._seen.get(each.ifindex)
            if seen is None:
                self._seen[each.ifindex] = seen = _Seen(each, OneWay())
            if any(amount.packets > seen.figures.shed.get(reason, Amount()).packets for reason, amount in each.shed.items()):
                seen.shed_at = time.monotonic()
            seen.figures = each
            missing = seen.one_way.missing
            changed |= seen.one_way.look(each) != missing
        return changed

    def missing(self, ifindex: int) -> Direction:
        """Which direction the interface does not show."""
        seen = self._seen.get(ifindex)
        return seen.one_way.missing if seen else ""

    def seen(self, ifindex: int) -> Way:
        """Packets and bytes of the interface, both directions, since the start."""
        seen = self._seen.get(ifindex)
        return seen.total if seen else Way()

    def account(self, ifindex: int) -> Account:
        """What of the interface was skipped and shed, since the start."""
        seen = self._seen.get(ifindex)
        return seen.account if seen else Account()

    def incomplete(self, ifindex: int) -> str:
        """What of the interface was not inspected within `LATELY_SECONDS`; empty: everything was."""
        recent = time.monotonic() - LATELY_SECONDS
        if self._dropped_at > recent:
            return "not everything is seen: packets came faster to this node's sensor than it could take them in"
        seen = self._seen.get(ifindex)
        if seen is None or seen.shed_at < recent:
            return ""
        shed = seen.account.shed
        packets = ", ".join(f"{amount.packets} of {reason}" for reason, amount in sorted(shed.items()) if amount.packets)
        return f"not everything is seen: packets come faster than they can be inspected; shed so far: {packets}"

    def report(self, mode: str, restarts: int, provisional: int, counters: dict[str, int]) -> CaptureReport:
        """For the heartbeat; `counters`: what others counted."""
        now, ended = self._counters, self._ended
        own = {
            "events_lost_in_inspector": ended.lost + self._lost,
            "inspection_faults": ended.faults + now.faults,
            "inspector_gap_ms": self.gap_ms,
            **{f"cap_{name}": count for name, count in now.caps.items()},
        }
        return CaptureReport(
            alive=self.alive,
            mode="pod" if mode == "pod" else "host",
            error="" if self.alive else self.reason[:1000],
            restarts=restarts,
            packets=ended.packets + now.packets,
            bytes=ended.bytes + now.bytes,
            dropped=ended.dropped + now.ring.get("dropped", 0),
            provisional=provisional,
            counters={name: count for name, count in {**own, **counters}.items() if count},
        )

    def figures(self) -> SensorFigures:
        """What was counted, over all inspectors since the start."""
        now, ended = self._counters, self._ended
        gap = self.gap_ms / 1000
        if self._dead_since is not None:
            gap += time.monotonic() - self._dead_since
        return SensorFigures(
            events=ended.events + now.events,
            flows=ended.flows + now.flows,
            open_flows=now.open_flows,
            flow_memory_bytes=now.flow_memory,
            inspected_packets=(inspected := ended.inspected + now.inspected).packets,
            inspected_bytes=inspected.bytes,
            skipped_packets=(account := _both(ended.account, now.account)).skipped.packets,
            skipped_bytes=account.skipped.bytes,
            shed_packets={reason: amount.packets for reason, amount in account.shed.items()},
            shed_bytes={reason: amount.bytes for reason, amount in account.shed.items()},
            pressure=now.pressure,
            ring_bytes=now.ring.get("bytes", 0),
            dropped={"ring_full": ended.dropped + now.ring.get("dropped", 0)},
            not_inspected=capped(ended.not_inspected + Counter(now.not_inspected)),
            caps=capped(ended.caps + Counter(now.caps)),
            events_lost={"inspector_queue_full": ended.lost + self._lost},
            faults=ended.faults + now.faults,
            inspector_gap_seconds=round(gap, 3),
        )

    def _add_up(self) -> None:
        """The next inspector counts from nothing."""
        now, ended = self._counters, self._ended
        ended.packets += now.packets
        ended.bytes += now.bytes
        ended.dropped += now.ring.get("dropped", 0)
        ended.inspected, ended.account = ended.inspected + now.inspected, _both(ended.account, now.account)
        ended.lost += self._lost
        ended.faults += now.faults
        ended.flows += now.flows
        ended.events += now.events
        ended.not_inspected.update(now.not_inspected)
        ended.caps.update(now.caps)
        self._counters, self._lost = EngineCounters(), 0
        for seen in self._seen.values():
            seen.before, seen.left_out = seen.total, seen.account
            seen.figures = InterfaceFigures(seen.figures.ifindex)
