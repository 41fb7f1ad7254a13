"""The event document: its fields, its id, Snort's line, what the rule means."""

from datetime import UTC, datetime, timedelta, timezone

import jsonschema
import msgspec
import pytest

from podlynx.models.alert_fast import alert_fast
from podlynx.models.attack import attack_of
from podlynx.models.engine_event import EngineEvent, SensorEvent, decode_events
from podlynx.models.event import document
from podlynx.models.identity import MAX_ID, document_id, fingerprint, group_key, with_ordinal
from podlynx.models.schema import SCHEMA_FILE, event_schema, rendered
from podlynx.models.severity import severity_of

from ..engine_events import HOST, ORIGIN, START, engine_event, event_document


def test_the_document_has_the_fields_that_users_know():
    plain = msgspec.to_builtins(event_document(dest="default/frontend-1"))
    assert {key: plain[key] for key in plain if key not in ("podlynx", "mitigations")} == {
        "id": "default_sample-dpi-frontend_1700000000000000000_10.0.0.1_51234_10.0.0.2_8080_node-1_1_57461_1",
        "type": "deep_packet_inspection",
        "time": 1_700_000_000,
        "generated_time": "",
        "origin": ORIGIN,
        "name": "MALWARE-BACKDOOR back door reached",
        "description": "Signature Triggered Alert",
        "severity": 100,
        "host": HOST,
        "cluster": "",
        "protocol": "TCP",
        "source_ip": "10.0.0.1",
        "source_port": 51234,
        "source_name": "",
        "source_namespace": "",
        "source_name_aggr": "",
        "dest_ip": "10.0.0.2",
        "dest_port": 8080,
        "dest_name": "frontend-1",
        "dest_namespace": "default",
        "dest_name_aggr": "",
        "attack_vector": "Network",
        "mitre_tactic": "Command and Control",
        "mitre_ids": [],
        "dismissed": False,
        "geo_info": {},
        "observers": [],
        "endpoints": {"source": {}, "dest": {}, "true_client": ""},
        "record": {
            "snort_signature_id": "57461",
            "snort_signature_revision": "1",
            "snort_alert": '11/14-22:13:20.000000 [**] [1:57461:1] "MALWARE-BACKDOOR back door reached" [**] '
            "[Classification: A Network Trojan was detected] [Priority: 1] {TCP} 10.0.0.1:51234 -> 10.0.0.2:8080",
        },
    }
    assert plain["mitigations"]
    assert plain["podlynx"]["http"]["request_line"] == "POST /secid_canceltoken.cgi HTTP/1.1"


def test_the_document_says_when_it_was_made():
    made = datetime(2026, 1, 31, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert document(engine_event(), host=HOST, origin=ORIGIN, generated_time=made).generated_time == "2026-01-31T10:00:00+00:00"


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (
            {"protocol": "ICMP", "src_port": None, "dst_port": None, "class_text": "", "priority": 3, "msg": "ping"},
            '11/14-22:13:20.000000 [**] [1:57461:1] "ping" [**] [Priority: 3] {ICMP} 10.0.0.1 -> 10.0.0.2',
        ),
        (
            {"time": START + 1999, "src_ip": "fe80::1", "dst_ip": "::1", "msg": "a", "class_text": "C"},
            '11/14-22:13:20.000001 [**] [1:57461:1] "a" [**] [Classification: C] [Priority: 1] {TCP} fe80::1:51234 -> ::1:8080',
        ),
    ],
    ids=["no ports, no class", "IPv6 without brackets, microseconds cut"],
)
def test_alert_fast(changed, line):
    assert alert_fast(engine_event(**changed)) == line


def test_alert_fast_in_another_zone():
    assert alert_fast(engine_event(), timezone(timedelta(hours=2))).startswith("11/15-00:13:20.000000 ")


def test_ids_differ_where_events_do():
    events = [engine_event(), engine_event(sid=2), engine_event(rev=2), engine_event(gid=3), engine_event(time=START + 1)]
    ids = {document_id(event, host=HOST, origin=ORIGIN) for event in events}
    assert len(ids) == len(events)
    assert with_ordinal("a_b", 0) == "a_b"
    assert with_ordinal("a_b", 2) == "a_b_2"


@pytest.mark.parametrize("host", ["n" * 600, "é/?#&% " * 100])
def test_a_long_or_odd_id_fits_a_search_engine_and_a_path(host):
    one, other = (document_id(engine_event(sid=sid), host=host, origin=ORIGIN) for sid in (1, 2))
    assert one != other
    assert one.startswith("default_sample-dpi-frontend_1700000000000000000_10.0.0.1_51234_")
    assert all(len(each.encode()) <= MAX_ID and set(each) <= _SAFE for each in (one, other, with_ordinal(one, 3)))
    assert with_ordinal(one, 3) != one


