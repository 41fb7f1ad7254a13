"""The stream of whole events: each that matches once, over lost connections too, and only to whom it concerns."""

# ruff: noqa: F811 a fixture is imported, then asked for by its name

from contextlib import asynccontextmanager

import httpx2
import pytest

from podlynx.manager.server import Manager
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings
from podlynx.models.selftest import GID, SID, datagram

from ..engine_events import HOST, ORIGIN, START, engine_event, event_document
from .test_cluster_access import ALICE, ask, clock, cluster, services  # noqa: F401 fixtures
from .test_stream import frames, ingest, running

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def following(manager, token="", cursor="", **parameters):
    sent = {"Authorization": f"Bearer {token or manager.token}"} | ({"Last-Event-ID": cursor} if cursor else {})
    async with (
        httpx2.AsyncClient(timeout=10) as client,
        client.stream("GET", f"{manager.url}/api/v1/events/stream", headers=sent, params=parameters) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        yield (frame async for frame in frames(answer) if frame[1] != "comment")


async def told_by(stream, number):
    """The next frames that are events."""
    found = []
    async for frame in stream:
        found += [frame] if frame[1] == "event" else []
        if len(found) == number:
            break
    return found


async def documents_of(stream, number):
    return [document for *_, document in await told_by(stream, number)]


async def test_every_event_is_told_and_not_only_its_group(store):
    async with running(store) as manager, following(manager) as stream:
        assert (await anext(stream))[1] == "position"
        await ingest(manager, engine_event(), engine_event(time=START + 1), engine_event(time=START + 2))
        told = await told_by(stream, 3)
    assert [cursor for cursor, *_ in told] == ["1", "2", "3"]
    assert [document["podlynx"]["time"] - START for *_, document in told] == [0, 1, 2]
    assert told[0][2]["podlynx"]["payload"], "documents are whole"


async def test_only_what_matches(store):
    async with running(store) as manager, following(manager, query="sid:[2 TO 3] canceltoken", severity_min=70) as stream:
        await anext(stream)
        await ingest(manager, *(engine_event(sid=n, priority=1 + n % 3 // 2 * 2) for n in range(1, 7)))
        await ingest(manager, engine_event(sid=3, time=START + 1))
        assert [each["podlynx"]["sid"] for each in await documents_of(stream, 2)] == [3, 3]


async def test_a_lost_connection_loses_and_repeats_nothing(store):
    async with running(store, heartbeat_seconds=0.05) as manager:
        seen, cursor = [], "0"
        for n in range(1, 40, 4):
            await ingest(manager, *(engine_event(sid=n + k) for k in range(4)))
            async with following(manager, cursor=cursor) as stream:
                async for identifier, kind, document in stream:
                    cursor = identifier or cursor
                    if kind == "event":
                        seen.append(document["podlynx"]["sid"])
                        if len(seen) % 3 == 0:
                            break
        async with following(manager, cursor=cursor) as stream:
            async for _, kind, document in stream:
                if kind == "event":
                    seen.append(document["podlynx"]["sid"])
                if len(seen) == 40:
                    break
    assert seen == list(range(1, 41))


async def test_what_did_not_match_need_not_be_looked_at_again(store):
    async with running(store) as manager, following(manager, query="sid:99") as stream:
        assert (await anext(stream))[:2] == ("0", "position")
        await ingest(manager, engine_event(sid=1))
        assert (await anext(stream))[:2] == ("1", "position")


async def test_a_cursor_of_another_store_is_told(store):
    async with running(store) as manager:
        await ingest(manager, engine_event())
        async with following(manager, cursor="999") as stream:
            assert [frame async for frame in stream] == [("1", "reload", {"cursor": "1"})]


async def test_only_what_one_may_see_and_as_one_may_see_it(store, services, cluster):
    manager = Manager(store, services=services)
    await manager.start()
    try:
        await store.ingest(
            [
                event_document(sid=1, source="pay/x", dest="pay/y"),
                event_document(sid=2, source="shop/checkout", dest="pay/gateway"),
                event_document(sid=3, source="pay/x", dest="shop/web"),
            ]
        )
        async with following(manager, cluster.add("shop", *ALICE), cursor="0") as stream:
            told = await documents_of(stream, 2)
        assert [each["podlynx"]["sid"] for each in told] == [2, 3]
        assert [(each["source_name"], each["dest_name"]) for each in told] == [("checkout", ""), ("", "web")]
        async with following(manager, cluster.add("shop2", "get alerts shop"), cursor="0") as stream:
            assert (await documents_of(stream, 1))[0]["podlynx"]["payload"] == ""
    finally:
        await manager.stop()


async def test_what_is_wrong_is_told_at_once(ask, cluster, store):
    everything = cluster.add("all", "get alerts")
    wrong = await ask("GET", "events/stream", everything, params={"query": "sdi:1"})
    assert (wrong.status_code, wrong.json()["error"]["span"]) == (400, [0, 4])
    await store.ingest([event_document(dest="shop/web")])
    refused = await ask("GET", "events/stream", cluster.add("nobody"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")


async def test_it_counts_as_a_stream(store):
    async with running(store, max_streams=1) as manager, following(manager) as stream:
        await anext(stream)
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {manager.token}"}) as client:
            for path in ("alerts/stream", "events/stream"):
                assert (await client.get(f"{manager.url}/api/v1/{path}")).json()["error"]["code"] == "too_many_streams"


async def test_a_flood_rings_a_bell_once(store):
    services = Services(store, Settings())
    async with services.live.bell() as bell:
        for n in range(50):
            await services.ingest.events([engine_event(time=START + n)], host=HOST, origin=ORIGIN)
        assert await bell.rung(1)
        assert not await bell.rung(0.01)
        assert (bell.lagging, services.live.told_to_reload) == (False, 0)
        services.live.close()
        assert await bell.rung(1)
        assert bell.closed


async def test_a_self_test_is_nobodys_event(store):
    ours = engine_event(gid=GID, sid=SID, payload=datagram("a" * 32))
    async with running(store) as manager, following(manager) as stream:
        await anext(stream)
        await ingest(manager, ours, engine_event(time=START + 1))
        (told,) = await documents_of(stream, 1)
    assert told["podlynx"]["gid"] == 1
