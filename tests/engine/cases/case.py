"""What a case is, and how it is told whether the engine does as it says."""

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from podlynx import _engine

from .wire import Frames, pcap

# Who made what was inspected, as one letter behind the packet's number; none: the packet itself.
MADE_BY = {"raw": "", "stream_tcp": "p", "stream_ip": "f", "stream_user": "u"}


WHOLE = re.compile("(alert|drop|block|reject|log|pass) ")


@dataclass(frozen=True)
class Case:
    """A behaviour, the packets that show it, and rules with what they must find there.

    `rows`: a rule's options (its header then is `header`), or a whole rule; to the packets on which it alerts, in order: `4` raw,
    `5p` a PDU that packet 5 released, `6f` a datagram that packet 6 completed. Behind a `/` stands what mode `complete` finds
    where that is not the same. Rules are held against the packets one by one, unless they are `together` and see each other.
    """

    name: str
    frames: Frames
    rows: Mapping[str, str]
    header: str = "tcp any any -> any 7777"
    together: bool = False
    checksums: str = "none"
    link: int = 1

    def rules(self) -> list[str]:
        """Whole rules, sid 1 and on."""
        whole = [row if WHOLE.match(row) else f"alert {self.header} ({row})" for row in self.rows]
        return [f"{rule[:-1]} sid:{number};)" for number, rule in enumerate(whole, 1)]

    def expected(self, mode: str) -> dict[str, str]:
        """What each row finds in `mode`."""
        return {row: found.split("/")[-1 if mode == "complete" else 0].strip() for row, found in self.rows.items()}

    def found(self, mode: str, *, prefilter: bool = True) -> dict[str, str]:
        """What the engine finds for each row."""
        with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
            Path(file.name).write_bytes(pcap(self.frames, self.link))
            rules = self.rules()
            groups = [rules] if self.together else [[rule] for rule in rules]
            events = [event for group in groups for event in self.inspect(file.name, group, mode, prefilter)]
        found: dict[str, list[str]] = {row: [] for row in self.rows}
        rows = list(self.rows)
        for event in events:
            made_by = MADE_BY.get(event["generator"], "d")
            found[rows[event["sid"] - 1]].append(f"{event['packet_number']}{made_by}")
        return {row: " ".join(packets) for row, packets in found.items()}

    def inspect(self, path: str, rules: list[str], mode: str, prefilter: bool) -> list[dict]:
        """Events of these rules, in order."""
        compiled = compile_rules("\n".join(rules), prefilter)
        replay, more, lines = _engine.Replay(compiled, path, settings=settings(mode, self.checksums)), True, b""
        while more:
            some, more = replay.step()
            lines += some
        assert json.loads(replay.counters())["faults"] == 0
        return [json.loads(line) for line in lines.splitlines()]


def settings(mode: str, checksums: str) -> bytes:
    """What holds for cases: in `exact` no queue of Snort's cuts anything off, as in the conformance sets."""
    queues = {"search_engine": {"max_queue_events": 100}, "event_queue": {"max_queue": 64, "log": 64}, "daq": {"snaplen": 65535}}
    own = queues if mode == "exact" else {}
    return json.dumps({"mode": mode, "network": {"checksum_eval": checksums}, **own}).encode()


@cache
def compile_rules(text: str, prefilter: bool) -> _engine.RuleSet:
    """Rules of which none may be refused; kept, as both modes ask for them."""
    compiled = _engine.compile_rules([("case.rules", text.encode("latin-1"))], prefilter=prefilter)
    report = json.loads(compiled.report())
    assert not report["refused"], report["diagnostics"][0]["rendered"]
    return compiled
