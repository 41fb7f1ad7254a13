"""`podlynx rules diff`: what another rule set changes."""

import json

import pytest

OLD = """\
alert http ( msg:"back door"; http_uri; content:"/backdoor"; sid:1; rev:1; )
alert http ( msg:"gone"; http_uri; content:"x=1"; sid:2; )
"""
NEW = """\
alert http ( msg:"back door"; http_uri; content:"/backdoor",fast_pattern; content:"x="; sid:1; rev:2; )
alert http ( msg:"fresh"; http_method; content:"GET"; sid:3; )
"""


@pytest.fixture
def sets(tmp_path, attack):
    (tmp_path / "old.rules").write_text(OLD)
    (tmp_path / "new.rules").write_text(NEW)
    (tmp_path / "a.pcap").write_bytes(attack)
    return tmp_path / "old.rules", tmp_path / "new.rules", tmp_path / "a.pcap"


def test_alerts_that_come_and_go_are_named(podlynx, sets):
    old, new, capture = sets
    ended = podlynx("rules", "diff", old, new, "--on", capture)
    assert ended.code == 1
    for part in ("added: 1 rule\n  1:3:0", "removed: 1 rule\n  1:2:0", "1:1:2          back door (was rev 1)"):
        assert part in ended.out
    assert "would alert that did not: 1 alert" in ended.out
    assert "alerted and would not: 1 alert" in ended.out
    assert "a.pcap: packet 5, 10.0.0.10:40000 → 10.0.0.20:8080" in ended.out


def test_json(podlynx, sets):
    old, new, capture = sets
    said = json.loads(podlynx("rules", "diff", old, new, "--on", capture, "--json").out)
    assert [rule["id"] for rule in said["rules"]["changed"]] == ["1:1:2"]
    assert [each["id"] for each in said["alerts"]["coming"]] == ["1:3:0"]
    assert [each["id"] for each in said["alerts"]["going"]] == ["1:2:0"]
    assert (said["alerts"]["old"], said["alerts"]["new"]) == (2, 2)


def test_a_new_revision_that_alerts_as_before_is_no_difference(podlynx, sets):
    old, _, capture = sets
    same = old.with_name("same.rules")
    same.write_text(OLD.replace("rev:1", "rev:7"))
    ended = podlynx("rules", "diff", old, same, "--on", capture)
    assert ended.code == 0
    assert "would alert that did not: 0 alerts" in ended.out


def test_standard_input_cannot_be_read_twice(podlynx, sets):
    old, new, _ = sets
    ended = podlynx("rules", "diff", old, new, "--on", "-", stdin=b"x")
    assert (ended.code, "once only" in ended.err) == (2, True)