_SAFE = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-")


def test_a_missing_port_is_zero_in_the_id_and_another_origin_is_a_name():
    ping = engine_event(protocol="ICMP", src_port=None, dst_port=None)
    assert document_id(ping, host="h", origin="demo").startswith("_demo_1700000000000000000_10.0.0.1_0_10.0.0.2_0_h_")


def test_repeats_are_known_by_their_fingerprint_and_alike_events_by_their_group():
    assert fingerprint(engine_event()) == fingerprint(engine_event())
    assert fingerprint(engine_event()) != fingerprint(engine_event(packet_number=18))
    assert group_key(engine_event()) == group_key(engine_event(src_port=1, time=5))
    assert group_key(engine_event()) != group_key(engine_event(dst_port=81))


@pytest.mark.parametrize(("priority", "severity"), [(1, 100), (2, 70), (3, 40), (4, 10), (0, 10), (99, 10)])
def test_severity(priority, severity):
    assert severity_of(priority) == severity


@pytest.mark.parametrize(
    ("classtype", "metadata", "tactic", "techniques"),
    [
        ("web-application-attack", [], "Initial Access", ("T1190",)),
        ("misc-activity", [], "", ()),
        ("no-such-class", [], "", ()),
        ("misc-activity", ["mitre_tactic TA0002", "mitre_technique T1059"], "Execution", ("T1059",)),
        (
            "trojan-activity",
            ["mitre_technique_id T1505.003", "mitre_technique T1190"],
            "Command and Control",
            ("T1505.003", "T1190"),
        ),
    ],
)
def test_attack(classtype, metadata, tactic, techniques):
    attack = attack_of(classtype, metadata)
    assert (attack.tactic, attack.techniques) == (tactic, techniques)
    assert attack.mitigations


def test_the_engine_event_survives_the_way_through_json():
    line = msgspec.json.encode(engine_event())
    assert list(decode_events(line + b"\n\n" + line + b"\n")) == [engine_event()] * 2


def test_nothing_that_the_engine_said_is_left_out_of_a_shipped_event():
    whole = {name: object() for name in EngineEvent.__struct_fields__} | {"time": START, "gid": 1, "sid": 2, "rev": 3}
    told = {"src_ip": "10.0.0.1", "dst_ip": "10.0.0.2", "src_port": 1, "dst_port": 2, "priority": 1, "msg": "", "class_text": ""}
    told |= {"classtype": "", "metadata": [], "protocol": "TCP"}
    shipped = SensorEvent(**whole | told, host=HOST, origin=ORIGIN)
    kept = document(shipped, host=HOST, origin=ORIGIN).podlynx
    assert type(kept) is EngineEvent
    assert [name for name in EngineEvent.__struct_fields__ if getattr(kept, name) is not getattr(shipped, name)] == []


def test_an_event_of_a_newer_engine_is_still_read():
    newer = msgspec.json.decode(msgspec.json.encode(engine_event())) | {"news": {"a": 1}}
    assert list(decode_events(msgspec.json.encode(newer))) == [engine_event()]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time", -1),
        ("time", 2**63),
        ("src_port", 65536),
        ("packet", "no base64!"),
        ("msg", "m" * 20_000),
        ("protocol", "TPC"),
        ("sid", "1"),
    ],
)
def test_a_line_that_is_no_event_is_refused(field, value):
    broken = msgspec.json.decode(msgspec.json.encode(engine_event())) | {field: value}
    with pytest.raises(msgspec.ValidationError, match=field):
        list(decode_events(msgspec.json.encode(broken)))


def test_the_committed_schema_is_that_of_the_document():
    assert SCHEMA_FILE.read_text() == rendered(), "run `python -m podlynx.models.schema`"


@pytest.mark.parametrize("event", [engine_event(), EngineEvent(time=0, gid=1, sid=1, protocol="IP", src_ip="::1", dst_ip="::2")])
def test_documents_fulfil_the_schema(event):
    encoded = msgspec.json.decode(msgspec.json.encode(document(event, host=HOST, origin=ORIGIN)))
    jsonschema.Draft202012Validator(event_schema()).validate(encoded)


def test_generated_time_is_utc():
    made = document(engine_event(), host=HOST, origin=ORIGIN, generated_time=datetime(2026, 1, 1, tzinfo=UTC)).generated_time
    assert made == "2026-01-01T00:00:00+00:00"
