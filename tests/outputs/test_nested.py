"""EVE and ECS: what a reader of either finds, and where."""

import json
from datetime import timedelta, timezone

import msgspec
import pytest

from podlynx.models.endpoint import PodRef
from podlynx.models.engine_event import EngineEvent, FlowSummary, SensorEvent
from podlynx.outputs.alert import Alert
from podlynx.outputs.formats import FILES, OUTPUTS, read_names

from ..engine_events import HOST, ORIGIN, WHOLE, engine_event, event_document

FLOW = FlowSummary(
    id=3,
    client_ip="10.0.0.1",
    client_port=51234,
    server_ip="10.0.0.2",
    server_port=8080,
    community_id="1:abc=",
    start=1_699_999_999_900_000_000,
    client_packets=3,
    client_bytes=300,
    server_packets=1,
    server_bytes=52,
)
EVENT = engine_event(flow=FLOW, metadata=["policy balanced-ips drop", "policy security-ips drop", "a.b c"], link_type=1)


def told(output, event=EVENT, **around):
    line = OUTPUTS[output]().line(Alert(event=event, **around))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    return json.loads(line)


def test_eve():
    eve = told("eve", zone=timezone(timedelta(hours=2)), input="a.pcap", host=HOST)
    assert (eve["timestamp"], eve["event_type"], eve["pcap_filename"]) == ("2023-11-15T00:13:20.000000+0200", "alert", "a.pcap")
    assert (eve["src_ip"], eve["src_port"], eve["dest_ip"], eve["dest_port"], eve["proto"]) == (
        "10.0.0.1",
        51234,
        "10.0.0.2",
        8080,
        "TCP",
    )
    assert (eve["app_proto"], eve["direction"], eve["community_id"], eve["stream"]) == ("http", "to_server", "1:abc=", 1)
    assert eve["alert"]["metadata"] == {"policy": ["balanced-ips drop", "security-ips drop"], "a_b": ["c"]}
    alert = {name: eve["alert"][name] for name in ("action", "gid", "signature_id", "rev", "signature", "category", "severity")}
    assert alert == {
        "action": "allowed",
        "gid": 1,
        "signature_id": 57461,
        "rev": 1,
        "signature": WHOLE.msg,
        "category": "A Network Trojan was detected",
        "severity": 1,
    }
    assert eve["http"] == {
        "hostname": "shop.example",
        "http_method": "POST",
        "url": "/secid_canceltoken.cgi",
        "protocol": "HTTP/1.1",
        "http_user_agent": "curl/8.0",
    }
    assert eve["flow"] == {
        "pkts_toserver": 3,
        "bytes_toserver": 300,
        "pkts_toclient": 1,
        "bytes_toclient": 52,
        "start": "2023-11-15T00:13:19.900000+0200",
        "src_ip": "10.0.0.1",
        "src_port": 51234,
        "dest_ip": "10.0.0.2",
        "dest_port": 8080,
    }
    assert eve["payload"] == "UE9TVCAvc2VjaWRfY2FuY2VsdG9rZW4uY2dpIEhUVFAvMS4xDQpYLUNNRDogVGVzdA0KDQo="
    assert eve["payload_printable"] == "POST /secid_canceltoken.cgi HTTP/1.1\r\nX-CMD: Test\r\n\r\n"
    assert (eve["packet"], eve["packet_info"]) == ("RQBwYWNrZXQ=", {"linktype": 1})


def test_eve_tells_flows_apart_and_keeps_one_together():
    ids = [told("eve", engine_event(flow=msgspec.structs.replace(FLOW, **changed)), host=host)["flow_id"] for changed, host in [
        ({}, "a"), ({"client_packets": 9}, "a"), ({"start": 1}, "a"), ({"client_port": 1}, "a"), ({}, "b"),
    ]]  # fmt: skip
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4
    assert max(ids) < 2**53


def test_eve_shows_bytes_that_are_no_text_as_dots_and_only_the_first_of_many():
    eve = told("eve", engine_event(payload=b"\0\xffok\n" + b"x" * 10_000))
    assert eve["payload_printable"][:6] == "..ok\nx"
    assert len(eve["payload_printable"]) == 4096


def test_ecs():
    ecs = told("ecs", host=HOST, origin=ORIGIN, id="some_id")
    assert ecs["@timestamp"] == "2023-11-14T22:13:20.000000Z"
    assert ecs["event"] == {
        "kind": "alert",
        "category": ["intrusion_detection", "network"],
        "type": ["info"],
        "module": "podlynx",
        "dataset": "podlynx.alert",
        "id": "some_id",
        "severity": 100,
        "action": "allowed",
    }
    assert (ecs["source"]["ip"], ecs["source"]["port"], ecs["source"]["bytes"]) == ("10.0.0.1", 51234, 300)
    assert (ecs["destination"]["ip"], ecs["destination"]["bytes"]) == ("10.0.0.2", 52)
    assert ecs["network"] == {"transport": "tcp", "type": "ipv4", "protocol": "http", "community_id": "1:abc="}
    assert (ecs["rule"]["id"], ecs["rule"]["name"], ecs["rule"]["version"]) == ("57461", WHOLE.msg, "1")
    assert (ecs["http"], ecs["url"]["path"]) == ({"request": {"method": "POST"}, "version": "1.1"}, "/secid_canceltoken.cgi")
    assert (ecs["observer"]["hostname"], ecs["observer"]["type"]) == (HOST, "ids")
    assert ecs["threat"]["tactic"]["name"] == ["Command and Control"]


@pytest.mark.parametrize("output", ["eve", "ecs"])
def test_the_least_that_an_event_can_say(output):
    least = EngineEvent(time=1, gid=1, sid=2, protocol="ICMP", src_ip="10.0.0.1", dst_ip="fd00::1")
    record = told(output, least)
    assert not {"flow", "flow_id", "http", "payload", "packet", "packet_info", "src_port", "vlan", "threat"} & set(record)
    assert None not in record.values()


def test_names_of_pods_come_along_from_sensor_and_store():
    values = {name: getattr(EVENT, name) for name in EngineEvent.__struct_fields__}
    shipped = SensorEvent(**values, host=HOST, origin=ORIGIN, source=PodRef(namespace="shop", name="a"))
    for alert in (Alert.of_sensor(shipped), Alert.of_document(event_document(source="shop/a"))):
        eve = json.loads(OUTPUTS["eve"]().line(alert))
        assert (eve["host"], eve["podlynx"]["origin"], eve["podlynx"]["source"]) == (
            HOST,
            ORIGIN,
            {"namespace": "shop", "name": "a"},
        )
        assert eve["podlynx"]["id"] == event_document().id


def test_lists_of_outputs():
    assert read_names("eve, alert-json,eve") == ("eve", "alert_json")
    assert read_names("") == read_names("none") == ()
    assert set(FILES) == set(OUTPUTS)
    with pytest.raises(ValueError, match="'syslog' is no output; there are: alert_fast, alert_json, eve, ecs, none"):
        read_names("eve,syslog")
