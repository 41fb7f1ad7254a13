"""What was inspected and what was not: the engine's counters, added up over captures, and said to a person."""

from collections import Counter

import msgspec

from podlynx.cli.terminal import amount, count
from podlynx.models.engine_counters import EngineCounters


class Summary:
    """The sum over all captures of one run."""

    def __init__(self) -> None:
        self.captures = self.damaged = 0
        self.packets = self.bytes = self.flows = self.alerts = 0
        self.not_inspected: Counter[str] = Counter()
        self.caps: Counter[str] = Counter()
        self.faults = 0
        self.seconds = 0.0
        self.rules = 0

    def add(self, counters: EngineCounters) -> None:
        """Adds one engine's figures."""
        self.captures += 1
        self.packets += counters.packets
        self.bytes += counters.bytes
        self.flows += counters.flows
        self.not_inspected.update(counters.not_inspected)
        self.caps.update(counters.caps)
        self.faults += counters.faults

    def json(self) -> str:
        """One JSON object; counts, bytes and seconds."""
        return msgspec.json.encode(
            {
                "captures": self.captures,
                "damaged": self.damaged,
                "packets": self.packets,
                "bytes": self.bytes,
                "flows": self.flows,
                "alerts": self.alerts,
                "rules": self.rules,
                "seconds": round(self.seconds, 3),
                "not_inspected": _nonzero(self.not_inspected),
                "caps": _nonzero(self.caps),
                "faults": self.faults,
            }
        ).decode()

    def text(self) -> str:
        """Two lines or more for a person."""
        captures = f" in {count(self.captures, 'capture')}" if self.captures > 1 else ""
        lines = [
            (
                f"{count(self.packets, 'packet')}, {amount(self.bytes)}, {count(self.flows, 'flow')}{captures}: "
                f"{count(self.alerts, 'alert')} ({count(self.rules, 'rule')}, {self.seconds:.2f} s)"
            )
        ]
        if self.damaged:
            lines.append(f"could not be read to the end: {count(self.damaged, 'capture')}")
        lines += [f"not inspected: {text}" for text in _counts(self.not_inspected, "packet")]
        if self.faults:
            lines.append(f"given up after a fault of the engine: {count(self.faults, 'flow')}; please report it with the capture")
        lines += [f"limit reached: {text}" for text in _counts(self.caps, "time")]
        return "\n".join(lines)


def _nonzero(counts: Counter[str]) -> dict[str, int]:
    return {name: number for name, number in counts.most_common() if number}


def _counts(counts: Counter[str], unit: str) -> list[str]:
    return [f"{name.replace('_', ' ')}, {count(number, unit)}" for name, number in _nonzero(counts).items()]
