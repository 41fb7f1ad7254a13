"""`podlynx inspect --estimate`: how many processors and how much memory such traffic needs."""

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from podlynx import _engine
from podlynx.cli.captures import Capture
from podlynx.cli.terminal import Progress, amount, complain, count, progress_bar
from podlynx.models.engine_counters import decode_counters
from podlynx.models.settings import Settings
from podlynx.settings.effective import ModeName, mode_of

RING_FACTOR: Final = 1.5
"""Processor time of a packet from a ring over that of one from a file: the kernel copies and wakes. Not measured."""
RING: Final = 32 << 20
"""Bytes of a ring, as sensors open it."""
RECENT: Final = 32 << 20
"""Bytes of packets kept for alerts to carry, at most."""
MEMORY_FACTOR: Final = 1.25
"""What is asked for over what was measured, so that more flows than in the capture find room."""
FEW_SECONDS: Final = 20
"""A capture that spans fewer has no 95th percentile to speak of."""


class Second(NamedTuple):
    """One second of a capture: what it carried, what inspecting it took, and what flows held at its end."""

    bytes: int
    packets: int
    busy: float
    flows: int
    flow_memory: int


class Estimate(msgspec.Struct, frozen=True):
    """Processors (1.0: one, all the time), rates and bytes; `cpu`, `memory`: what to ask for, margins included."""

    mode: ModeName
    seconds: int
    bytes_per_second_p95: int
    bytes_per_processor_second: int
    cpu_mean: float
    cpu_p95: float
    cpu_max: float
    flows_max: int
    flow_memory_max: int
    program_memory: int
    cpu: float
    memory: int


def estimate_text(said: Estimate) -> str:
    """For the eye, with what it takes for granted."""
    flows = f"up to {count(said.flows_max, 'flow')} {amount(said.flow_memory_max)}"
    parts = f"program with rules {amount(said.program_memory)}, {flows}, ring {amount(RING)}, packets for alerts {amount(RECENT)}"
    lines = [
        f"CPU     {said.cpu:.1f}   memory  {amount(said.memory)}",
        f"  the capture spans {count(said.seconds, 'second')}, 95 of 100 carry at most {amount(said.bytes_per_second_p95)}",
        f"  inspected here at {amount(said.bytes_per_processor_second)} a second of processor time (from a file, one thread)",
        f"  processors at that pace: mean {said.cpu_mean:.3f}, 95 of 100 s {said.cpu_p95:.3f}, busiest {said.cpu_max:.3f}",
        f"  memory: {parts}",
        f"taken for granted: a packet from a ring costs {RING_FACTOR} times one from a file;",
        f"  {MEMORY_FACTOR - 1:.0%} of memory to spare; this machine and these rules; mode {said.mode}.",
        "  several captures are taken one after another, not at once",
    ]
    if said.seconds < FEW_SECONDS:
        lines.append(f"  fewer than {FEW_SECONDS} seconds: the busiest one decides, and a longer capture would tell more")
    return "\n".join(lines)


def estimate(ruleset: _engine.RuleSet, captures: Sequence[Capture], settings: Settings) -> Estimate:
    """Inspects captures twice, the second time with a clock: what is compiled at first use is no part of the pace.

    `settings` name a mode.
    """
    with progress_bar("warming up") as progress:
        for capture in captures:
            _seconds(ruleset, capture, settings, progress)
    program = _resident()
    with progress_bar("measuring") as progress:
        seconds = [second for capture in captures for second in _seconds(ruleset, capture, settings, progress)]
    return _estimated(seconds, program, mode_of(settings, "complete"))


def _seconds(ruleset: _engine.RuleSet, capture: Capture, settings: Settings, progress: Progress) -> list[Second]:
    """Every second from the first to the last; those without a packet are idle."""
    found: dict[int, Second] = {}
    more, bytes_before, packets_before, flows_before = True, 0, 0, 0
    try:
        replay = _engine.Replay(ruleset, capture.source, settings=settings.json(), around=True)
        while more:
            begin = time.thread_time()
            _, more, number = replay.step_second()
            busy = time.thread_time() - begin
            counters = decode_counters(replay.counters())
            known = found.get(number, Second(0, 0, 0.0, 0, 0))
            found[number] = Second(
                known.bytes + counters.bytes - bytes_before,
                known.packets + counters.packets - packets_before,
                known.busy + busy,
                max(counters.open_flows, counters.flows - flows_before),  # at the end of a capture all flows are ended
                counters.flow_memory,
            )
            bytes_before, packets_before, flows_before = counters.bytes, counters.packets, counters.flows
            progress(replay.position()[0], capture.size, capture.path.name)
    except _engine.CaptureError as error:
        complain(str(error), word="warning")
    used = [number for number, second in found.items() if second.packets]
    if not used:
        return []
    # A capture whose clock was set in between has gaps of years: no more idle seconds than a day has.
    idle = min(max(used) - min(used) + 1 - len(used), 86_400)
    return [found[number] for number in used] + [Second(0, 0, 0.0, 0, 0)] * idle


def _estimated(seconds: Sequence[Second], program: int, mode: ModeName) -> Estimate:
    busy = sorted(second.busy for second in seconds) or [0.0]
    carried = sorted(second.bytes for second in seconds) or [0]
    p95 = busy[-1] if len(busy) < FEW_SECONDS else busy[math.ceil(0.95 * len(busy)) - 1]
    flow_memory = max((second.flow_memory for second in seconds), default=0)
    return Estimate(
        mode=mode,
        seconds=len(seconds),
        bytes_per_second_p95=carried[math.ceil(0.95 * len(carried)) - 1],
        bytes_per_processor_second=int(sum(carried) / max(sum(busy), 1e-9)),
        cpu_mean=sum(busy) / len(busy),
        cpu_p95=p95,
        cpu_max=busy[-1],
        flows_max=max((second.flows for second in seconds), default=0),
        flow_memory_max=flow_memory,
        program_memory=program,
        cpu=max(math.ceil(p95 * RING_FACTOR * 10) / 10, 0.1),
        memory=int((program + flow_memory + RING + RECENT) * MEMORY_FACTOR),
    )


def _resident() -> int:
    """Bytes of memory that this process holds (proc(5), VmRSS)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    return 0
