"""A self-test as the manager follows it."""

import asyncio

import msgspec
import pytest
from tests.engine_events import engine_event
from tests.kubernetes.waiting import until

from podlynx.manager.environment import BadVariable, read_environment
from podlynx.manager.selftest_schedule import run_all
from podlynx.models.selftest import GID, SID, SelftestReport, SelftestResult, datagram, token_in
from podlynx.models.sensor_report import PodMonitor, SensorReport

ORIGIN = "dpi.shop/front"


def report(**more):
    monitors = [PodMonitor(namespace="shop", pod="front", uid="1", addresses=["10.0.0.1"], monitored=True)]
    return SensorReport(node="n1", boot="b", version="1", time=1.0, monitors=monitors, **more)


def caught(token, **more):
    """The event of our rule."""
    return engine_event(gid=GID, sid=SID, payload=datagram(token), protocol="UDP", dst_port=9, **more)


@pytest.fixture
def heartbeat(connect, settings):
    async def beat(said):
        async with connect(settings.ingest_token) as sensor:
            body, headers = msgspec.json.encode(said), {"content-type": "application/json"}
            answer = await sensor.post("/api/v1/sensors/n1/heartbeat", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["selftest"]

    return beat


@pytest.fixture
async def begun(client, services, heartbeat):
    """A test that was asked for; its token came with a heartbeat."""
    services.selftests._wait = 5
    await heartbeat(report())
    asking = asyncio.create_task(client.post("/api/v1/selftest", json={"node": "n1"}))
    await until(lambda: services.selftests.wanted("n1"))
    token = await heartbeat(report())
    yield asking, token
    asking.cancel()


@pytest.mark.anyio
async def test_a_test_is_followed_from_the_node_to_the_live_stream(begun, services, heartbeat, client):
    asking, token = begun
    await services.ingest.events([caught(token)], host="n1", origin=ORIGIN)
    said = SelftestReport(token=token, sent=100.0, inspected=100.01, spooled=100.02)
    assert await heartbeat(report(selftest=said)) == ""
    result = (await asking).json()
    assert result["passed"], result
    assert [each["name"] for each in result["stages"]] == ["sent", "inspected", "spooled", "delivered", "stored", "streamed"]
    assert result["stages"][1]["seconds"] == pytest.approx(0.01)
    told = (await client.get("/metrics")).text
    assert 'podlynx_selftest_passed{node="n1"} 1.0' in told
    assert f'gid="{GID}"' not in told


@pytest.mark.anyio
async def test_it_stands_in_nobodys_list_and_wakes_nobody(begun, services, heartbeat, client):
    asking, token = begun
    told = []
    services.ingest.stored = told.extend
    await services.ingest.events([caught(token), engine_event()], host="n1", origin=ORIGIN)
    await heartbeat(report(selftest=SelftestReport(token=token, sent=1.0, inspected=1.0, spooled=1.0)))
    await asking
    assert [each.podlynx.gid for each in told] == [1]
    await asyncio.gather(*services.selftests._errands)
    assert [each["rule"]["gid"] for each in (await client.get("/api/v1/alerts")).json()["items"]] == [1]
    (kept,) = (await client.get("/api/v1/alerts", params={"dismissed": "true"})).json()["items"]
    assert (kept["severity"], kept["rule"]["msg"]) == (0, "MALWARE-BACKDOOR back door reached")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("said", "failed", "reason"),
    [
        ({"error": "no pod of this node is monitored"}, "sent", "no pod of this node is monitored"),
        ({"sent": 1.0}, "inspected", "no event of it came"),
        ({"sent": 1.0, "inspected": 1.0}, "spooled", "disk"),
        ({"sent": 1.0, "inspected": 1.0, "spooled": 1.0}, "delivered", "did not reach the manager"),
    ],
)
async def test_where_it_ends_is_said_and_what_to_do(begun, services, heartbeat, said, failed, reason):
    asking, token = begun
    services.selftests._wait = 0.5
    await heartbeat(report(selftest=SelftestReport(token=token, **said)))
    result = (await asking).json()
    assert (result["passed"], result["failed_stage"]) == (False, failed)
    assert reason in result["reason"]
    assert result["mend"]


@pytest.mark.anyio
async def test_an_event_of_another_token_is_not_taken_for_it_and_put_away(begun, services, heartbeat, client):
    asking, _ = begun
    await services.ingest.events([caught("p" * 32)], host="n1", origin=ORIGIN)
    await asyncio.gather(*services.selftests._errands)
    assert (await client.get("/api/v1/alerts")).json()["items"] == []
    assert not asking.done()


@pytest.mark.anyio
async def test_a_node_that_does_not_report_cannot_be_tested(client, services):
    assert (await client.post("/api/v1/selftest", json={})).status_code == 404
    services.sensors.heard(report())
    assert (await client.post("/api/v1/selftest", json={"node": "n2"})).status_code == 404


@pytest.mark.anyio
async def test_it_needs_a_right(client, services, nobody, monkeypatch):
    assert (await nobody.post("/api/v1/selftest", json={})).status_code == 401

    async def may(_principal, verb, resource, _namespace=""):
        return (verb, resource) != ("create", "selftests")

    monkeypatch.setattr(services.access, "may", may)
    assert (await client.post("/api/v1/selftest", json={})).status_code == 403


def test_a_token_is_read_where_it_is_whole_only():
    token = "abcdefghijklmnop" * 2
    assert token_in(caught(token)) == token
    for payload in (b"podlynx-selftest abc\n", datagram(token)[:-1], b"x" + datagram(token), b""):
        assert token_in(engine_event(payload=payload)) == ""


@pytest.mark.anyio
async def test_by_itself_every_node_with_a_monitored_pod_is_tested(services, heartbeat):
    services.selftests._wait = 0.2
    services.sensors.heard(report())
    services.sensors.heard(msgspec.structs.replace(report(), node="n2", monitors=[]))
    services.selftests.results["gone"] = (SelftestResult(node="gone", passed=True, stages=[]), 1.0)
    await run_all(services.selftests, services.sensors)
    assert list(services.selftests.results) == ["n1"]
    assert services.selftests.counts == {"passed": 0, "failed": 1}


def test_how_often_is_said_in_minutes():
    assert read_environment({"PODLYNX_SELFTEST_MINUTES": "60"}).selftest_seconds == 3600
    for wrong in ("-1", "often", "99999"):
        with pytest.raises(BadVariable, match="PODLYNX_SELFTEST_MINUTES"):
            read_environment({"PODLYNX_SELFTEST_MINUTES": wrong})
