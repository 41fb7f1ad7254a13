"""`make conformance` where there are no sets, and what it runs where there are."""

import subprocess
import sys

from tests.conformance import score


def test_without_sets_it_says_so_and_succeeds(tmp_path):
    ended = subprocess.run(
        [sys.executable, score.__file__, "--folder", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0
    assert "no conformance sets" in ended.stdout


def test_a_folder_of_ones_own_is_scored_with_its_scorer(tmp_path):
    (tmp_path / "x.verdict.jsonl.zst").write_bytes(b"")
    (tmp_path / "score.py").write_text("import sys; print(sys.argv[1:]); sys.exit(7)\n")
    ended = subprocess.run(
        [sys.executable, score.__file__, "--folder", str(tmp_path), "--sets", "x", "--", "--show", "3"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 7
    for part in (
        "podlynx inspect {pcap} --rules {rules} --config ",
        "conformance.toml --format alert-json",
        "'--sets', 'x'",
        "'--show', '3'",
    ):
        assert part in ended.stdout
