"""The oldest events go, by age and by size; what is left stays consistent."""

import asyncio

import pytest

from podlynx.expressions.query import parse_query
from podlynx.store import Retention, Search
from podlynx.store.sqlite.store import SqliteStore

from ..engine_events import START, event_document

pytestmark = pytest.mark.anyio


async def settled(store):
    """Retention runs after a write, in the writer's thread: one more write, and it is done."""
    await store.dismiss("nothing")
    await store.dismiss("nothing")
    return await store.statistics()


async def test_by_age_of_arrival_and_not_of_the_packet(path):
    now = [1000.0]
    store = SqliteStore(path, retention=Retention(seconds=60), clock=lambda: now[0])
    await store.ingest([event_document(sid=1, time=5), event_document(sid=2, time=7, src_port=1)])
    now[0] = 1050.0
    await store.ingest([event_document(sid=2, time=6, src_port=2)])
    assert (await settled(store)).events == 3
    now[0] = 1061.0
    statistics = await settled(store)
    assert (statistics.events, statistics.trimmed_by_age, statistics.trimmed_by_size) == (1, 2, 0)
    left = (await store.alerts(Search())).items
    assert [(row.rule.sid, row.count, row.first_time, row.last_time, row.source.port) for row in left] == [(2, 1, "6", "6", 2)]
    assert (await store.alerts(Search(query=parse_query("57461")))).items == []
    await store.close()


async def test_dismissed_events_that_go_leave_the_open_ones_counted(path):
    now = [1000.0]
    store = SqliteStore(path, retention=Retention(seconds=60), clock=lambda: now[0])
    old = event_document(time=START)
    await store.ingest([old])
    await store.dismiss(old.id)
    now[0] = 1050.0
    await store.ingest([event_document(time=START + 1)])
    now[0] = 1061.0
    await settled(store)
    assert [(row.count, row.dismissed) for row in (await store.alerts(Search())).items] == [(1, False)]
    await store.close()


async def test_by_size(path):
    limit = 3 * 1024 * 1024
    store = SqliteStore(path, retention=Retention(bytes=limit))
    packet = bytes(range(256)) * 8
    for batch in range(30):
        await store.ingest([event_document(sid=n % 7, time=START + batch * 200 + n, packet=packet) for n in range(200)])
    for _ in range(20):
        statistics = await settled(store)
    assert statistics.bytes <= limit
    assert statistics.trimmed_by_size > 0
    assert statistics.events == 6000 - statistics.trimmed_by_size > 0
    assert sum(row.count for row in (await store.alerts(Search())).items) == statistics.events
    assert path.stat().st_size < 2 * limit
    await store.close()


async def test_a_namespace_goes_with_its_last_alert(path):
    now = [1000.0]
    store = SqliteStore(path, retention=Retention(seconds=60), clock=lambda: now[0])
    await store.ingest([event_document(sid=n, source=f"made-up-{n}/x", dest="shop/a") for n in range(20)])
    await store.ingest([event_document(source="pay/x", dest="shop/a")])
    now[0] = 1050.0
    await store.ingest(
        [event_document(source="pay/x", dest="shop/a", time=START + 1), event_document(sid=1, dest="web/b", time=START + 2)]
    )
    assert len(await store.namespaces()) == 23
    now[0] = 1061.0
    await settled(store)
    assert await store.namespaces() == ["pay", "shop", "web"]
    await store.close()


async def test_a_limit_too_small_for_anything_still_works(path):
    store = SqliteStore(path, retention=Retention(bytes=1))
    for n in range(5):
        assert (await store.ingest([event_document(time=n)])).accepted == 1
    assert (await settled(store)).events == 0
    await asyncio.wait_for(store.close(), 10)
