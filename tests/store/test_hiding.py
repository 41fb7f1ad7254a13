"""What exceptions hide: as if it were not stored, and back the moment they end; the store and the predicate agree."""

import random
from itertools import groupby

import pytest

from podlynx.expressions.event_filter import parse_event_filter
from podlynx.expressions.query import parse_query
from podlynx.models.flat import flat
from podlynx.models.identity import group_key
from podlynx.store import Search
from podlynx.store.protocol import Selection, Statistic

from ..engine_events import START, event_document

pytestmark = pytest.mark.anyio

FILTERS = (
    "host = node-2",
    "sid = 2",
    "type = deep_packet_inspection AND origin = 'dpi.shop/b'",
    "type != deep_packet_inspection",
    "protocol = udp OR source_port < 20",
    "dest_namespace IN {'sh*', 'x'} AND NOT host IN {'node-?'}",
    "dest_ip = '10.0.0.0/30'",
    "source_name = 'Web-1'",
    "mitre_ids = 'T1071' AND host = node-1",
    "severity >= 90 AND time > 1700000003",
    "name IN {'*back*'} AND source_port >= 15",
    "record.snort_alert IN {'*node*'} OR podlynx.flow.id > 2",
    "geo_info.iso = 'DE' OR nothing.there != 'x' AND host != node-1",
    "dest_port NOTIN {80} AND source_namespace = ''",
)


def hidden(*sources):
    return tuple(parse_event_filter(source).query for source in sources)


def a_document(chance, number):
    return event_document(
        sid=chance.choice([1, 2, 3]),
        time=START + chance.randrange(8) * 10**9 + number,
        src_port=chance.randrange(10, 30),
        dst_port=chance.choice([80, 443]),
        dst_ip=chance.choice(["10.0.0.2", "10.0.0.9"]),
        protocol=chance.choice(["TCP", "UDP"]),
        host=chance.choice(["node-1", "node-2"]),
        origin=chance.choice(["dpi.shop/a", "dpi.shop/b"]),
        source=chance.choice(["shop/web-1", ""]),
        dest=chance.choice(["shop/db", "x/db"]),
    )


def group_of(document):
    return group_key(document.podlynx, document.source_namespace, document.dest_namespace)


def expected_groups(documents):
    grouped = groupby(sorted(documents, key=group_of), key=group_of)
    found = []
    for key, events in grouped:
        times = sorted(each.podlynx.time for each in events)
        found.append((times[-1], key, len(times), times[0]))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("seed", range(12))
async def test_lists_are_those_of_what_is_left(store, seed):
    chance = random.Random(seed)
    documents = [a_document(chance, number) for number in range(60)]
    await store.ingest(documents)
    sources = chance.sample(FILTERS, k=1 + seed % 3)
    filters = [parse_event_filter(source) for source in sources]
    left = [each for each in documents if not any(hides(flat(each)) for hides in filters)]

    page = await store.alerts(Search(hidden=hidden(*sources), grouped=False, limit=100))
    assert [int(row.first_time) for row in page.items] == sorted((each.podlynx.time for each in left), reverse=True)
    assert page.total == len(left)

    page = await store.alerts(Search(hidden=hidden(*sources), limit=100))
    seen = [(int(row.last_time), row.id, row.count, int(row.first_time)) for row in page.items]
    assert seen == expected_groups(left), sources
    assert page.total == len(seen)


@pytest.mark.parametrize("source", FILTERS)
async def test_store_and_predicate_say_the_same(store, source):
    chance = random.Random(source)
    documents = [a_document(chance, number) for number in range(80)]
    await store.ingest(documents)
    hides = parse_event_filter(source)
    page = await store.alerts(Search(hidden=(hides.query,), grouped=False, limit=100))
    assert {int(row.last_time) for row in page.items} == {e.podlynx.time for e in documents if not hides(flat(e))}


