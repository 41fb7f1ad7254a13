"""`--config` and `podlynx settings`, as a person runs them."""

import json

import pytest

OWN = """\
[ips.variables.nets]
HOME_NET = "10.0.0.0/8"

[[suppress]]
sid = 1
"""


@pytest.fixture
def config(tmp_path):
    def write(text):
        path = tmp_path / "podlynx.toml"
        path.write_text(text)
        return path

    return write


def test_settings_hold_for_inspect(podlynx, tmp_path, rules, attack, config):
    (tmp_path / "a.pcap").write_bytes(attack)
    seen = podlynx("inspect", tmp_path / "a.pcap", "--rules", rules)
    hidden = podlynx("inspect", tmp_path / "a.pcap", "--rules", rules, "--config", config(OWN))
    assert (seen.out.count("[1:1:2]"), hidden.out.count("[1:1:2]"), hidden.code) == (1, 0, 0)


def test_variables_classes_and_references_hold_for_rules(podlynx, tmp_path, attack, config):
    (tmp_path / "a.pcap").write_bytes(attack)
    rules = tmp_path / "own.rules"
    rules.write_text(
        'alert tcp $SHOPS any -> any any ( msg:"shop"; content:"backdoor"; classtype:shop-abuse; reference:ticket,42; sid:1; )\n'
    )
    text = """\
[ips.variables.nets]
SHOPS = "[10.0.0.10]"
[[classifications]]
name = "shop-abuse"
priority = 4
text = "Abuse of the shop"
[[references]]
name = "ticket"
url = "https://tickets.example/"
"""
    assert podlynx("rules", "check", rules).code == 1
    assert podlynx("rules", "check", rules, "--config", config(text)).code == 0
    told = podlynx("inspect", tmp_path / "a.pcap", "--rules", rules, "--config", config(text), "--format", "eve").out
    assert "Abuse of the shop" in told
    assert "[Priority: 4]" in podlynx("inspect", tmp_path / "a.pcap", "--rules", rules, "--config", config(text)).out


def test_show_names_the_origin_of_each_setting(podlynx, config):
    path = config("[event_queue]\nlog = 4\n")
    lines = podlynx("settings", "show", "--config", path).out.splitlines()
    assert f"event_queue.log = 4  # {path}" in lines
    assert "event_queue.max_queue = 8  # default of exact" in lines
    assert podlynx("settings", "show", "--config", path, "--changed").out == f"event_queue.log = 4  # {path}\n"
    shown = json.loads(podlynx("settings", "show", "--mode", "complete", "--json").out)
    assert {"name": "daq.snaplen", "value": 0, "origin": "default of complete"} in shown


def test_check_says_where_and_how_to_mend(podlynx, config):
    assert podlynx("settings", "check", config(OWN)).code == 0
    ended = podlynx("settings", "check", config("[event_queue]\nlgo = 4\n"))
    assert ended.code == 2
    assert "podlynx.toml:2: event_queue.lgo: there is no such setting" in ended.err
    assert "did you mean log?" in ended.err


def test_what_is_left_out_is_told(podlynx, tmp_path, rules, attack):
    damaged = bytearray(attack)
    damaged[24 + 16 + 14 + 10] ^= 0xFF  # the IP checksum of the first packet
    (tmp_path / "a.pcap").write_bytes(damaged)
    inspect = ("inspect", tmp_path / "a.pcap", "--rules", rules)
    assert "bad IPv4 checksum (try --checksums none)" in podlynx(*inspect, "-k", "all").err
    assert "warning" not in podlynx(*inspect).err
