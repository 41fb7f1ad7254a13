"""Merging over a real store: one alert for one attack, whatever order and trouble it comes in."""

import asyncio

import pytest

from podlynx.manager.merge import Merger
from podlynx.manager.merge_table import Table
from podlynx.store import Search
from podlynx.store.errors import StoreBusy

from .observed import plain, sensor_event

pytestmark = pytest.mark.anyio


@pytest.fixture
async def merger(services):
    merger = Merger(services.ingest, lambda document: True, table=Table(wait_seconds=0.05))
    yield merger
    await merger.close()


def of(side, **changed):
    return plain(sensor_event(side, **changed))


async def stored(store):
    rows = (await store.alerts(Search(grouped=False))).items
    documents = [await store.alert(row.event_id) for row in rows]
    return sorted((each.host, sorted(observer.side for observer in each.observers)) for each in documents)


ONE = [("node-server", ["client", "server"])]


async def test_both_ends_at_once_are_one_document_of_the_server(merger, store, services):
    client = asyncio.create_task(merger.take([of("client")]))
    await asyncio.sleep(0.01)
    async with services.live.reader():
        result = await merger.take([of("server")])
    assert (result.accepted, len(result.changes)) == (1, 1)
    await client
    assert await stored(store) == ONE


async def test_both_in_one_batch(merger, store):
    await merger.take([of("client"), of("server")])
    assert await stored(store) == ONE


async def test_the_client_comes_late(merger, store):
    await merger.take([of("server")])
    assert (await merger.take([of("client")])).duplicates == 1
    assert await stored(store) == ONE


async def test_the_server_comes_too_late_and_is_an_observer(merger, store):
    await merger.take([of("client")])
    await merger.take([of("server")])
    assert await stored(store) == [("node-client", ["client", "server"])]


async def test_it_is_answered_only_once_it_is_durable(merger, store):
    client = asyncio.create_task(merger.take([of("client")]))
    await asyncio.sleep(0.02)
    assert not client.done()
    assert await stored(store) == []
    await client
    assert await stored(store) == [("node-client", ["client"])]


@pytest.mark.parametrize("first", ["client", "server"])
async def test_a_batch_that_is_sent_again_to_a_manager_that_started_again_is_harmless(merger, services, store, first):
    second = "server" if first == "client" else "client"
    await asyncio.gather(merger.take([of(first)]), merger.take([of(second)]))
    again = Merger(services.ingest, lambda document: False)
    await again.take([of("client")])
    await again.take([of("server")])
    assert await stored(store) == ONE


async def test_many_of_both_ends_in_any_order(merger, store):
    events = [of(side, sequence=n, packet_number=n) for n in range(50) for side in ("client", "server")]
    await asyncio.gather(*(merger.take(events[n::7]) for n in range(7)))
    assert await stored(store) == ONE * 50


async def test_who_hangs_up_takes_nothing_with_them(merger, store):
    client = asyncio.create_task(merger.take([of("client")]))
    await asyncio.sleep(0.01)
    client.cancel()
    await asyncio.sleep(0.1)
    assert await stored(store) == [("node-client", ["client"])]


async def test_a_store_that_is_busy_is_told_to_both_and_both_may_come_again(merger, services, store, monkeypatch):
    async def busy(documents, *, told):
        raise StoreBusy("Busy.")

    with monkeypatch.context() as patched:
        patched.setattr(store, "ingest", busy)
        answers = await asyncio.gather(merger.take([of("client")]), merger.take([of("server")]), return_exceptions=True)
        assert [type(answer) for answer in answers] == [StoreBusy, StoreBusy]
    await asyncio.gather(merger.take([of("client")]), merger.take([of("server")]))
    assert await stored(store) == ONE


async def test_stopping_stores_what_waits(services, store):
    merger = Merger(services.ingest, lambda document: True, table=Table(wait_seconds=60))
    waiting = asyncio.create_task(merger.take([of("client")]))
    await asyncio.sleep(0.01)
    await merger.close()
    await waiting
    assert await stored(store) == [("node-client", ["client"])]
