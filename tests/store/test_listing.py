"""Lists: order, filters, paging that stays stable while alerts arrive, dismissing."""

from itertools import chain

import pytest

from podlynx.expressions.query import parse_query
from podlynx.store import Search
from podlynx.store.errors import BadCursor

from ..engine_events import START, event_document

pytestmark = pytest.mark.anyio


def numbered(*numbers, **changed):
    """Alerts of different groups: number n comes from source port n, for rule n, at second n."""
    return [event_document(sid=n, time=START + n * 10**9, **changed) for n in numbers]


async def page(store, cursor=None, **search):
    found = await store.alerts(Search(cursor=cursor, **search))
    return [row.rule.sid for row in found.items], found


async def all_pages(store, during=lambda number: None, **search):
    """Every page in turn; `during(n)` may store something after the n-th page."""
    seen, cursor, number = [], None, 0
    while True:
        sids, found = await page(store, cursor, **search)
        seen.append(sids)
        cursor = found.next_cursor
        if cursor is None:
            return seen
        number += 1
        arriving = during(number)
        if arriving:
            await store.ingest(arriving)


@pytest.mark.parametrize("grouped", [True, False])
async def test_newest_first_a_page_at_a_time(store, grouped):
    await store.ingest(numbered(3, 1, 5, 2, 4))
    assert await all_pages(store, limit=2, grouped=grouped) == [[5, 4], [3, 2], [1]]
    _, found = await page(store, limit=2, grouped=grouped)
    assert (found.total, found.live_cursor) == (5, "5")


@pytest.mark.parametrize("grouped", [True, False])
async def test_alerts_of_the_same_moment_are_all_shown(store, grouped):
    await store.ingest([event_document(sid=n) for n in range(1, 8)])
    shown = await all_pages(store, limit=3, grouped=grouped)
    assert sorted(chain.from_iterable(shown)) == list(range(1, 8))


@pytest.mark.parametrize("grouped", [True, False])
async def test_paging_shows_each_alert_of_its_moment_once_whatever_arrives(store, grouped):
    await store.ingest(numbered(*range(1, 10)))

    def during(number):
        # A new group, one more event of a group already shown, and one of a group still to come.
        return [
            *numbered(100 + number),
            event_document(sid=9, time=START + 10**12 + number),
            event_document(sid=2, time=START + 10**12 + number),
        ]

    shown = await all_pages(store, during, limit=2, grouped=grouped)
    assert list(chain.from_iterable(shown)) == [9, 8, 7, 6, 5, 4, 3, 2, 1]


async def test_a_group_that_got_late_events_keeps_its_place_too(store):
    await store.ingest(numbered(1, 2, 3))
    late = {1: [event_document(sid=1, time=START - n) for n in range(3)]}
    assert await all_pages(store, late.get, limit=1) == [[3], [2], [1]]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "W10", "WzEsMiwzXQ", "é", "a" * 200])
async def test_a_made_up_cursor_is_refused(store, cursor):
    with pytest.raises(BadCursor, match="first page"):
        await store.alerts(Search(cursor=cursor))


async def test_a_cursor_is_of_one_kind_of_list(store):
    await store.ingest(numbered(1, 2))
    _, found = await page(store, limit=1)
    with pytest.raises(BadCursor):
        await store.alerts(Search(cursor=found.next_cursor, grouped=False))


async def test_filters(store):
    await store.ingest([event_document(sid=1, priority=1), event_document(sid=2, priority=2), event_document(sid=3, priority=3)])
    assert sorted((await page(store, severity_min=70))[0]) == [1, 2]
    assert (await page(store, query=parse_query("sid:3")))[0] == [3]
    assert (await page(store, query=parse_query("sid:3"), severity_min=70))[0] == []
    assert (await page(store, query=parse_query("sid:3"), grouped=False))[1].total == 1


async def test_a_group_is_found_by_any_of_its_events_and_shown_whole(store):
    await store.ingest([event_document(src_port=1), event_document(src_port=2, time=START + 1)])
    found = (await store.alerts(Search(query=parse_query("source_port:1")))).items
    assert [(row.count, row.source.port) for row in found] == [(2, 2)]


async def test_dismissing_a_group_hides_it_until_something_new_comes(store):
    await store.ingest([event_document(), event_document(time=START + 1)])
    group = (await store.alerts(Search())).items[0]
    assert await store.dismiss(group.id)
    assert (await page(store))[0] == []
    assert (await page(store, grouped=False))[0] == []
    assert (await store.alerts(Search(dismissed=True))).items[0].dismissed
    assert (await store.alert(group.event_id)).dismissed
    await store.ingest([event_document(time=START + 2)])
    assert [row.count for row in (await store.alerts(Search())).items] == [3]
    assert len((await page(store, grouped=False))[0]) == 1
    assert await store.restore(group.id)
    assert len((await page(store, grouped=False))[0]) == 3


async def test_dismissing_events_one_by_one_hides_the_group_with_the_last(store):
    one, two = event_document(), event_document(time=START + 1)
    await store.ingest([one, two])
    assert await store.dismiss(one.id)
    assert await store.dismiss(one.id)
    assert len((await page(store))[0]) == 1
    assert len((await page(store, grouped=False))[0]) == 1
    await store.dismiss(two.id)
    assert (await page(store))[0] == []
    await store.restore(two.id)
    assert len((await page(store))[0]) == 1
    assert len((await page(store, dismissed=None, grouped=False))[0]) == 2


async def test_an_event_of_a_dismissed_group_can_be_restored_by_itself(store):
    one, two = event_document(), event_document(time=START + 1)
    await store.ingest([one, two])
    await store.dismiss((await store.alerts(Search())).items[0].id)
    await store.restore(one.id)
    assert [row.id for row in (await store.alerts(Search(grouped=False))).items] == [one.id]
    assert len((await page(store))[0]) == 1


@pytest.mark.parametrize("identifier", ["", "nothing", "g0123", "a_b_c", "' OR 1=1 --"])
async def test_what_is_not_there(store, identifier):
    assert await store.alert(identifier) is None
    assert not await store.dismiss(identifier)
    assert not await store.restore(identifier)
