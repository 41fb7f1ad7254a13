"""The live stream: fast, complete over a lost connection, and safe from slow readers."""

import asyncio
import json
from contextlib import asynccontextmanager

import httpx2
import msgspec
import pytest

from podlynx.manager.live import Live
from podlynx.manager.server import Manager
from podlynx.manager.settings import Settings
from podlynx.models.selftest import GID, SID, datagram
from podlynx.store.protocol import Change

from ..engine_events import HOST, ORIGIN, START, engine_event, event_document

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def running(store, **changed):
    manager = Manager(store, Settings(**changed))
    await manager.start()
    try:
        yield manager
    finally:
        await manager.stop()


@asynccontextmanager
async def reading(manager, **headers):
    """The stream, as an iterator of (id, event, data); comments are events of that name."""
    after = headers.pop("after", None)
    sent = {"Authorization": f"Bearer {manager.token}", **headers}
    async with (
        httpx2.AsyncClient(timeout=10) as client,
        client.stream(
            "GET", f"{manager.url}/api/v1/alerts/stream", headers=sent, params={"after": after} if after else {}
        ) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield frames(answer)


async def frames(answer):
    frame = {}
    async for line in answer.aiter_lines():
        if line.startswith(":"):
            frame["event"] = "comment"
        elif line:
            name, _, value = line.partition(": ")
            frame[name] = value
        elif frame:
            yield frame.get("id"), frame.get("event", "position"), json.loads(frame.get("data", "null"))
            frame = {}


async def ingest(manager, *events):
    return await manager.ingest(list(events), host=HOST, origin=ORIGIN)


async def test_an_alert_is_told_as_it_happens(store):
    async with running(store) as manager, reading(manager) as stream:
        assert await anext(stream) == ("0", "position", None)
        result = await ingest(manager, engine_event())
        assert await anext(stream) == ("1", "alert", msgspec.to_builtins(result.changes[0].row))
        await ingest(manager, engine_event(time=START + 1), engine_event(sid=2), engine_event(time=START + 2))
        assert [(await anext(stream))[2]["count"] for _ in range(2)] == [1, 3]


async def test_a_self_test_is_nobodys_alert(store):
    async with running(store) as manager, reading(manager) as stream:
        await anext(stream)
        await ingest(manager, engine_event(gid=GID, sid=SID, payload=datagram("a" * 32)), engine_event(time=START + 1))
        assert (await anext(stream))[2]["rule"]["gid"] == 1


async def test_a_lost_connection_loses_no_alert(store):
    async with running(store) as manager:
        async with reading(manager) as stream:
            await anext(stream)
            await ingest(manager, engine_event(sid=1))
            seen, *_ = await anext(stream)
        await ingest(manager, engine_event(sid=2), engine_event(sid=3))
        async with reading(manager, **{"Last-Event-ID": seen}) as stream:
            assert (await anext(stream))[1] == "position"
            assert [(await anext(stream))[2]["rule"]["sid"] for _ in range(2)] == [2, 3]
            await ingest(manager, engine_event(sid=4))
            assert (await anext(stream))[0] == "4"


async def test_nothing_falls_between_the_page_and_the_stream(store):
    async with running(store) as manager:
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {manager.token}"}) as client:
            await ingest(manager, engine_event(sid=1))
            page = (await client.get(f"{manager.url}/api/v1/alerts")).json()
        await ingest(manager, engine_event(sid=2))
        async with reading(manager, after=page["live_cursor"]) as stream:
            await anext(stream)
            assert (await anext(stream))[2]["rule"]["sid"] == 2


@pytest.mark.parametrize("cursor", ["0", "999"], ids=["too far back", "of another life of the store"])
async def test_a_reader_that_missed_too_much_is_told_to_reload(store, cursor):
    async with running(store, stream_replay=3) as manager:
        await ingest(manager, *(engine_event(sid=n) for n in range(1, 6)))
        async with reading(manager, **{"Last-Event-ID": cursor}) as stream:
            assert [frame async for frame in stream] == [("5", "reload", {"cursor": "5"})]


async def test_silence_is_filled(store):
    async with running(store, heartbeat_seconds=0.05) as manager, reading(manager) as stream:
        await anext(stream)
        assert (await anext(stream))[1] == "comment"


async def test_there_is_a_cap_on_readers(store):
    async with running(store, max_streams=1) as manager, reading(manager) as stream:
        await anext(stream)
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {manager.token}"}) as client:
            refused = await client.get(f"{manager.url}/api/v1/alerts/stream")
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "too_many_streams")
            live = (await client.get(f"{manager.url}/api/v1/status")).json()["live"]
        assert (live["subscribers"], live["refused_full"]) == (1, 1)


async def test_a_reader_that_left_is_forgotten(store):
    async with running(store, heartbeat_seconds=0.05) as manager:
        async with reading(manager) as stream:
            await anext(stream)
        for _ in range(100):
            if manager._services.live.statistics().subscribers == 0:
                return
            await asyncio.sleep(0.02)
        pytest.fail("the reader is still there")


async def test_a_slow_reader_costs_neither_memory_nor_the_others(store):
    row = (await store_row(store)).row
    live = Live(max_readers=2, max_each=2, queue=4)
    async with live.reader() as slow, live.reader() as quick:
        for cursor in range(10):
            live.publish([Change(cursor, row)])
            assert (await quick.next(1)).cursor == cursor
        assert (slow.lagging, quick.lagging) == (True, False)
        assert live.statistics().told_to_reload == 1


async def store_row(store):
    return (await store.ingest([event_document()])).changes[0]


async def test_logging_out_ends_the_stream(store):
    async with (
        running(store, heartbeat_seconds=0.05) as manager,
        httpx2.AsyncClient(timeout=10, follow_redirects=False) as client,
    ):
        await client.get(manager.login_link())
        async with client.stream("GET", f"{manager.url}/api/v1/alerts/stream") as answer:
            stream = frames(answer)
            await anext(stream)
            logged_out = await client.delete(f"{manager.url}/api/v1/session", headers={"Origin": manager.url})
            assert logged_out.status_code == 200
            async for _, event, _ in stream:
                assert event == "comment"


async def test_stopping_ends_open_streams_at_once(store):
    async with running(store) as manager, reading(manager) as stream:
        await anext(stream)
        async with asyncio.timeout(30):  # without the streams' ending it would wait for the readers, who never leave
            await manager.stop()
            assert [frame async for frame in stream] == []


async def test_each_event_reaches_the_reader_by_itself_not_with_the_next(store):
    """How soon, `bench/latency.py` tells."""
    async with running(store) as manager, reading(manager) as stream:
        await anext(stream)
        for n in range(20):
            waiting = asyncio.create_task(ingest(manager, engine_event(time=START + n)))
            async with asyncio.timeout(30):
                await anext(stream)
            await waiting
