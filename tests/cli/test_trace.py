"""`podlynx inspect --trace`: a rule followed option by option, and why it was not tried."""

import json

import pytest
from tests.rules.conversation import capture


@pytest.fixture
def attack_file(tmp_path, attack):
    path = tmp_path / "a.pcap"
    path.write_bytes(attack)
    return path


def test_a_match_is_told_option_by_option(podlynx, attack_file, rules):
    ended = podlynx("inspect", attack_file, "--rules", rules, "--trace", "1:1")
    assert ended.code == 0
    told = ended.out.split("\n\n")[0]
    for part in ("1:1:2  TEST back door", "10.0.0.10:40000 → 10.0.0.20:8080", "http_uri, 13 bytes", "found at 0", "→ alert"):
        assert part in told, told
    assert "tried on 1, 1 alert" in ended.out
    assert "[1:1:2]" not in ended.out, "the trace stands in place of the alerts"


def test_why_a_rule_was_not_tried_is_said_with_the_first_packet(podlynx, attack_file, rules):
    said = podlynx("inspect", attack_file, "--rules", rules, "--trace", "2").out
    assert "tried on 0, 0 alerts" in said
    assert "its fast pattern is not in http_header  (first in packet" in said


def test_several_rules_over_several_captures_as_json(podlynx, tmp_path, rules, attack, benign):
    for name, data in (("a.pcap", attack), ("b.pcap", benign), ("c.pcap", attack)):
        (tmp_path / name).write_bytes(data)
    ended = podlynx("inspect", tmp_path, "--rules", rules, "--trace", "1:1", "--trace", "1:2", "--json", "--mode", "complete")
    lines = [json.loads(line) for line in ended.out.splitlines()]
    trials, sums = [line for line in lines if "steps" in line], [line for line in lines if "sum" in line]
    assert [trial["file"].rpartition("/")[2] for trial in trials] == ["a.pcap", "c.pcap"]
    assert all(trial["outcome"] == "matched" and trial["raised"] for trial in trials)
    assert [(each["sum"], each["raised"]) for each in sums] == [("1:1:2", 2), ("1:2:0", 0)]
    for each in sums:
        assert each["units"] == sum(reason["count"] for reason in [*each["ended"], *each["untried"]])


@pytest.mark.parametrize(("asked", "code", "said"), [("1:99", 1, "no rule 1:99"), ("x", 2, "is no rule id")])
def test_a_rule_that_is_none(podlynx, attack_file, rules, asked, code, said):
    ended = podlynx("inspect", attack_file, "--rules", rules, "--trace", asked)
    assert ended.code == code
    assert said in ended.err


def test_the_limit_counts_by_the_way_trials_end(podlynx, tmp_path):
    (tmp_path / "x.rules").write_text('alert ip any any -> any any ( msg:"all"; ttl:>1; sid:5; )')
    (tmp_path / "a.pcap").write_bytes(capture({"get": "/"}))
    said = podlynx("inspect", tmp_path / "a.pcap", "--rules", tmp_path / "x.rules", "--trace", "5", "--trace-limit", "1").out
    assert said.count("→ alert") == 1
    assert "1 a capture told (--trace-limit)" in said


def test_secrets_are_not_shown_unless_asked_for(podlynx, tmp_path):
    (tmp_path / "x.rules").write_text(
        'alert http ( msg:"auth"; http_header; content:"Authorization: "; content:"zz",within 9; sid:5; )'
    )
    secret = "Bearer c2VjcmV0LW9mLXNvbWVib2R5"
    (tmp_path / "a.pcap").write_bytes(capture({"tcp": [f"> GET / HTTP/1.1\r\nAuthorization: {secret}\r\n\r\n"]}))
    arguments = ("inspect", tmp_path / "a.pcap", "--rules", tmp_path / "x.rules", "--trace", "5")
    hidden, shown = podlynx(*arguments).out, podlynx(*arguments, "--show-secrets").out
    assert secret not in hidden
    assert secret in shown
    assert "option 3 was the furthest" in hidden or "option 2 was the furthest" in hidden
