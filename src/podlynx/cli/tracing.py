"""`podlynx inspect --trace`: how chosen rules are tried, option by option, and why they are not."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from podlynx import _engine
from podlynx.cli.rule_ids import chosen_rules
from podlynx.cli.terminal import count
from podlynx.models.trial import Ended, TraceSums, Trial, Untried
from podlynx.redaction.buffers import redacted_buffers
from podlynx.rules.catalogue import Compiled, RuleEntry

SHOWN: Final = 40
"""Bytes shown of what an option found or looked at."""
_DECODE_TRIALS: Final = msgspec.json.Decoder(Trial).decode_lines
_DECODE_SUMS: Final = msgspec.json.Decoder(TraceSums)

OUTCOMES: Final = {
    "matched": "every option holds",
    "silent": "every option holds, and the rule raises no alert (flowbits:noalert)",
    "below_rate": "every option holds, and detection_filter stays silent below its rate",
    "dropped": "every option holds, and the packet had as many matches as are kept already",
    "failed": "an option does not hold",
    "over_budget": "given up: it took too many steps",
    "pattern_absent": "only a part of the fast pattern is there",
    "other_flags": "the packet's TCP flags are others",
    "other_header": "addresses or ports are not those of its header",
}


@dataclass
class _Sum:
    units: int = 0
    raised: int = 0
    ended: dict[tuple[str, int | None, str | None], tuple[int, str]] = field(default_factory=dict)
    untried: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)


class Traced:
    """The trace of one run over captures, printed as it comes; `finish` prints the sum."""

    def __init__(self, compiled: Compiled, ids: Sequence[str], *, limit: int, as_json: bool, redact: bool) -> None:
        """`limit`: trials told in full of each way in which trials of a rule end, in each capture. Raises CommandError."""
        self._rules: list[RuleEntry] = list({rule.id: rule for rule in chosen_rules(compiled, ids)}.values())
        self._limit, self._as_json, self._redact = limit, as_json, redact
        self._sums = {(rule.gid, rule.sid): _Sum() for rule in self._rules}
        self._dropped = 0

    @property
    def wish(self) -> tuple[list[tuple[int, int]], int]:
        """What the engine is told."""
        return list(self._sums), self._limit

    def take(self, replay: _engine.Replay, file: str | None) -> None:
        """Prints the trials since the last call."""
        for trial in _DECODE_TRIALS(replay.trials()):
            shown = self._without_secrets(trial) if self._redact else trial
            if self._as_json:
                print(msgspec.json.encode({"file": file, **msgspec.to_builtins(shown, builtin_types=(bytes,))}).decode())
            else:
                print(told(shown, file, hidden=self._redact), end="\n\n")

    def end(self, replay: _engine.Replay, file: str | None) -> None:
        """Adds a capture's sum."""
        sums = _DECODE_SUMS.decode(replay.looked_on())
        self._dropped += sums.dropped
        for each in sums.rules:
            own = self._sums[each.gid, each.sid]
            own.units += each.units
            own.raised += each.raised
            for ended in each.ended:
                _add(own.ended, (ended.outcome, ended.option, ended.text), ended, file)
            for untried in each.untried:
                _add(own.untried, (untried.reason, untried.text), untried, file)

    def finish(self) -> None:
        """Prints the sum of each rule."""
        for rule in self._rules:
            own = self._sums[rule.gid, rule.sid]
            print(msgspec.json.encode(self._summed(rule, own)).decode() if self._as_json else _sum_text(rule, own, self._limit))
        if self._dropped and not self._as_json:
            print(f"{count(self._dropped, 'trial')} not told: too many waited to be printed")
        sys.stdout.flush()

    def _summed(self, rule: RuleEntry, own: _Sum) -> dict[str, Any]:
        ended = [
            {"outcome": outcome, "option": option, "text": text, "count": number, "first": first}
            for (outcome, option, text), (number, first) in own.ended.items()
        ]
        untried = [
            {"reason": reason, "text": text, "count": number, "first": first}
            for (reason, text), (number, first) in own.untried.items()
        ]
        return {"sum": rule.id, "units": own.units, "raised": own.raised, "ended": ended, "untried": untried}

    def _without_secrets(self, trial: Trial) -> Trial:
        shown = redacted_buffers({name: excerpt.bytes for name, excerpt in trial.buffers.items()})
        buffers = {name: msgspec.structs.replace(excerpt, bytes=shown[name]) for name, excerpt in trial.buffers.items()}
        return msgspec.structs.replace(trial, buffers=buffers)


def _add(into: dict[Any, tuple[int, str]], key: Any, seen: Ended | Untried, file: str | None) -> None:
    number, first = into.get(key, (0, ""))
    where = f"{file}: packet {seen.first_packet}" if file else f"packet {seen.first_packet}"
    into[key] = (number + seen.count, first or where)


