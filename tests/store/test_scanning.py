"""Reading many events one after the other, while others arrive and go; and dismissing all that match."""

import pytest

from podlynx.expressions.query import parse_query
from podlynx.store import Search, Selection
from podlynx.store.sqlite import scanning

from ..engine_events import START, event_document

pytestmark = pytest.mark.anyio


def numbered(*numbers, **changed):
    return [event_document(sid=n, time=START + n * 10**9, **changed) for n in numbers]


async def scanned(store, during=lambda: None, **selection):
    sids = []
    async for batch in store.scan(Selection(**selection)):
        assert batch
        sids += [each.podlynx.sid for each in batch]
        if arriving := during():
            await store.ingest(arriving)
    return sids


@pytest.fixture(params=[(2, 1), (3, 2), (50_000, 200)], ids=str)
def small_steps(request, monkeypatch):
    monkeypatch.setattr(scanning, "MAX_KEYS", request.param[0])
    monkeypatch.setattr(scanning, "BATCH_DOCUMENTS", request.param[1])


@pytest.mark.usefixtures("small_steps")
async def test_every_event_once_newest_first(store):
    await store.ingest([*numbered(4, 1, 5), *numbered(2, 3)])
    assert await scanned(store) == [5, 4, 3, 2, 1]


@pytest.mark.usefixtures("small_steps")
async def test_what_arrives_meanwhile_is_not_in_it(store):
    await store.ingest(numbered(*range(10, 20)))
    later = iter(range(100))
    arriving = lambda: [event_document(sid=(n := next(later)), time=START + (n % 2) * 10**12)]  # noqa: E731
    assert await scanned(store, arriving) == list(range(19, 9, -1))


@pytest.mark.usefixtures("small_steps")
async def test_what_is_forgotten_meanwhile_is_passed_over(embedded):
    store = embedded
    await store.ingest(numbered(*range(1, 9)))
    seen = []
    async for batch in store.scan(Selection()):
        seen += [each.podlynx.sid for each in batch]
        store._writer.submit(lambda connection: connection.execute("DELETE FROM documents WHERE seq = 1")).result()
    assert seen[:6] == [8, 7, 6, 5, 4, 3]


async def test_events_of_the_same_moment(store):
    await store.ingest([event_document(sid=n) for n in range(1, 8)])
    assert sorted(await scanned(store)) == list(range(1, 8))


async def test_documents_are_whole_and_say_whether_they_are_dismissed(store):
    one, two = numbered(1, 2)
    await store.ingest([one, two])
    await store.dismiss(one.id)
    found = [each async for batch in store.scan(Selection(dismissed=None)) for each in batch]
    assert [each.dismissed for each in found] == [False, True]
    assert found[0] == two
    assert await scanned(store) == [2]
    assert await scanned(store, dismissed=True) == [1]


async def test_only_what_matches_and_may_be_seen(store):
    await store.ingest([*numbered(1, 2, dest="shop/a"), *numbered(3, 4, source="pay/b")])
    assert await scanned(store, query=parse_query("sid:>1")) == [4, 3, 2]
    assert await scanned(store, namespaces=frozenset({"shop"})) == [2, 1]
    assert await scanned(store, namespaces=frozenset({"pay"}), query=parse_query("pod:b")) == [4, 3]
    assert await scanned(store, namespaces=frozenset({"shop"}), query=parse_query("pod:b")) == []


async def test_a_batch_is_bounded_by_bytes(store, monkeypatch):
    monkeypatch.setattr(scanning, "BATCH_BYTES", 5000)
    await store.ingest(numbered(*range(1, 6), payload=b"x" * 6000))
    assert [len(batch) async for batch in store.scan(Selection())] == [1] * 5


async def test_arrivals_follow_one_another_without_gap_or_repeat(store):
    cursor, seen = await store.cursor(), []
    for n in range(1, 20, 3):
        await store.ingest(numbered(n, n + 1, n + 2))
        complete = False
        while not complete:
            arrivals = await store.arrivals(Selection(query=parse_query("NOT sid:5")), cursor, 2)
            seen += [each.document.podlynx.sid for each in arrivals.events]
            cursor, complete = arrivals.cursor, arrivals.complete
    assert seen == [n for n in range(1, 22) if n != 5]
    assert await store.cursor() == cursor


async def test_arrivals_are_in_the_order_in_which_they_were_stored(store):
    await store.ingest(numbered(5, 3, 4))
    arrivals = await store.arrivals(Selection(), 0, 100)
    assert [each.document.podlynx.sid for each in arrivals.events] == [5, 3, 4]
    assert [each.cursor for each in arrivals.events] == [1, 2, 3]


async def test_arrivals_are_bounded_by_bytes(store, monkeypatch):
    monkeypatch.setattr(scanning, "BATCH_BYTES", 5000)
    await store.ingest(numbered(1, 2, payload=b"x" * 6000))
    first = await store.arrivals(Selection(), 0, 100)
    assert (len(first.events), first.cursor, first.complete) == (1, 1, False)
    assert [each.cursor for each in (await store.arrivals(Selection(), first.cursor, 100)).events] == [2]


async def test_a_sweep_dismisses_what_matches(store):
    await store.ingest([*numbered(1, 2, 3), event_document(sid=3, time=START)])
    swept = await store.dismiss_matching(Selection(query=parse_query("sid:[2 TO 3]")), 100)
    assert (swept.dismissed, swept.complete) == (3, True)
    assert [row.rule.sid for row in (await store.alerts(Search())).items] == [1]
    assert (await store.dismiss_matching(Selection(query=parse_query("sid:[2 TO 3]")), 100)).dismissed == 0


async def test_a_sweep_ends_at_its_limit_newest_first(store):
    await store.ingest(numbered(*range(1, 8)))
    swept = await store.dismiss_matching(Selection(), 5)
    assert (swept.dismissed, swept.complete) == (5, False)
    assert await scanned(store) == [2, 1]
    assert await store.dismiss_matching(Selection(), 2) == type(swept)(2, complete=True)


async def test_a_sweep_leaves_alone_what_may_not_be_seen(store):
    await store.ingest([*numbered(1, dest="shop/a"), *numbered(2, dest="pay/b")])
    assert (await store.dismiss_matching(Selection(namespaces=frozenset({"shop"})), 100)).dismissed == 1
    assert await scanned(store) == [2]
