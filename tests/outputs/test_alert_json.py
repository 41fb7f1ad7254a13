"""Snort's JSON lines to the byte, as data: fields asked for, what the event is, the line."""

import msgspec
import pytest

from podlynx.models.engine_event import FlowSummary, Headers
from podlynx.outputs.alert import Alert
from podlynx.outputs.alert_json import DEFAULT_FIELDS, FIELDS, AlertJson

from ..engine_events import engine_event

RAW = Headers(
    eth_src="02:00:00:00:00:01",
    eth_dst="02:00:00:00:00:02",
    eth_type=0x800,
    ttl=64,
    tos=0,
    ip_id=7,
    ip_len=31,
    tcp_flags=0x18,
    tcp_seq=1001,
    tcp_ack=5001,
    tcp_win=65535,
    tcp_len=20,
)
FLOW = FlowSummary(
    id=3,
    client_ip="10.0.0.1",
    client_port=51234,
    server_ip="10.0.0.2",
    server_port=8080,
    start=1_699_999_999_900_000_000,
    client_packets=3,
    client_bytes=300,
    server_packets=1,
    server_bytes=52,
)
EVENT = engine_event(
    direction="UNK",
    generator="raw",
    headers=RAW,
    flow=FLOW,
    packet=b"x" * 65,
    msg=r"say \"hi\"",
    service=None,
    class_text="",
)
PDU = msgspec.structs.replace(EVENT, generator="stream_tcp", headers=Headers(), payload=b"")
ICMP = engine_event(
    protocol="ICMP", src_port=None, dst_port=None, flow=None, headers=Headers(icmp_type=8, icmp_code=0, icmp_id=1, icmp_seq=2)
)

DEFAULT_LINE = (
    '{ "timestamp" : "11/14-22:13:20.000000", "pkt_num" : 17, "proto" : "TCP", "pkt_gen" : "raw", "pkt_len" : 123, '
    '"dir" : "UNK", "src_ap" : "10.0.0.1:51234", "dst_ap" : "10.0.0.2:8080", "rule" : "1:57461:1", "action" : "allow" }'
)
CASES = [
    (
        EVENT,
        " ".join(DEFAULT_FIELDS),
        DEFAULT_LINE,
    ),
    (
        EVENT,
        "seconds gid sid rev priority vlan",
        '{ "seconds" : 1700000000, "gid" : 1, "sid" : 57461, "rev" : 1, "priority" : 1, "vlan" : 0 }',
    ),
    # The message keeps its quotes and backslashes as they were stored; a class and a service that are not known have words.
    (EVENT, "msg class service", '{ "msg" : "say \\"hi\\"", "class" : "none", "service" : "unknown" }'),
    (EVENT, "iface", '{ "iface" : "a \\"b\\" \\\\c.pcap" }'),
    (EVENT, "eth_src eth_type eth_len", '{ "eth_src" : "02:00:00:00:00:01", "eth_type" : "0x800", "eth_len" : 65 }'),
    (EVENT, "ttl tos ip_id ip_len", '{ "ttl" : 64, "tos" : 0, "ip_id" : 7, "ip_len" : 31 }'),
    (
        EVENT,
        "tcp_flags tcp_seq tcp_ack tcp_win tcp_len",
        '{ "tcp_flags" : "***AP***", "tcp_seq" : 1001, "tcp_ack" : 5001, "tcp_win" : 65535, "tcp_len" : 20 }',
    ),
    (
        EVENT,
        "client_pkts client_bytes server_pkts server_bytes flowstart_time",
        '{ "client_pkts" : 3, "client_bytes" : 300, "server_pkts" : 1, "server_bytes" : 52, "flowstart_time" : 1699999999 }',
    ),
    # A comma stands before every field but the first that was asked for, whether that one applies or not.
    (PDU, "ip_id rule tcp_seq action b64_data", '{, "rule" : "1:57461:1", "action" : "allow" }'),
    (PDU, "mpls", "{ }"),
    (
        ICMP,
        "src_ap src_port icmp_type icmp_code icmp_id icmp_seq client_pkts",
        '{ "src_ap" : "10.0.0.1:0", "icmp_type" : 8, "icmp_code" : 0, "icmp_id" : 1, "icmp_seq" : 2 }',
    ),
    (engine_event(payload=b"\0\xff"), "b64_data src_addr", '{ "b64_data" : "AP8=", "src_addr" : "10.0.0.1" }'),
    (engine_event(src_ip="fd00::1"), "src_ap", '{ "src_ap" : "fd00::1:51234" }'),
]


@pytest.mark.parametrize(("event", "fields", "line"), CASES)
def test_the_line_to_the_byte(event, fields, line):
    alert = Alert(event=event, input='a "b" \\c.pcap')
    assert AlertJson(fields.split()).line(alert).decode() == f"{line}\n"


def test_every_field_of_the_manual_is_known():
    manual = """action app_id b64_data class client_bytes client_pkts dir dst_addr dst_ap dst_port eth_dst eth_len eth_src
    eth_type flowstart_time geneve_vni gid icmp_code icmp_id icmp_seq icmp_type iface ip_id ip_len msg mpls pkt_gen pkt_len
    pkt_num priority proto rev rule seconds server_bytes server_pkts service sgt sid src_addr src_ap src_port target tcp_ack
    tcp_flags tcp_len tcp_seq tcp_win timestamp tos ttl udp_len vlan"""
    assert sorted(FIELDS) == sorted(manual.split())


@pytest.mark.parametrize(("fields", "said"), [(["msg", "colour"], "'colour' is no field"), ([], "one field at least")])
def test_what_cannot_be_asked_for(fields, said):
    with pytest.raises(ValueError, match=said):
        AlertJson(fields)
