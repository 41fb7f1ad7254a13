"""`podlynx rules …` as a person meets it."""

import json

import pytest

BROKEN = """\
alert tcp any any -> any any ( msg:"good"; content:"abcd"; sid:11; )
alert tcp any any -> any any ( msg:"bad"; content:"abcd; sid:12; )
alert tcp any any -> any any ( msg:"also good"; content:"efgh"; sid:13; )
"""


def test_check_good_rules(podlynx, rules):
    ended = podlynx("rules", "check", rules)
    assert ended.code == 0
    assert "2 rules loaded, 0 refused" in ended.out


def test_a_fault_in_the_middle_is_shown_and_the_others_load(podlynx, tmp_path):
    path = tmp_path / "broken.rules"
    path.write_text(BROKEN)
    ended = podlynx("rules", "check", path)
    assert ended.code == 1
    assert "2 rules loaded, 1 refused" in ended.out
    assert f"{path}:2:" in ended.err


def test_inspect_warns_of_refused_rules_and_goes_on(podlynx, tmp_path, attack):
    path, capture = tmp_path / "broken.rules", tmp_path / "a.pcap"
    path.write_text(BROKEN)
    capture.write_bytes(attack)
    ended = podlynx("inspect", capture, "--rules", path)
    assert ended.code == 0
    assert "1 rule of" in ended.err


@pytest.mark.parametrize("content", [b"\x7fELF\x02\x01\x01\0" + bytes(200), b"\x1f\x8b\x08\0" + bytes(50)], ids=["ELF", "gzip"])
def test_a_binary_is_one_fault_not_thousands(podlynx, tmp_path, content):
    path = tmp_path / "binary.rules"
    path.write_bytes(content)
    ended = podlynx("rules", "check", path)
    assert ended.code == 1
    assert ended.err.count(str(path)) <= 3


def test_no_usable_rule_ends_an_inspection(podlynx, tmp_path, attack):
    (tmp_path / "x.rules").write_text("# nothing\n")
    (tmp_path / "a.pcap").write_bytes(attack)
    ended = podlynx("inspect", tmp_path / "a.pcap", "--rules", tmp_path / "x.rules")
    assert ended.code == 3
    assert "no rule of" in ended.err


def test_check_json_has_the_figures(podlynx, rules):
    figures = json.loads(podlynx("rules", "check", rules, "--json").out)
    assert (figures["loaded"], figures["refused"], figures["diagnostics"]) == (2, 0, [])
    assert isinstance(figures["not_supported"], dict)


def test_an_option_that_is_not_supported_is_named_with_its_place(podlynx, tmp_path):
    path = tmp_path / "industrial.rules"
    path.write_text(
        'alert tcp any any -> any any ( content:"abcd"; sid:1; )\n'
        "alert tcp any any -> any 502 ( modbus_func:1; sid:2; )\n"
        'alert http ( js_data; content:"a"; sid:3; )\n'
    )
    ended = podlynx("rules", "check", path)
    assert ended.code == 1
    assert "1 rule loaded, 2 refused" in ended.out
    assert "not supported: js_data, 1 rule" in ended.out
    assert f"{path}:2:32" in ended.err
    assert "`modbus_func` is not supported" in ended.err
    figures = json.loads(podlynx("rules", "check", path, "--json").out)
    assert figures["not_supported"] == {"js_data": 1, "modbus_func": 1}
    assert {(each["code"], each["line"]) for each in figures["diagnostics"]} == {("D007", 2), ("D007", 3)}


def test_list_and_show(podlynx, rules):
    assert [line.split()[0] for line in podlynx("rules", "list", "--rules", rules).out.splitlines()] == ["1:1:2", "1:2:0"]
    assert "1:1:2" in podlynx("rules", "list", "--rules", rules, "--match", "BACK DOOR").out
    shown = podlynx("rules", "show", "1:1", "--rules", rules)
    assert shown.out.startswith('alert tcp any any -> any any ( msg:"TEST back door"')
    assert f"{rules}:2" in shown.err


def test_explain_names_each_option(podlynx, rules):
    ended = podlynx("rules", "explain", "1", "--rules", rules)
    assert ended.code == 0
    for part in ("TEST back door", "flow", "/backdoor", "http_uri"):
        assert part in ended.out


@pytest.mark.parametrize(("sid", "code"), [("77", 1), ("abc", 2), ("1:2:3:4", 2)])
def test_a_rule_that_is_not_there(podlynx, rules, sid, code):
    ended = podlynx("rules", "show", sid, "--rules", rules)
    assert ended.code == code
    assert "mend" in ended.err


def test_fetch_from_a_local_archive_is_used_at_once(podlynx, rules, tmp_path):
    ended = podlynx("rules", "fetch", "--archive", rules)
    assert ended.code == 0
    assert "added: 2 rules" in ended.out
    assert "2 rules loaded" in podlynx("rules", "check").out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--archive", "{tmp}/absent.tar.gz"], 3), (["--url", "http://127.0.0.1:1/rules.tar.gz"], 6)],
)
def test_fetch_failures(podlynx, tmp_path, arguments, code):
    ended = podlynx("rules", "fetch", *(each.format(tmp=tmp_path) for each in arguments))
    assert ended.code == code
    assert "mend" in ended.err
