"""What Prometheus reads of a manager."""

from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.documented_metrics import assert_same
from tests.engine_events import engine_event as event

from podlynx.manager import metrics as declared
from podlynx.manager.exposition import age_of
from podlynx.manager.metrics import ManagerMetrics
from podlynx.manager.webhooks.figures import WebhookFigures
from podlynx.models.event import document
from podlynx.models.sensor_figures import SensorFigures
from podlynx.models.sensor_report import CaptureReport, PodMonitor, ResourceReport, RulesReport, SensorReport
from podlynx.telemetry import metrics
from podlynx.telemetry.shared import CERTIFICATE_EXPIRY, WATCH_INTERRUPTIONS

MONITORED = PodMonitor(namespace="default", pod="frontend-1", uid="1", monitored=True)
WAITING = PodMonitor(namespace="default", pod="frontend-2", uid="2", error="no interface")


def report(node="n1", **more):
    return SensorReport(node=node, boot="b", version="1", time=1.0, **more)


def samples(text):
    """{(name, labels): value}."""
    families = text_string_to_metric_families(text)
    return {(each.name, *sorted(each.labels.items())): each.value for family in families for each in family.samples}


@pytest.fixture
def told(client, services):
    async def read(*reports):
        for each in reports:
            services.sensors.heard(each)
        answer = await client.get("/metrics")
        assert answer.status_code == 200
        return samples(answer.text)

    return read


@pytest.mark.anyio
async def test_a_node_is_told_with_what_its_sensor_said(told):
    capture = CaptureReport(alive=True, packets=7, bytes=700)
    figures = SensorFigures(dropped={"ring_full": 2}, not_inspected={"bad checksum": 5}, flow_memory_bytes=4096)
    found = await told(report(capture=capture, monitors=[MONITORED, WAITING], spooled=3, figures=figures))
    node = ("node", "n1")
    assert found["podlynx_sensor_capturing", node] == 1
    assert found["podlynx_sensor_packets_total", node] == 7
    assert found["podlynx_sensor_bytes_total", node] == 700
    assert found["podlynx_sensor_dropped_total", node, ("reason", "ring_full")] == 2
    assert found["podlynx_sensor_not_inspected_total", node, ("reason", "bad checksum")] == 5
    assert found["podlynx_sensor_flow_memory_bytes", node] == 4096
    assert found["podlynx_sensor_spooled_events", node] == 3
    assert (found["podlynx_sensor_pods", node], found["podlynx_sensor_pods_missed", node]) == (1, 1)


@pytest.mark.anyio
async def test_a_node_that_fell_silent_is_told_by_its_age_alone(told, services, monkeypatch):
    monkeypatch.setattr(services.sensors, "missed", lambda: {"n2": 90.0})
    found = await told(report())
    assert {key: value for key, value in found.items() if ("node", "n2") in key} == {
        ("podlynx_sensor_age_seconds", ("node", "n2")): 90
    }


@pytest.mark.anyio
async def test_a_resource_is_told_by_node(told):
    resources = [
        ResourceReport(namespace="default", name="good", success=True),
        ResourceReport(namespace="default", name="bad", success=False),
    ]
    found = await told(report(resources=resources))
    for name, monitored in (("good", 1), ("bad", 0)):
        labels = ("name", name), ("namespace", "default"), ("node", "n1")
        assert found["podlynx_resource_monitored", *labels] == monitored


@pytest.mark.anyio
async def test_versions_that_differ_show(told, services, monkeypatch):
    monkeypatch.setattr(
        services, "rules_state", lambda: type("", (), {"version": "new", "loaded": 1, "refused": 0, "error": "", "fetched": ""})
    )
    old, new = (RulesReport(version=version, loaded=1) for version in ("old", "new"))
    found = await told(report(rules=old), report("n2", rules=new))
    builds = {dict(key[1:])["version"] for key in found if key[0] == "podlynx_build_info"}
    assert len(builds) == 2
    assert found["podlynx_sensor_rules_current", ("node", "n1")] == 0
    assert found["podlynx_sensor_rules_current", ("node", "n2")] == 1


@pytest.mark.anyio
async def test_a_name_cannot_break_out_of_its_label(told):
    found = await told(report(node='n"1\nevil 1\\'))
    assert ("podlynx_sensor_capturing", ("node", 'n"1\nevil 1\\')) in found


@pytest.mark.anyio
async def test_an_answer_is_bounded_and_says_so(told, monkeypatch):
    monkeypatch.setattr(metrics, "MAX_SAMPLES", 60)
    found = await told(*(report(node=f"n{number}") for number in range(200)))
    assert sum(key[0].startswith("podlynx_sensor") for key in found) <= 60
    assert found[("podlynx_metrics_truncated",)] == 1


