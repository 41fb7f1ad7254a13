"""What rules cost, as a table for the eye, and why they do."""

from collections.abc import Iterable
from typing import Final

import msgspec

from podlynx.cli.terminal import count
from podlynx.models.costs import Cost, Costs, FailedAt

SHOWN: Final = 20
"""Rules that are printed without --all."""
SHORT: Final = 4
"""Bytes of a fast pattern below which it stands in all kinds of traffic."""
MANY_STEPS: Final = 20
"""Looks at options in one evaluation, on average, that say that places are tried one after another."""


def decode_costs(text: bytes) -> Costs:
    """Of `_engine.Replay.looked_on` or `Live.looked_on`; nothing was measured: no costs."""
    return msgspec.json.decode(text, type=Costs | None) or Costs(0, 0, [])


def summed(all_costs: Iterable[Costs]) -> Costs:
    """The sum over captures, the most expensive rule first."""
    units = search = 0
    rules: dict[tuple[int, int], Cost] = {}
    for costs in all_costs:
        units += costs.units
        search += costs.search_nanoseconds
        for cost in costs.rules:
            known = rules.get((cost.gid, cost.sid))
            rules[cost.gid, cost.sid] = _both(known, cost) if known else cost
    return Costs(units, search, sorted(rules.values(), key=lambda cost: -cost.nanoseconds))


def _both(one: Cost, other: Cost) -> Cost:
    failed = {each.option: each for each in one.failed_at}
    for each in other.failed_at:
        before = failed[each.option].count if each.option in failed else 0
        failed[each.option] = FailedAt(each.option, each.text, before + each.count)
    added = ("candidates", "evaluations", "matches", "over_budget", "steps", "nanoseconds")
    return msgspec.structs.replace(
        other,
        failed_at=list(failed.values()),
        longest=max(one.longest, other.longest),
        **{name: getattr(one, name) + getattr(other, name) for name in added},
    )


def costs_text(costs: Costs, *, everything: bool = False) -> str:
    """The table: time of a rule, its share of the time of all rules, how often it was tried, looked at and matched, and why."""
    total = sum(cost.nanoseconds for cost in costs.rules)
    shown = costs.rules if everything else costs.rules[:SHOWN]
    times = f"search for all fast patterns {_time(costs.search_nanoseconds)}, evaluation {_time(total)}"
    lines = [f"{count(costs.units, 'packet or PDU', 'packets and PDUs')}, {count(len(costs.rules), 'rule')} tried; {times}"]
    if shown:
        lines.append(
            f"{'rule':<16} {'time':>9} {'share':>6} {'each':>9} {'longest':>9} {'tried':>10} {'looked at':>10} {'matched':>9}"
        )
    for cost in shown:
        share, each = cost.nanoseconds / max(total, 1), cost.nanoseconds / max(cost.candidates, 1)
        lines.append(
            f"{cost.id:<16} {_time(cost.nanoseconds):>9} {share:>6.1%} {_time(each):>9} {_time(cost.longest):>9} "
            f"{cost.candidates:>10,} {cost.evaluations:>10,} {cost.matches:>9,}"
        )
        lines += [f"    {cost.msg or ''}", f"    {'; '.join(reasons(cost, costs.units))}"]
    if hidden := len(costs.rules) - len(shown):
        lines.append(f"… and {count(hidden, 'more rule')}; --all prints them")
    return "\n".join(lines)


def reasons(cost: Cost, units: int) -> list[str]:
    """Why a rule costs what it does, the most telling first."""
    said = [_how_tried(cost, units)]
    if cost.over_budget:
        said.append(f"given up {count(cost.over_budget, 'time')} after too many steps")
    if cost.evaluations and cost.steps / cost.evaluations > MANY_STEPS:
        said.append(f"{cost.steps / cost.evaluations:,.0f} looks at options each: places are tried one after another")
    if cost.evaluations < cost.candidates:
        said.append(f"{cost.candidates - cost.evaluations:,} times its header or flags did not fit")
    if cost.failed_at:
        worst = max(cost.failed_at, key=lambda each: each.count)
        said.append(f"ends {worst.count:,} times at option {worst.option}: {worst.text}")
    return said


def _how_tried(cost: Cost, units: int) -> str:
    pattern = cost.fast_pattern
    share = f"{cost.candidates / max(units, 1):.1%} of all packets and PDUs"
    if pattern is None:
        return f"no fast pattern, so it is tried wherever its header may fit: {share}"
    short = f", which has only {count(pattern.length, 'byte')}" if 0 < pattern.length < SHORT else ""
    return f'its fast pattern "{pattern.text}"{short} is in the {pattern.buffer} of {share}'


def _time(nanoseconds: float) -> str:
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.1f} {unit}"
    return f"{nanoseconds:.0f} ns"


def costs_json(costs: Costs) -> str:
    """One JSON object; times in nanoseconds, and `why` of each rule."""
    rules = [{**msgspec.to_builtins(cost), "why": reasons(cost, costs.units)} for cost in costs.rules]
    return msgspec.json.encode({"units": costs.units, "search_nanoseconds": costs.search_nanoseconds, "rules": rules}).decode()
