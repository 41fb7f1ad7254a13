"""On public captures no alert is raised that Snort did not raise: what is more is named, and bounded."""

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conformance.score import BESIDE, CHECKOUT

from podlynx import _engine
from podlynx.settings.reading import read_settings

BOUNDS = {"real": 1, "field": 2}
"""Alerts (rule and both ends) of all captures of the set that Snort did not raise."""


def unpacked(name: str) -> bytes:
    return subprocess.run(["zstd", "-qdc", str(BESIDE / name)], check=True, capture_output=True).stdout


def alerts(ruleset: _engine.RuleSet, path: Path) -> Iterator[tuple[str, str, str]]:
    try:
        replay = _engine.Replay(ruleset, str(path), settings=read_settings(CHECKOUT / "conformance.toml").json())
        more = True
        while more:
            lines, more = replay.step()
            for event in map(json.loads, lines.splitlines()):
                rule = f"{event['gid']}:{event['sid']}:{event['rev']}"
                yield rule, f"{event['src_ip']}:{event['src_port'] or 0}", f"{event['dst_ip']}:{event['dst_port'] or 0}"
    except _engine.CaptureError:
        return  # damaged, as some of them are meant to be: what came before was inspected


@pytest.mark.parametrize("name", BOUNDS)
def test_no_alert_that_snort_did_not_raise(tmp_path, name):
    if not (BESIDE / f"{name}.tar.zst").is_file():
        pytest.skip(f"the conformance sets are not beside this checkout ({BESIDE})")
    with tarfile.open(fileobj=io.BytesIO(unpacked(f"{name}.tar.zst"))) as archive:
        archive.extractall(tmp_path, filter="data")
    rules = BESIDE / "rules" / "snort3-community.rules"
    ruleset = _engine.compile_rules([(rules.name, rules.read_bytes())])
    beyond = []
    for verdict in map(json.loads, unpacked(f"{name}.verdict.jsonl.zst").splitlines()):
        raised = {(each["rule"], each["src"], each["dst"]) for each in verdict["alerts"]}
        beyond += sorted((verdict["file"], *alert) for alert in set(alerts(ruleset, tmp_path / name / verdict["file"])) - raised)
    assert len(beyond) <= BOUNDS[name], beyond
