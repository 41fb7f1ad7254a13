"""A prefilter may only save work: with it off, every event is the same to the last byte."""

import subprocess
from pathlib import Path

import pytest
from tests.conformance.score import BESIDE
from tests.rules.conversation import capture
from tests.rules.starter_rules import RULES, cases

from podlynx import _engine

SETS = ("base", "near", "evade", "http", "wide", "probe")


def events(rules: Path, path: Path, *, prefilter: bool) -> list[bytes]:
    ruleset = _engine.compile_rules([(rules.name, rules.read_bytes())], prefilter=prefilter)
    replay, more, lines = _engine.Replay(ruleset, str(path)), True, []
    while more:
        some, more = replay.step()
        lines += some.splitlines()
    return lines


def difference(rules: Path, path: Path) -> tuple[int, list[bytes], list[bytes]]:
    """(events, only with the prefilter, only without)"""
    with_it, without = events(rules, path, prefilter=True), events(rules, path, prefilter=False)
    first = next((pair for pair in zip(with_it, without, strict=False) if pair[0] != pair[1]), None)
    if first is None and len(with_it) == len(without):
        return len(with_it), [], []
    return len(with_it), sorted(set(with_it) - set(without))[:3], sorted(set(without) - set(with_it))[:3]


@pytest.mark.parametrize("kind", ["fires", "near_miss"])
def test_on_the_starter_rules_cases(tmp_path, kind):
    found = 0
    for sid, case in cases().items():
        path = tmp_path / f"{sid}.pcap"
        path.write_bytes(capture(case[kind]))
        number, *differences = difference(RULES, path)
        assert differences == [[], []], sid
        found += number
    assert found >= (len(cases()) if kind == "fires" else 0)


@pytest.mark.parametrize("name", SETS)
def test_on_the_conformance_sets(tmp_path, name):
    packed = BESIDE / f"{name}.pcap.zst"
    if not packed.is_file():
        pytest.skip(f"the conformance sets are not beside this checkout ({BESIDE})")
    path = tmp_path / f"{name}.pcap"
    subprocess.run(["zstd", "-qd", str(packed), "-o", str(path)], check=True)
    own = BESIDE / f"{name}.rules"
    number, *differences = difference(own if own.is_file() else BESIDE / "rules" / "snort3-community.rules", path)
    assert number > 0
    assert differences == [[], []]
