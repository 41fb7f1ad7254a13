"""What Prometheus reads."""

from datetime import UTC, datetime

import pytest

from podlynx.manager import metrics
from podlynx.manager.metrics import Figures, exposition
from podlynx.manager.routes.metrics import age_of
from podlynx.models.sensor_report import CaptureReport, PodMonitor, ResourceReport, SensorReport, SensorState

MONITORED = PodMonitor(namespace="default", pod="frontend-1", uid="1", monitored=True)
WAITING = PodMonitor(namespace="default", pod="frontend-2", uid="2", error="no interface")


def state(node="n1", **more):
    report = SensorReport(node=node, boot="b", version="1", time=1.0, **more)
    return SensorState(report=report, age_seconds=1.5)


def samples(figures):
    """{name and labels: value}, and every line in the format's order."""
    lines = exposition(figures).splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_a_node_is_told_with_what_its_sensor_said():
    capture = CaptureReport(alive=True, packets=7, bytes=700, dropped=2)
    told = samples(Figures(uptime=12.5, sensors=[state(capture=capture, monitors=[MONITORED, WAITING], spooled=3)]))
    assert told["podlynx_manager_uptime_seconds"] == "12.5"
    assert told['podlynx_sensor_age_seconds{node="n1"}'] == "1.5"
    assert told['podlynx_sensor_capturing{node="n1"}'] == "1"
    assert told['podlynx_sensor_packets_total{node="n1"}'] == "7"
    assert told['podlynx_sensor_dropped_total{node="n1"}'] == "2"
    assert told['podlynx_sensor_spooled_events{node="n1"}'] == "3"
    assert told['podlynx_sensor_pods{node="n1"}'] == "1"


def test_a_node_that_fell_silent_is_told_by_its_age_alone():
    told = samples(Figures(uptime=1, sensors=[state()], missed={"n2": 90.0}))
    assert told['podlynx_sensor_age_seconds{node="n2"}'] == "90"
    assert [name for name in told if 'node="n2"' in name] == ['podlynx_sensor_age_seconds{node="n2"}']


def test_a_resource_is_told_by_node():
    resources = [
        ResourceReport(namespace="default", name="good", success=True),
        ResourceReport(namespace="default", name="bad", success=False),
    ]
    told = samples(Figures(uptime=1, sensors=[state(resources=resources)]))
    assert told['podlynx_resource_monitored{namespace="default",name="good",node="n1"}'] == "1"
    assert told['podlynx_resource_monitored{namespace="default",name="bad",node="n1"}'] == "0"


def test_a_name_cannot_break_out_of_its_label():
    told = exposition(Figures(uptime=1, sensors=[state(node='n"1\nevil 1\\')]))
    assert 'podlynx_sensor_age_seconds{node="n\\"1\\nevil 1\\\\"} 1.5' in told.splitlines()


def test_an_answer_is_bounded_and_says_so(monkeypatch):
    monkeypatch.setattr(metrics, "MAX_SAMPLES", 60)
    answer = exposition(Figures(uptime=1, sensors=[state(node=f"n{number}") for number in range(200)]))
    assert len(answer.splitlines()) < 120
    assert answer.endswith("podlynx_metrics_truncated 1\n")


def test_nothing_is_left_out_of_an_answer_that_fits():
    assert exposition(Figures(uptime=1, sensors=[state()])).endswith("podlynx_metrics_truncated 0\n")


def test_rules_that_were_never_fetched_have_no_age():
    assert "podlynx_rules_age_seconds" not in samples(Figures(uptime=1))
    assert samples(Figures(uptime=1, rules_age=3600))["podlynx_rules_age_seconds"] == "3600"


@pytest.mark.anyio
async def test_nobody_reads_them_without_a_token(nobody):
    assert (await nobody.get("/metrics")).status_code == 401


@pytest.mark.anyio
async def test_they_are_served_as_prometheus_reads_them(client, services):
    services.sensors.heard(state(capture=CaptureReport(alive=True)).report)
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'podlynx_sensor_capturing{node="n1"} 1' in answer.text.splitlines()


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
