"""Counts by field and time, against a slow count over the same documents; for who sees all and who sees some."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podlynx.expressions.fields import BY_NAME, FIELDS
from podlynx.expressions.query import parse_query
from podlynx.models.engine_event import HttpSummary
from podlynx.store import Search, Statistic
from podlynx.store.errors import NotCountable, TooManyIntervals
from podlynx.store.intervals import MAX_INTERVALS, starts, width_for

from ..engine_events import START, event_document
from .query_model import matches, values
from .test_queries import QUERIES
from .test_visibility import as_shown, seen

HOUR = 3600 * 10**9
DOCUMENTS = [
    event_document(sid=1, source="default/shopper-1", dest="shop/frontend-1"),
    event_document(sid=1, time=START + HOUR, source="shop/a", dest="shop/a", references=["cve,1", "cve,2", "cve,1"]),
    event_document(
        sid=2, time=START + HOUR + 1, dest="pay/gateway", src_port=8080, http=HttpSummary("GET / HTTP/1.1", "a.example")
    ),
    event_document(
        sid=3, time=START + 5 * HOUR, protocol="ICMP", src_port=None, dst_port=None, service=None, http=None, references=[]
    ),
    event_document(
        sid=3, time=START + 6 * HOUR, src_ip="fe80::1", dst_ip="fe80::1", classtype="", origin="dpi.pay/guard", host="N"
    ),
    event_document(
        sid=4, time=START + 7 * HOUR, source="pay/x", dest="other/y", msg="POLICY-OTHER ping", classtype="web-application-attack"
    ),
]
COUNTED = [field for field in FIELDS if field.kind != "time"]
VISIBLE = [None, frozenset(), frozenset({"shop"}), frozenset({"pay"}), frozenset({"shop", "pay"})]


@pytest.fixture(scope="module")
def counted(tmp_path_factory, opened):
    """Asks a store that holds the documents."""
    with asyncio.Runner() as runner:

        async def filled():
            store = opened(tmp_path_factory.mktemp("counted") / "events.db")
            await store.ingest(DOCUMENTS)
            return store

        store = runner.run(filled())
        yield lambda **asked: runner.run(store.count(Statistic(**asked)))
        runner.run(store.close())


def values_of(field, document):
    if field.counted:
        found = document
        for step in field.counted.split("."):
            found = getattr(found, step, None)
        found = found if isinstance(found, list) else [found]
    else:
        found = values(field, document)
    return {str(value) for value in found if value not in (None, "")}


@pytest.mark.parametrize("namespaces", VISIBLE, ids=str)
@pytest.mark.parametrize("field", COUNTED, ids=lambda field: field.name)
def test_by_value(counted, field, namespaces):
    shown = [as_shown(each, namespaces) for each in DOCUMENTS if seen(each, namespaces)]
    expected = Counter(value for each in shown for value in values_of(field, each))
    counts = counted(field=field, namespaces=namespaces, top=100)
    assert counts.total == len(shown)
    assert {each.value: each.count for each in counts.values} == expected
    assert (counts.other, counts.without) == (0, sum(not values_of(field, each) for each in shown))


@pytest.mark.parametrize("field", COUNTED, ids=lambda field: field.name)
def test_the_rest_is_other(counted, field):
    whole, part = counted(field=field, top=100), counted(field=field, top=1)
    assert [each.count for each in part.values] == [max(each.count for each in whole.values)]
    assert part.other == sum(each.count for each in whole.values) - part.values[0].count
    assert part.without == whole.without


@settings(max_examples=60, deadline=None)
@given(
    source=QUERIES, namespaces=st.sampled_from(VISIBLE), field=st.sampled_from(COUNTED), width=st.sampled_from([60, 3600, 86_400])
)
def test_by_value_and_time_what_a_query_finds(counted, source, namespaces, field, width):
    query = parse_query(source)
    shown = [as_shown(each, namespaces) for each in DOCUMENTS if seen(each, namespaces)]
    found = [each for each in shown if matches(query.root, each)]
    counts = counted(query=query, namespaces=namespaces, field=field, interval=width, top=100)
    assert counts.total == len(found) == sum(each.count for each in counts.times)
    expected = Counter((value, place(each, width)) for each in found for value in values_of(field, each))
    answered = {
        (each.value, interval.start): number
        for each in counts.values
        for interval, number in zip(counts.times, each.times, strict=True)
        if number
    }
    assert answered == expected


def place(document, width):
    return document.podlynx.time // 10**9 // width * width


def test_intervals_are_whole_and_without_gaps(counted):
    counts = counted(interval=3600)
    begin = START // 10**9 // 3600 * 3600
    assert [each.start - begin for each in counts.times] == [hour * 3600 for hour in range(8)]
    assert [each.count for each in counts.times] == [1, 2, 0, 0, 0, 1, 1, 1]


def test_the_store_chooses_a_width(counted):
    counts = counted(intervals=10)
    assert (counts.interval, len(counts.times)) == (3600, 8)
    assert sum(each.count for each in counts.times) == counts.total == 6


def test_nothing_found(counted):
    counts = counted(query=parse_query("sid:99"), field=BY_NAME["sid"], intervals=10)
    assert counts == type(counts)(total=0)


def test_too_many_intervals_are_refused(counted):
    with pytest.raises(TooManyIntervals, match="at least 30 s"):
        counted(interval=1)


def test_time_is_counted_by_interval_only(counted):
    with pytest.raises(NotCountable, match="interval"):
        counted(field=BY_NAME["time"])


@pytest.mark.anyio
@pytest.mark.parametrize("dismissed", [True, False, None])
async def test_what_is_dismissed_counts_as_it_is_listed(store, dismissed):
    await store.ingest(DOCUMENTS)
    await store.dismiss(DOCUMENTS[0].id)
    counts = await store.count(Statistic(dismissed=dismissed, severity_min=1))
    listed = await store.alerts(Search(dismissed=dismissed, severity_min=1, grouped=False))
    assert counts.total == listed.total == {True: 1, False: 5, None: 6}[dismissed]


TIMES = st.integers(0, 2**63 - 1)


@given(times=st.tuples(TIMES, TIMES).map(sorted), wanted=st.integers(1, 500))
def test_a_width_is_wide_enough_for_any_two_moments(times, wanted):
    first, last = times
    width = width_for(first, last, wanted)
    begins = starts(first, last, width)
    assert len(begins) <= min(wanted, MAX_INTERVALS)
    assert begins[0] * 10**9 <= first
    assert begins[-1] * 10**9 <= last < (begins[-1] + width) * 10**9