@pytest.mark.anyio
async def test_nothing_is_left_out_of_an_answer_that_fits(told):
    assert (await told(report()))[("podlynx_metrics_truncated",)] == 0


@pytest.mark.anyio
async def test_rules_that_were_never_fetched_have_no_age(told):
    assert ("podlynx_rules_age_seconds",) not in await told()


@pytest.mark.anyio
async def test_an_alert_is_told_by_the_namespace_that_is_watched_and_its_rule(told, services):
    await services.ingest.events([event(), event(time=event().time + 1)], host="n1", origin="dpi.shop/front")
    found = await told()
    first = event()
    assert found["podlynx_alerts_total", ("gid", str(first.gid)), ("namespace", "shop"), ("sid", str(first.sid))] == 2
    assert found[("podlynx_delivery_seconds_count",)] == 1
    assert found[("podlynx_store_write_seconds_count",)] == 1


@pytest.mark.anyio
async def test_a_repeated_delivery_is_no_further_alert(told, services):
    for _ in range(2):
        await services.ingest.events([event()], host="n1", origin="dpi.shop/front")
    found = await told()
    assert sum(value for key, value in found.items() if key[0] == "podlynx_alerts_total") == 1
    assert found[("podlynx_delivery_seconds_count",)] == 1


def test_the_delivery_of_an_event_takes_from_its_packet_to_the_store():
    told = ManagerMetrics(clock=lambda: 1_000_000_100.0)
    old, new = (document(event(time=time * 10**9), host="n", origin="dpi.a/b") for time in (1_000_000_000, 1_000_000_090))
    told.stored([new, old], accepted=2, seconds=0.1)
    assert told.instruments.registry.get_sample_value("podlynx_delivery_seconds_sum") == pytest.approx(100)


def test_labels_of_alerts_are_capped_and_the_rest_is_counted(monkeypatch):
    monkeypatch.setattr(declared, "MAX_ALERT_LABELS", 3)
    told = ManagerMetrics()
    told.stored([document(event(sid=sid), host="n", origin="dpi.a/b") for sid in range(5)], accepted=5, seconds=0.1)
    found = told.alerts.reading()
    assert len(found) == 4
    assert found["other", "other", "other"] == told.alerts.overflow == 2


@pytest.mark.anyio
async def test_answers_are_timed_by_route_and_never_by_path(client, told):
    await client.get("/api/v1/alerts/some-id")
    await client.get("/nothing/there")
    routes = {dict(key[1:])["route"] for key in await told() if key[0] == "podlynx_request_seconds_count"}
    assert any("{" in route for route in routes)
    assert not any("some-id" in route or "nothing" in route for route in routes)


@pytest.mark.anyio
async def test_nobody_reads_them_without_a_token(nobody):
    assert (await nobody.get("/metrics")).status_code == 401


@pytest.mark.anyio
async def test_they_are_served_as_prometheus_reads_them(client):
    assert (await client.get("/metrics")).headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.anyio
async def test_only_who_may_see_the_sensors_reads_them(client, services, monkeypatch):
    async def may(_principal, verb, resource, _namespace=""):
        return (verb, resource) != ("get", "sensors")

    monkeypatch.setattr(services.access, "may", may)
    assert (await client.get("/metrics")).status_code == 403


@pytest.mark.parametrize(
    ("fetched", "age"), [("", None), ("nonsense", None), ("2026-11-25T08:00:00+00:00", 3600.0), ("2026-11-25T08:00:00", 3600.0)]
)
def test_the_age_of_the_rules(fetched, age):
    assert age_of(fetched, datetime(2026, 11, 25, 9, tzinfo=UTC)) == age


@pytest.mark.anyio
async def test_what_is_served_is_what_is_documented(client, services, told):
    state = {"version": "v", "loaded": 1, "refused": 0, "error": "", "fetched": "2026-11-25T08:00:00"}
    services.rules_state = lambda: type("", (), state)
    services.readings.append(lambda: [(WATCH_INTERRUPTIONS, {("pods",): 1}), (CERTIFICATE_EXPIRY, {("manager",): 1})])
    services.readings.append(WebhookFigures().readings)
    figures = SensorFigures(rules_loaded_at=1)
    await told(report(rules=RulesReport(version="v", loaded=1), figures=figures))
    await services.ingest.events([event()], host="n1", origin="dpi.shop/front")
    assert_same("Manager", (await client.get("/metrics")).text)