def _sum_text(rule: RuleEntry, own: _Sum, limit: int) -> str:
    tried = sum(number for number, _ in own.ended.values())
    lines = [
        f"{rule.id}  {rule.msg}",
        f"  {count(own.units, 'packet or PDU', 'packets and PDUs')}: tried on {tried:,}, {count(own.raised, 'alert')}",
    ]
    for (outcome, option, text), (number, first) in _most(own.ended):
        what = f"option {option} does not hold: {text}" if option else OUTCOMES.get(outcome, outcome)
        more = f"; {limit:,} a capture told (--trace-limit)" if number > limit else ""
        lines.append(f"  tried      {number:>9,}  {what}  (first in {first}{more})")
    for (_, text), (number, first) in _most(own.untried):
        lines.append(f"  not tried  {number:>9,}  {text}  (first in {first})")
    if not own.units:
        lines.append("  no packet came as far as the rules: see what was not inspected, below")
    return "\n".join(lines)


def _most(counted: dict[Any, tuple[int, str]]) -> list[tuple[Any, tuple[int, str]]]:
    return sorted(counted.items(), key=lambda item: -item[1][0])


def told(trial: Trial, file: str | None, *, hidden: bool) -> str:
    """A trial for the eye. `hidden`: copies of parts of buffers, which nobody redacts, are not shown."""
    where = f"{file}: packet {trial.packet}" if file else f"packet {trial.packet}"
    lines = [f"{trial.gid}:{trial.sid}:{trial.rev}  {trial.msg}", f"  {where}: {_unit(trial)}"]
    if pattern := trial.fast_pattern:
        at = "not there" if pattern.at is None else f"at {pattern.at}"
        lines.append(f'  fast pattern "{pattern.text}" in {pattern.buffer}: {at}')
        if pattern.option:
            lines.append(f"     {pattern.option}  (found by the search alone, not looked for again)")
    width = min(max((len(step.text) for step in trial.steps), default=0), 60)
    for step in trial.steps:
        sign = "holds" if step.holds else "FAILS"
        lines.append(f"  {step.option:>2} {step.text:<{width}}  {sign}  {_seen(trial, step, hidden=hidden)}".rstrip())
    if trial.more_steps:
        lines.append(f"     … and {count(trial.more_steps, 'further look')}: places are tried one after another")
    return "\n".join([*lines, f"  → {_end(trial)}"])


def _unit(trial: Trial) -> str:
    kind = {"stream_tcp": "reassembled PDU", "stream_ip": "reassembled datagram"}.get(trial.unit, "packet")
    ends = f"{_end_of(trial.src_ip, trial.src_port)} → {_end_of(trial.dst_ip, trial.dst_port)}"
    who = {"C2S": "from the client", "S2C": "from the server"}.get(trial.direction, "from a side not known")
    section = "" if trial.section == "all" else f", {trial.section}"
    return f"{kind} {who}, {ends}, {trial.protocol}, {trial.service or 'service not known'}{section}"


def _end_of(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}" if port else address


def _seen(trial: Trial, step: Any, *, hidden: bool) -> str:
    parts = [step.note] if step.note else []
    before, after = step.before, step.after
    if step.holds and step.found is not None:
        start, length = step.found
        parts.append(f"found at {start} of {after.buffer}: {_bytes(trial, after.buffer, start, length)}")
    elif step.holds and (after.buffer, after.size, after.base) != (before.buffer, before.size, before.base):
        parts.append(f"{after.buffer}, {count(after.size, 'byte')}: {_at(trial, after, hidden=hidden)}")
    elif not step.holds and not step.note:
        parts.append(f"{before.buffer}, byte {before.at} of {before.size:,}: {_at(trial, before, hidden=hidden)}")
    if step.holds and after.at != before.at and after.buffer == before.buffer:
        parts.append(f"goes on at {after.at}")
    if any(step.variables) and step.keyword in {"byte_extract", "byte_math"}:
        parts.append(f"variables {step.variables[0]}, {step.variables[1]}")
    return "; ".join(parts)


def _at(trial: Trial, place: Any, *, hidden: bool) -> str:
    if place.base is None:
        return "a copy, not shown" if hidden else "a copy"
    return _bytes(trial, place.buffer, place.base + place.at, place.size - place.at)


def _bytes(trial: Trial, buffer: str, start: int, length: int) -> str:
    excerpt = trial.buffers.get(buffer)
    if excerpt is None or not excerpt.offset <= start <= excerpt.offset + len(excerpt.bytes):
        return "…"
    data = excerpt.bytes[start - excerpt.offset :][: min(length, SHOWN)]
    return f'"{printable(data)}"' + (" …" if length > SHOWN else "")


def printable(data: bytes) -> str:
    """Text as it is; what is no printable ASCII by its two hex digits, as pcre writes it."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}" for byte in data)


def _end(trial: Trial) -> str:
    if trial.outcome == "failed":
        return f"no match: option {max((step.option for step in trial.steps), default=0)} was the furthest"
    if trial.outcome == "matched":
        return "alert" if trial.raised else "match, but no second alert: the rule raised one on these bytes in a raw packet"
    return OUTCOMES.get(trial.outcome, trial.outcome)
