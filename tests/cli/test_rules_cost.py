"""`podlynx rules cost`: the ranking, and why."""

import json

COSTLY = """\
alert tcp any any -> any any ( msg:"everywhere"; flags:A; sid:1; )
alert http ( msg:"pattern"; http_uri; content:"door"; pcre:"/x(y|z)+$/"; sid:2; )
alert http ( msg:"never there"; http_uri; content:"elsewhere"; sid:3; )
"""


def test_rules_are_ranked_with_the_reason(podlynx, tmp_path, attack):
    (tmp_path / "c.rules").write_text(COSTLY)
    (tmp_path / "a.pcap").write_bytes(attack)
    ended = podlynx("rules", "cost", tmp_path / "a.pcap", "--rules", tmp_path / "c.rules")
    assert ended.code == 0
    assert "no fast pattern, so it is tried wherever its header may fit" in ended.out
    assert 'its fast pattern "door" is in the http_uri of' in ended.out
    assert "ends 1 times at option 3: pcre" in ended.out
    assert "never there" not in ended.out, "what was not tried costs nothing"


def test_json_has_the_figures_summed_over_captures(podlynx, tmp_path, attack):
    (tmp_path / "c.rules").write_text(COSTLY)
    for name in ("a.pcap", "b.pcap"):
        (tmp_path / name).write_bytes(attack)
    figures = json.loads(podlynx("rules", "cost", tmp_path, "--rules", tmp_path / "c.rules", "--json").out)
    by_sid = {rule["sid"]: rule for rule in figures["rules"]}
    assert (by_sid[2]["candidates"], by_sid[2]["evaluations"], by_sid[2]["matches"]) == (2, 2, 0)
    assert by_sid[1]["matches"] > 2
    assert by_sid[1]["nanoseconds"] >= by_sid[1]["longest"] > 0
    assert all(rule["why"] for rule in figures["rules"])
