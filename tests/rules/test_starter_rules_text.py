"""What every starter rule says about itself. Needs no engine."""

import re

import pytest

from .starter_rules import cases, rules

SIDS = range(3_000_001, 3_001_000)
# Snort 3 manual, "classtype": the names of the stock table that fit ours.
CLASSTYPES = {
    "attempted-admin", "attempted-recon", "attempted-user", "misc-attack", "network-scan", "policy-violation", "successful-admin",
    "successful-recon-limited", "successful-user", "trojan-activity", "web-application-activity", "web-application-attack",
}  # fmt: skip
# MITRE ATT&CK: the tactics under which a technique stands.
TACTICS = {
    "T1003": "TA0006", "T1053": "TA0002 TA0003 TA0004", "T1059": "TA0002", "T1071": "TA0011", "T1095": "TA0011",
    "T1105": "TA0011",
    "T1129": "TA0002", "T1190": "TA0001", "T1485": "TA0040", "T1496": "TA0040", "T1505": "TA0003", "T1528": "TA0006",
    "T1552": "TA0006", "T1572": "TA0011", "T1595": "TA0043", "T1609": "TA0002", "T1610": "TA0002 TA0005", "T1611": "TA0004",
    "T1613": "TA0007",
}  # fmt: skip
FIELDS = {
    "msg": r' msg:"PODLYNX [^"]{8,80}"; ',
    "reference": r" reference:(?:cve,\d{4}-\d{4,7}|url,[\w.-]+\.[a-z]+[^; ]*); ",
    "rev": r" rev:\d+; \)$",
    "tactic and technique": r" metadata:mitre_tactic TA\d{4},mitre_technique T\d{4}(?:\.\d{3})?; ",
}


def test_there_are_enough_and_each_has_its_cases():
    assert len(rules()) >= 60
    assert rules().keys() == cases().keys()
    assert all(case.keys() - {"also"} == {"fires", "near_miss"} for case in cases().values())


@pytest.mark.parametrize("sid", rules())
def test_fields(sid: int):
    rule = rules()[sid]
    assert sid in SIDS
    assert [name for name, pattern in FIELDS.items() if len(re.findall(pattern, rule)) != 1] == []
    (classtype,) = re.findall(r" classtype:([\w-]+); ", rule)
    assert classtype in CLASSTYPES
    tactic, technique = re.search(r"mitre_tactic (TA\d+),mitre_technique (T\d+)", rule).groups()
    assert tactic in TACTICS[technique].split()


@pytest.mark.parametrize("sid", rules())
def test_direction_and_service(sid: int):
    rule = rules()[sid]
    assert (" flow:to_" in rule) != rule.startswith("alert icmp ")
    assert (" service:http; " in rule) == rule.startswith("alert http ")
    assert (" service:dns; " in rule) == rule.startswith("alert udp ")
