"""What each output format prints for one event, as data."""

import json
from datetime import UTC

import msgspec
import pytest

from podlynx.cli.formats import FORMATS, alert_format
from podlynx.cli.formats.table import Table
from podlynx.models.engine_event import EngineEvent

EVENT = {
    "time": 1_700_000_000_123_456_789,
    "packet_number": 17,
    "gid": 1,
    "sid": 57461,
    "rev": 1,
    "msg": 'say "hi"',
    "classtype": "trojan-activity",
    "class_text": "A Network Trojan was detected",
    "priority": 1,
    "metadata": ["policy balanced-ips drop", "policy security-ips drop", "ruleset community"],
    "rule_text": "alert tcp ...",
    "protocol": "TCP",
    "generator": "stream_tcp",
    "direction": "C2S",
    "service": "http",
    "src_ip": "10.0.0.1",
    "src_port": 51234,
    "dst_ip": "fd00::2",
    "dst_port": 8080,
    "packet_length": 123,
    "payload": "aGVsbG8=",
    "flow": {"id": 3, "client_ip": "10.0.0.1", "server_ip": "fd00::2", "client_packets": 4, "community_id": "1:abc="},
    "http": {"request_line": "POST /a b HTTP/1.1", "host": "shop", "user_agent": "curl"},
}


def event(**fields):
    return msgspec.json.decode(json.dumps(EVENT | fields), type=EngineEvent)


def line(name, *, file=None, **fields):
    return alert_format(name, utc=True).line(event(**fields), file).decode()


def test_alert_json_is_snorts_to_the_blank():
    assert line("alert-json") == (
        '{ "timestamp" : "11/14-22:13:20.123456", "pkt_num" : 17, "proto" : "TCP", "pkt_gen" : "stream_tcp", '
        '"pkt_len" : 123, "dir" : "C2S", "src_ap" : "10.0.0.1:51234", "dst_ap" : "fd00::2:8080", '
        '"rule" : "1:57461:1", "action" : "allow" }\n'
    )


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"protocol": "ICMP", "src_port": None, "dst_port": None}, "10.0.0.1:0"),
        ({"protocol": "IP", "src_port": None}, "10.0.0.1:0"),
    ],
)
def test_alert_json_has_port_0_where_there_is_none(fields, source):
    assert json.loads(line("alert-json", **fields))["src_ap"] == source


def test_alert_json_names_the_capture_where_there_are_several():
    assert json.loads(line("alert-json", file='odd "name".pcap'))["file"] == 'odd "name".pcap'


def test_alert_fast():
    fast = (
        '11/14-22:13:20.123456 [**] [1:57461:1] "say "hi"" [**] [Classification: A Network Trojan was detected] '
        "[Priority: 1] {TCP} 10.0.0.1:51234 -> fd00::2:8080\n"
    )
    assert line("alert-fast") == fast
    assert line("alert-fast", file="a.pcap") == f"a.pcap: {fast}"


def test_eve():
    record = json.loads(line("eve"))
    assert record["timestamp"] == "2023-11-14T22:13:20.123456+0000"
    assert (record["event_type"], record["direction"], record["app_proto"]) == ("alert", "to_server", "http")
    assert record["alert"] | {"references": None, "rule": None} == {
        "action": "allowed",
        "gid": 1,
        "signature_id": 57461,
        "rev": 1,
        "signature": 'say "hi"',
        "category": "A Network Trojan was detected",
        "severity": 1,
        "metadata": {"policy": ["balanced-ips drop", "security-ips drop"], "ruleset": ["community"]},
        "references": None,
        "rule": None,
    }
    assert record["http"]["url"] == "/a b"
    assert record["payload"] == "aGVsbG8="
    assert record["flow"]["pkts_toserver"] == 4
    assert "in_iface" not in record


def test_table_joins_alike_alerts_most_severe_first():
    table = Table(UTC)
    for fields in ({"priority": 2, "sid": 5}, {}, {}):
        assert table.line(event(**fields), None) == b""
    rows = [row.split()[:4] for row in table.end().decode().splitlines()]
    assert rows == [
        ["FIRST", "COUNT", "PRI", "RULE"],
        ["11/14-22:13:20", "2", "1", "1:57461:1"],
        ["11/14-22:13:20", "1", "2", "1:5:1"],
    ]


def test_table_has_a_cap_and_says_what_is_beyond(monkeypatch):
    monkeypatch.setattr("podlynx.cli.formats.table.ROW_CAP", 2)
    table = Table(UTC)
    for sid in range(5):
        table.line(event(sid=sid), None)
    assert b"3 alerts beyond" in table.end()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_stands_in_the_manual(name, pytestconfig):
    assert f"| `{name}` |" in (pytestconfig.rootpath / "docs" / "cli.md").read_text()
