"""`podlynx rules diff`: what another rule set would change, in its rules and in its alerts on given traffic."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from cyclopts import Parameter

from podlynx.cli.captures import Capture
from podlynx.cli.exits import Exit
from podlynx.cli.options import flag, value
from podlynx.cli.replaying import captures_of, replayed
from podlynx.cli.rulesets import load_rules
from podlynx.cli.settings import ConfigOption, load_settings
from podlynx.cli.terminal import Progress, count, progress_bar
from podlynx.models.engine_event import EngineEvent
from podlynx.models.settings import Settings
from podlynx.rules.catalogue import Compiled, RuleEntry
from podlynx.rules.changes import RuleChanges, changes

SHOWN: Final = 20
"""Rules of each kind that are printed without --all."""


class Alerted(NamedTuple):
    """What makes two alerts of two rule sets the same; not the revision, which is what changed."""

    capture: str
    packet: int
    gid: int
    sid: int
    source: str
    destination: str


class Difference(msgspec.Struct, frozen=True):
    """Alerts of one rule that one set raises and the other does not; `first`: where the first of them is."""

    id: str
    msg: str
    count: int
    first: str


def diff_rules(
    old: Annotated[Path, Parameter(help="Rule file in use, or a folder of *.rules.")],
    new: Annotated[Path, Parameter(help="The one that would take its place.")],
    *,
    on: Annotated[
        tuple[Path, ...], value("A capture, or a folder of them, that both are tried on; may be repeated.", "--on")
    ] = (),
    mode: Annotated[Literal["exact", "complete"], Parameter(help="As of podlynx inspect.")] = "complete",
    config: ConfigOption = None,
    everything: Annotated[bool, value(f"Print everything, not only the first {SHOWN}.", "--all")] = False,
    json: Annotated[bool, flag("Print JSON.")] = False,
) -> int:
    """Compare two rule sets: rules added, removed and changed, and alerts that come or go. Exit code 1 where alerts differ."""
    found = captures_of(on) if on else []
    settings = load_settings(config, mode)
    before, after = load_rules([old], settings=settings), load_rules([new], settings=settings)
    changed = changes(before.rules, after.rules)
    with progress_bar("old rules") as progress:
        was = _alerts(before, found, settings, progress)
    with progress_bar("new rules") as progress:
        will = _alerts(after, found, settings, progress)
    coming, going = _differences(will - was, after), _differences(was - will, before)
    if json:
        print(_json(changed, coming, going, (was.total(), will.total())))
    else:
        limit = None if everything else SHOWN
        _print_rules(changed, before, limit)
        if found:
            print(f"alerts on {count(len(found), 'capture')}: {was.total():,} with the old rules, {will.total():,} with the new")
            _print_alerts("would alert that did not", coming, limit)
            _print_alerts("alerted and would not", going, limit)
    return Exit.PROBLEM if coming or going else Exit.OK


def _alerts(rules: Compiled, captures: Sequence[Capture], settings: Settings, progress: Progress) -> Counter[Alerted]:
    alerts: Counter[Alerted] = Counter()
    for capture in captures:
        for _, events in replayed(rules.ruleset, capture, progress, settings=settings.json()):
            alerts.update(_alerted(capture.label, event) for event in events)
    return alerts


def _alerted(capture: str, event: EngineEvent) -> Alerted:
    source, destination = _end(event.src_ip, event.src_port), _end(event.dst_ip, event.dst_port)
    return Alerted(capture, event.packet_number, event.gid, event.sid, source, destination)


def _end(address: str, port: int | None) -> str:
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _differences(alerts: Counter[Alerted], rules: Compiled) -> list[Difference]:
    known = {(rule.gid, rule.sid): rule for rule in rules.rules}
    totals: Counter[tuple[int, int]] = Counter()
    first: dict[tuple[int, int], Alerted] = {}
    for alert, number in sorted(alerts.items()):
        totals[alert.gid, alert.sid] += number
        first.setdefault((alert.gid, alert.sid), alert)
    return [_difference(known[key], number, first[key]) for key, number in totals.most_common()]


def _difference(rule: RuleEntry, number: int, first: Alerted) -> Difference:
    where = f"{first.capture}: packet {first.packet}, {first.source} → {first.destination}"
    return Difference(rule.id, rule.msg, number, where)


def _print_rules(changed: RuleChanges, before: Compiled, limit: int | None) -> None:
    old = {(rule.gid, rule.sid): rule for rule in before.rules}
    if not changed:
        print("rules: none added, removed or changed")
    for word, rules in (("added", changed.added), ("removed", changed.removed), ("changed", changed.changed)):
        if rules:
            print(f"{word}: {count(len(rules), 'rule')}")
        for rule in rules[:limit]:
            was = f" (was rev {old[rule.gid, rule.sid].rev})" if word == "changed" else ""
            print(f"  {rule.id:<14} {rule.msg}{was}")
        _print_hidden(len(rules), limit)


def _print_alerts(words: str, differences: Sequence[Difference], limit: int | None) -> None:
    print(f"{words}: {count(sum(each.count for each in differences), 'alert')}")
    for each in differences[:limit]:
        print(f"  {each.count:>6,}  {each.id:<14} {each.msg}\n           first in {each.first}")
    _print_hidden(len(differences), limit)


def _print_hidden(number: int, limit: int | None) -> None:
    if limit is not None and number > limit:
        print(f"  … and {number - limit:,} more; --all prints them")


def _json(changed: RuleChanges, coming: Sequence[Difference], going: Sequence[Difference], totals: tuple[int, int]) -> str:
    def short(rules: Sequence[RuleEntry]) -> list[dict[str, Any]]:
        return [{"id": rule.id, "msg": rule.msg} for rule in rules]

    said = {
        "rules": {"added": short(changed.added), "removed": short(changed.removed), "changed": short(changed.changed)},
        "alerts": {"old": totals[0], "new": totals[1], "coming": coming, "going": going},
    }
    return msgspec.json.encode(said).decode()
