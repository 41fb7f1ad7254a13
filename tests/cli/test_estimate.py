"""`podlynx inspect --estimate`: what traffic needs."""

import json

import pytest

from podlynx.cli.estimate import Second, _estimated


def test_figures_of_a_capture(podlynx, tmp_path, rules, attack):
    (tmp_path / "a.pcap").write_bytes(attack)
    said = podlynx("inspect", tmp_path / "a.pcap", "--rules", rules, "--estimate")
    assert said.code == 0
    assert said.out.startswith("CPU     ")
    assert "taken for granted" in said.out
    figures = json.loads(podlynx("inspect", tmp_path / "a.pcap", "--rules", rules, "--estimate", "--json").out)
    assert figures["cpu"] > 0
    assert figures["memory"] > figures["program_memory"] > 0
    assert figures["seconds"] >= 1
    assert figures["mode"] == "complete", "as sensors inspect"


def test_settings_and_mode_are_held_to(podlynx, tmp_path, rules, attack):
    (tmp_path / "a.pcap").write_bytes(attack)
    (tmp_path / "podlynx.toml").write_text('mode = "exact"\n')
    estimate = ("inspect", tmp_path / "a.pcap", "--rules", rules, "--estimate", "--json", "--config", tmp_path / "podlynx.toml")
    assert json.loads(podlynx(*estimate).out)["mode"] == "exact"
    assert json.loads(podlynx(*estimate, "--mode", "complete").out)["mode"] == "complete"


def test_standard_input_is_refused(podlynx, rules, attack):
    ended = podlynx("inspect", "-", "--rules", rules, "--estimate", stdin=attack)
    assert (ended.code, "once only" in ended.err) == (2, True)


@pytest.mark.parametrize(("busy", "p95"), [([0.1] * 95 + [0.9] * 5, 0.1), ([0.1] * 94 + [0.9] * 6, 0.9), ([0.1, 0.2, 0.5], 0.5)])
def test_the_second_that_decides(busy, p95):
    seconds = [Second(bytes=1000, packets=1, busy=each, flows=2, flow_memory=1 << 20) for each in busy]
    said = _estimated(seconds, 100 << 20, "complete")
    assert said.cpu_p95 == p95
    assert said.cpu == pytest.approx(p95 * 1.5, abs=0.1)
    assert said.memory == int(((100 << 20) + (1 << 20) + (64 << 20)) * 1.25)
