"""Each starter rule raises its alert on its case, and on its near miss does not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .conversation import Case, capture
from .starter_rules import RULES, cases

engine = pytest.importorskip("podlynx._engine", reason="the engine is not built; run `make setup`", exc_type=ImportError)


@pytest.fixture(scope="module")
def starter():
    return engine.compile_rules([(RULES.name, RULES.read_bytes())])


@pytest.fixture
def raised(starter, tmp_path: Path) -> Callable[[Case], set[int]]:
    def inspect(case: Case) -> set[int]:
        path = tmp_path / "case.pcap"
        path.write_bytes(capture(case))
        replay, more, sids = engine.Replay(starter, str(path)), True, set()
        while more:
            events, more = replay.step()
            sids |= {json.loads(line)["sid"] for line in events.splitlines()}
        return sids

    return inspect


def test_all_load(starter):
    report = json.loads(starter.report())
    assert [it["rendered"] for it in report["diagnostics"]] == []
    assert report["loaded"] == len(cases())
    assert report["not_supported"] == {}


@pytest.mark.parametrize("sid", cases())
def test_fires(sid: int, raised):
    case = cases()[sid]
    assert raised(case["fires"]) == {sid, *case.get("also", [])}


@pytest.mark.parametrize("sid", cases())
def test_near_miss_stays_silent(sid: int, raised):
    assert sid not in raised(cases()[sid]["near_miss"])