@pytest.mark.parametrize("exception", ["host = node-2", "sid = 2"])
async def test_pages_show_each_alert_once_while_more_arrive(store, exception):
    await store.ingest([event_document(sid=n, time=START + n * 10**9) for n in (1, 2, 3, 4, 5)])
    await store.ingest([event_document(sid=2, host="node-2", time=START + 10**10)])
    shown, cursor = [], None
    while True:
        page = await store.alerts(Search(hidden=hidden(exception), limit=1, cursor=cursor))
        shown += [row.rule.sid for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        await store.ingest([event_document(sid=1, time=START + 10**12 + len(shown)), event_document(sid=9, host="node-2")])
    assert shown == ([5, 4, 3, 2, 1] if "host" in exception else [5, 4, 3, 1])


async def test_an_event_that_is_hidden_brings_no_group_into_a_search_and_none_stands_for_it(store):
    first, second = event_document(host="node-1"), event_document(host="node-2", time=START + 10**9)
    await store.ingest([first, second])
    off = hidden("host = node-2")
    found = await store.alerts(Search(query=parse_query("host:node-2"), hidden=off))
    assert (found.items, found.total) == ([], 0)
    (row,) = (await store.alerts(Search(query=parse_query("host:node-1"), hidden=off))).items
    assert (row.event_id, row.count, row.host) == (first.id, 1, "node-1")
    detail = await store.alert(row.id, off)
    assert (detail.id, detail.group_count, detail.last_time) == (first.id, 1, str(START))
    assert (await store.alert(second.id, off)).id == second.id
    assert (await store.alert(row.id)).id == second.id


async def test_dismissed_is_what_of_the_rest_is(store):
    first, second = event_document(host="node-1"), event_document(host="node-2", time=START + 10**9)
    await store.ingest([first, second])
    await store.dismiss(first.id)
    off = hidden("host = node-2")
    assert [len((await store.alerts(Search(dismissed=which))).items) for which in (False, True, None)] == [1, 0, 1]
    assert [len((await store.alerts(Search(dismissed=which, hidden=off))).items) for which in (False, True, None)] == [0, 1, 1]
    assert (await store.alerts(Search(dismissed=True, hidden=off))).items[0].dismissed


@pytest.mark.parametrize("exception", ["host = node-2", "sid = 57461 AND dest_port = 8080"])
async def test_changes_are_those_of_what_is_left(store, exception):
    await store.ingest([event_document(host="node-1")])
    before = await store.cursor()
    await store.ingest([event_document(host="node-2", time=START + 10**9)])
    assert (await store.changes_since(before, 10, hidden(exception))).changes == []
    assert len((await store.changes_since(before, 10)).changes) == 1
    await store.ingest([event_document(host="node-1", time=START + 2 * 10**9), event_document(sid=7, host="node-1")])
    changes = (await store.changes_since(before, 10, hidden(exception))).changes
    assert [(change.row.rule.sid, change.row.count) for change in changes] == (
        [(57461, 2), (7, 1)] if "host" in exception else [(7, 1)]
    )


async def test_nothing_is_changed(store):
    await store.ingest([event_document()])
    whole = await store.alerts(Search())
    assert (await store.alerts(Search(hidden=hidden("severity >= 0")))).total == 0
    assert await store.alerts(Search()) == whole


async def test_counts_scans_arrivals_and_sweeps_leave_it_out(store):
    await store.ingest([event_document(host="node-1"), event_document(host="node-2", time=START + 10**9)])
    selection = Selection(hidden=hidden("host = node-2"))
    assert (await store.count(Statistic(hidden=selection.hidden))).total == 1
    scanned = [each.host async for batch in store.scan(selection) for each in batch]
    assert scanned == ["node-1"]
    assert [each.document.host for each in (await store.arrivals(selection, 0, 10)).events] == ["node-1"]
    await store.dismiss_matching(selection, 10)
    (left,) = (await store.alerts(Search(grouped=False))).items
    assert left.host == "node-2"
