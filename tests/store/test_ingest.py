"""What is stored, once; how alike alerts are counted; and what a live reader gets told."""

import pytest

from podlynx.store import Search

from ..engine_events import START, event_document

pytestmark = pytest.mark.anyio


async def rows(store, **search):
    return (await store.alerts(Search(**search))).items


async def test_an_event_is_found_again_whole(store):
    document = event_document(source="default/shopper", dest="default/frontend")
    result = await store.ingest([document])
    assert (result.accepted, result.duplicates) == (1, 0)
    detail = await store.alert(document.id)
    assert detail.podlynx == document.podlynx
    assert (detail.record, detail.source_name, detail.dest_name) == (document.record, "shopper", "frontend")
    assert (detail.group_count, detail.dismissed, detail.first_time) == (1, False, str(START))


async def test_a_repeat_is_harmless(store):
    batch = [event_document(time=START + n) for n in range(3)]
    assert (await store.ingest(batch)).accepted == 3
    again = await store.ingest([*batch, event_document(time=START + 9)])
    assert (again.accepted, again.duplicates) == (1, 3)
    assert [row.count for row in await rows(store)] == [4]


async def test_two_rules_on_one_packet_and_one_rule_twice_are_all_kept(store):
    twice = [event_document(packet_number=n) for n in (1, 2, 1)]
    result = await store.ingest([*twice, event_document(sid=2)])
    assert (result.accepted, result.duplicates) == (3, 1)
    assert (await store.ingest(twice)).duplicates == 3
    assert (await store.alert(f"{twice[0].id}_1")).podlynx.packet_number == 2
    assert (await store.alert(f"{twice[0].id}_1")).id == f"{twice[0].id}_1"


async def test_a_clock_that_stands_still_loses_nothing(store):
    batch = [event_document(time=0, packet_number=n) for n in range(300)]
    assert (await store.ingest(batch)).accepted == 300
    assert (await store.ingest(batch)).duplicates == 300


async def test_alike_alerts_are_one_row_with_figures(store):
    await store.ingest([event_document(time=START + 5, src_port=1), event_document(time=START + 2, src_port=2)])
    await store.ingest(
        [event_document(time=START + 9, src_port=3), event_document(dst_port=81), event_document(src_ip="10.9.9.9")]
    )
    first = (await rows(store))[0]
    assert (first.count, first.first_time, first.last_time) == (3, str(START + 2), str(START + 9))
    assert first.last_seen == "2023-11-14T22:13:20.000000Z"
    assert (first.source.port, first.event_id.split("_")[4]) == (3, "3")
    assert len(await rows(store)) == 3
    assert (await store.alert(first.id)).id == first.event_id


async def test_an_event_that_comes_late_does_not_become_the_latest(store):
    await store.ingest([event_document(time=START + 9)])
    change = (await store.ingest([event_document(time=START)])).changes[0]
    assert (change.row.count, change.row.last_time, change.row.first_time) == (2, str(START + 9), str(START))


async def test_changes_tell_how_each_group_stands_and_can_be_read_again(store):
    before = await store.cursor()
    result = await store.ingest([event_document(sid=1), event_document(sid=2), event_document(sid=1, time=START + 1)])
    assert [(change.row.rule.sid, change.row.count) for change in result.changes] == [(2, 1), (1, 2)]
    assert [change.cursor for change in result.changes] == [before + 2, before + 3]
    assert (await store.changes_since(before, 10)).changes == result.changes
    assert (await store.changes_since(before + 2, 10)).changes == result.changes[1:]
    assert await store.cursor() == before + 3
    assert not (await store.changes_since(before, 1)).complete


async def test_what_was_stored_is_there_after_opening_again(store, path, opened):
    await store.ingest([event_document()])
    await store.close()
    await store.close()
    again = opened(path)
    assert [row.count for row in await rows(again)] == [1]
    assert (await again.statistics()).events == 1
    await again.close()


async def test_statistics_count(store):
    await store.ingest([event_document(), event_document()])
    statistics = await store.statistics()
    assert (statistics.events, statistics.accepted, statistics.duplicates) == (1, 1, 1)
    assert statistics.bytes > 0
