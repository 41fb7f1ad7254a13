"""Heartbeats and what becomes of them."""

import msgspec
import pytest

from podlynx.manager import sensors as sensors_module
from podlynx.manager.errors import ApiError
from podlynx.manager.sensors import MISSED_SECONDS, SILENT_SECONDS, Sensors
from podlynx.models.sensor_report import CaptureReport, PodMonitor, SensorReport

from .conftest import Clock

pytestmark = pytest.mark.anyio


def report(node="n1", *pods, **changed):
    monitors = [PodMonitor(namespace=ns, pod=name, uid=f"uid-{name}", addresses=[ip], monitored=True) for ns, name, ip in pods]
    fields = {"boot": "b", "version": "1", "time": 0.0, "capture": CaptureReport(alive=True, dropped=3)} | changed
    return SensorReport(node=node, monitors=monitors, **fields)


WEB = ("shop", "web", "10.244.1.7")


async def beat(sensor, node, body, **named):
    return await sensor.post(f"/api/v1/sensors/{node}/heartbeat", content=msgspec.json.encode(body), **named)


async def test_a_report_is_there_for_whoever_may_ask_with_its_age(sensor, client):
    answer = await beat(sensor, "n1", report("n1", WEB))
    assert answer.json() == {"rules_version": "", "interval_seconds": 2.0, "selftest": ""}
    told = (await client.get("/api/v1/sensors")).json()
    assert [each["report"]["node"] for each in told["sensors"]] == ["n1"]
    assert 0 <= told["sensors"][0]["age_seconds"] < 5
    assert told["uptime_seconds"] >= 0
    assert told["sensors"][0]["report"]["monitors"][0]["pod"] == "web"
    assert (await client.get("/api/v1/sensors", params={"monitors": "false"})).json()["sensors"][0]["report"]["monitors"] == []


async def test_a_report_of_another_node_is_refused(sensor):
    answer = await beat(sensor, "n2", report("n1"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong_node")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"node": "n1"}', b"[1]", b"\xff"])
async def test_a_report_that_is_none(sensor, body):
    answer = await sensor.post("/api/v1/sensors/n1/heartbeat", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


async def test_monitors_of_heartbeats_are_shown_on_the_page(sensor, client):
    await beat(sensor, "n1", report("n1", WEB))
    assert (await client.get("/api/v1/status")).json()["monitors"] == [
        {"name": "shop/web", "interfaces": [], "packets": 0, "bytes": 0, "dropped": 3, "events": 0}
    ]


def test_ages_go_by_a_clock_that_does_not_go_back():
    clock = Clock()
    sensors = Sensors(clock)
    sensors.heard(report("n1"))
    clock.now += 7.5
    sensors.heard(report("n2"))
    assert [(each.report.node, each.age_seconds) for each in sensors.states()] == [("n1", 7.5), ("n2", 0.0)]
    assert sensors.uptime() == 7.5


def test_what_is_monitored_follows_the_last_reports():
    sensors = Sensors()
    sensors.heard(report("n1", WEB))
    sensors.heard(report("n2", ("shop", "db", "10.244.2.7")))
    assert sensors.watches_address("10.244.1.7")
    assert sensors.watches_pod("uid-db")
    sensors.heard(report("n1"))
    assert not sensors.watches_address("10.244.1.7")
    assert not sensors.watches_pod("uid-web")
    assert sensors.watched_pods() == {"uid-db"}


def test_nodes_are_bounded_and_those_that_are_gone_make_room(monkeypatch):
    monkeypatch.setattr(sensors_module, "MAX_NODES", 2)
    clock = Clock()
    sensors = Sensors(clock)
    sensors.heard(report("n1", WEB))
    sensors.heard(report("n2"))
    with pytest.raises(ApiError, match="2 nodes"):
        sensors.heard(report("n3"))
    assert sensors.refused_full == 1
    clock.now += SILENT_SECONDS + 1
    sensors.heard(report("n2"))
    sensors.heard(report("n3"))
    assert [each.report.node for each in sensors.states()] == ["n2", "n3"]
    assert not sensors.watches_address("10.244.1.7")


def test_a_node_that_fell_silent_is_gone_with_its_pods_and_missed_for_an_hour():
    clock = Clock()
    sensors = Sensors(clock)
    sensors.heard(report("n1", WEB))
    clock.now += SILENT_SECONDS - 1
    sensors.heard(report("n2"))
    sensors.heard(report("n1", WEB))
    clock.now += SILENT_SECONDS
    assert [each.report.node for each in sensors.states()] == ["n1", "n2"]
    clock.now += 1
    assert (sensors.states(), sensors.watched_pods(), sensors.watches_address("10.244.1.7")) == ([], frozenset(), False)
    assert sensors.missed() == {"n1": SILENT_SECONDS + 1, "n2": SILENT_SECONDS + 1}
    sensors.heard(report("n1", WEB))
    assert (sensors.watched_pods(), list(sensors.missed())) == ({"uid-web"}, ["n2"])
    clock.now += MISSED_SECONDS
    assert sensors.missed() == {"n1": MISSED_SECONDS}
