"""Exceptions hide from list, detail and stream, say how many, and end at once."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from tests.kubernetes.waiting import until

from podlynx.manager.app import app_of
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings

from ..engine_events import START, event_document

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def exception(name="quiet", selector="host = node-2", start=NOW, end=None):
    spec = {"description": "planned", "selector": selector, "startTime": start.isoformat()}
    if end:
        spec["endTime"] = end.isoformat()
    return {"metadata": {"name": name, "creationTimestamp": f"2026-01-01T00:00:0{len(name) % 10}Z"}, "spec": spec}


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
async def services(store):
    found = Services(store, Settings())
    found.exceptions._clock = Clock()
    await found.ingest.keep(
        [event_document(host="node-1"), event_document(host="node-2", time=START + 10**9), event_document(sid=7, host="node-2")]
    )
    return found


@pytest.fixture
async def api(services):
    headers = {"Authorization": f"Bearer {services.settings.token}"}
    transport = httpx2.ASGITransport(app=app_of(services))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        yield client


async def listed(api, **asked):
    answer = (await api.get("/api/v1/alerts", params=asked)).json()
    return [(row["rule"]["sid"], row["count"]) for row in answer["items"]], answer["excepted"]


async def test_what_is_hidden_is_told_and_comes_back(services, api):
    services.exceptions.replace([exception(end=NOW + timedelta(hours=1))])
    assert await listed(api) == ([(57461, 1)], 1)
    assert await listed(api, show_excepted=True) == ([(57461, 2), (7, 1)], 0)
    services.exceptions._clock.now = NOW + timedelta(hours=1)
    services.exceptions.look()
    assert await listed(api) == ([(57461, 2), (7, 1)], 0)


async def test_counts_exports_and_sweeps_leave_it_out(services, api):
    services.exceptions.replace([exception()])
    assert (await api.get("/api/v1/events/statistics")).json()["total"] == 1
    assert (await api.get("/api/v1/events/statistics", params={"show_excepted": True})).json()["total"] == 3
    assert len((await api.get("/api/v1/events/export")).text.splitlines()) == 1
    assert len((await api.get("/api/v1/events/export", params={"show_excepted": True})).text.splitlines()) == 3
    swept = await api.post("/api/v1/events/dismiss", json={"query": "severity:>=0"})
    assert swept.json()["dismissed"] == 1


async def test_the_latest_event_of_a_group_is_one_that_is_shown(services, api):
    (row,) = [each for each in (await api.get("/api/v1/alerts")).json()["items"] if each["rule"]["sid"] == 57461]
    services.exceptions.replace([exception()])
    assert (await api.get(f"/api/v1/alerts/{row['id']}")).json()["host"] == "node-1"
    assert (await api.get(f"/api/v1/alerts/{row['id']}", params={"show_excepted": True})).json()["host"] == "node-2"


@pytest.mark.parametrize(
    ("made", "state", "hides"),
    [
        (exception(), "Active", True),
        (exception(start=NOW + timedelta(seconds=1)), "Scheduled", False),
        (exception(start=NOW - timedelta(days=1), end=NOW), "Expired", False),
        (exception(selector="host ="), "Invalid", False),
        (exception(selector=" "), "Invalid", False),
    ],
)
async def test_each_says_whether_it_hides(services, api, made, state, hides):
    services.exceptions.replace([made])
    (told,) = (await api.get("/api/v1/exceptions")).json()["exceptions"]
    assert told["state"] == state
    assert bool((await listed(api))[1]) is hides


async def test_there_may_be_too_many(services, api):
    services.exceptions.replace([exception(f"e{n:03}", selector=f"sid = {n}") for n in range(101)])
    states = [each["state"] for each in (await api.get("/api/v1/exceptions")).json()["exceptions"]]
    assert states == ["Active"] * 100 + ["TooMany"]


async def test_open_pages_are_told_to_read_anew_when_one_begins_and_ends(services):
    async with services.live.reader() as reader:
        services.exceptions.replace([exception()])
        assert reader.lagging
    async with services.live.reader() as reader:
        services.exceptions.replace([exception()])
        assert not reader.lagging
        services.exceptions.replace([])
        assert reader.lagging


@pytest.mark.parametrize("selector", ["host = node-2", "sid = 57461"])
async def test_the_stream_leaves_it_out(services, selector):
    services.exceptions.replace([exception(selector=selector)])
    async with services.live.reader() as reader:
        await services.ingest.keep([event_document(host="node-2", time=START + 5 * 10**9)])
        assert await services.exceptions.change(await reader.next(1)) is None
        await services.ingest.keep([event_document(host="node-1", sid=8)])
        change = await reader.next(1)
        assert (await services.exceptions.change(change)).row.rule.sid == 8


async def test_a_moment_that_comes_is_noticed(services):
    """Here by the real clock: the exception ends in a moment."""
    services.exceptions._clock = lambda: datetime.now(UTC)
    now = datetime.now(UTC)
    services.exceptions.replace([exception(start=now - timedelta(hours=1), end=now + timedelta(seconds=0.3))])
    assert services.exceptions.hidden
    following = asyncio.create_task(services.exceptions.follow_clock())
    await until(lambda: not services.exceptions.hidden, 30)
    following.cancel()
