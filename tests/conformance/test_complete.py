"""`complete` reports every rule that `exact` reports, conversation by conversation, on the shared sets."""

import json
import subprocess
from pathlib import Path

import pytest
from tests.conformance.score import BESIDE, CHECKOUT

from podlynx import _engine
from podlynx.models.settings import Settings
from podlynx.settings.reading import read_settings

SETS = ("base", "near", "evade", "http", "wide", "probe")

# Alerts that stand in `exact` because a piece of a body happens to begin where the expression's `^` needs it to: where Snort cuts
# a body depends on all flows before it, so that the same request alone would raise nothing. `complete` depends on the flow only.
BY_ACCIDENT = {"wide": {("10.0.16.176|192.168.7.7", 1, 30196)}}


def reported(ruleset: _engine.RuleSet, path: Path, mode: str) -> set[tuple[str, int, int]]:
    """(client's side of the conversation, gid, sid) of every alert; the client's address names the conversation."""
    recorded = read_settings(CHECKOUT / "conformance.toml")
    # The limits of the file are those of `exact`; checksums are of no account in either.
    settings = recorded if mode == "exact" else Settings(mode="complete", network=recorded.network)
    replay, more, found = _engine.Replay(ruleset, str(path), settings=settings.json()), True, set()
    while more:
        lines, more = replay.step()
        for event in map(json.loads, lines.splitlines()):
            ends = sorted((event["src_ip"], event["dst_ip"]))
            found.add(("|".join(ends), event["gid"], event["sid"]))
    return found


@pytest.mark.parametrize("name", SETS)
def test_complete_reports_what_exact_reports(tmp_path, name):
    packed = BESIDE / f"{name}.pcap.zst"
    if not packed.is_file():
        pytest.skip(f"the conformance sets are not beside this checkout ({BESIDE})")
    path = tmp_path / f"{name}.pcap"
    subprocess.run(["zstd", "-qd", str(packed), "-o", str(path)], check=True)
    own = BESIDE / f"{name}.rules"
    rules = own if own.is_file() else BESIDE / "rules" / "snort3-community.rules"
    ruleset = _engine.compile_rules([(rules.name, rules.read_bytes())])
    exact = reported(ruleset, path, "exact")
    assert exact
    assert exact - reported(ruleset, path, "complete") == BY_ACCIDENT.get(name, set())
