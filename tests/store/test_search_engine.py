"""What only search engines have: documents as Kibana finds them, half-failed bulks, refusals, crashes, writers, retention."""

import asyncio
import json
import random

import msgspec
import pytest

from podlynx.expressions.query import parse_query
from podlynx.store import Retention, Search
from podlynx.store.errors import StoreBusy, StoreError, StoreUnusable
from podlynx.store.protocol import Selection
from podlynx.store.search import writer
from podlynx.store.search.address import Engine, engine_of
from podlynx.store.search.dead_letters import read
from podlynx.store.search.store import SearchStore

from ..engine_events import START, event_document
from ..kubernetes.waiting import until
from .conftest import index_of
from .engines.faulty import FaultyEngine

pytestmark = pytest.mark.anyio

WALK_THROUGH = event_document(
    sid=57461,
    msg="MALWARE-BACKDOOR Perl.Backdoor.PULSECHECK variant cookie detection attempt",
    dst_port=8080,
    source="",
    dest="default/frontend-7d9c-x1",
)
FIELDS = {
    *(
        "type",
        "time",
        "origin",
        "description",
        "severity",
        "host",
        "protocol",
        "name",
        "attack_vector",
        "mitre_tactic",
        "mitre_ids",
    ),
    *(f"{end}_{part}" for end in ("source", "dest") for part in ("ip", "port", "name", "namespace", "name_aggr")),
    *("mitigations", "dismissed", "geo_info", "cluster", "generated_time", "record"),
}
"""Of the notes."""


@pytest.fixture
async def search(anyio_backend, engine, path):
    store = SearchStore(Engine(url=engine.url, index=index_of(path), folder=path.parent))
    yield store
    await store.close()
    engine.send("DELETE", f"/{index_of(path)}.podlynx-*,podlynx-absorbed-{index_of(path)},podlynx-state-{index_of(path)}")


def found(engine, store, query, **body):
    answer = engine.ask("POST", f"/{store.engine.index}*/_search", {"query": query, **body})
    return {hit["_source"]["podlynx"]["sid"] for hit in answer["hits"]["hits"]}


async def test_the_walk_throughs_event_has_every_field_of_the_notes(engine, search):
    await search.ingest([WALK_THROUGH])
    await search.cursor()
    (hit,) = engine.ask("POST", f"/{search.engine.index}*/_search", {"query": {"match_all": {}}})["hits"]["hits"]
    source = hit["_source"]
    assert set(source) >= FIELDS
    assert hit["_id"] == WALK_THROUGH.id == source["id"]
    assert (source["type"], source["time"], source["description"]) == (
        "deep_packet_inspection",
        START // 10**9,
        "Signature Triggered Alert",
    )
    assert source["record"]["snort_signature_id"] == "57461"
    assert "[1:57461:1]" in source["record"]["snort_alert"]


async def test_two_rules_on_one_packet_and_one_rule_twice_are_documents_of_their_own(engine, search):
    await search.ingest([event_document(), event_document(sid=2), event_document(packet_number=2)])
    await search.cursor()
    hits = engine.ask("POST", f"/{search.engine.index}*/_search", {})["hits"]["hits"]
    first = event_document().id
    assert {hit["_id"] for hit in hits} == {first, f"{first}_1", event_document(sid=2).id}


BODIES = [
    ({"bool": {"filter": [{"term": {"dest_namespace": "shop"}}, {"range": {"severity": {"gte": 90}}}]}}, {1}),
    ({"range": {"time": {"gte": "2023-11-14T22:14:00Z", "lte": "2023-11-14T22:20:00Z"}}}, {2}),
    ({"range": {"time": {"gte": START // 10**9 + 60, "lt": START // 10**9 + 120, "format": "epoch_second"}}}, {2}),
    ({"range": {"time": {"gte": "2023-11-15", "format": "strict_date_optional_time"}}}, {3}),
    ({"term": {"source_ip": "10.1.0.0/16"}}, {1, 2}),
    ({"terms": {"dest_namespace": ["shop", "pay"]}}, {1, 2}),
    ({"term": {"dest_namespace.keyword": "pay"}}, {2}),
    ({"match_phrase": {"name": "two"}}, {2}),
    ({"match": {"record.snort_alert.words": "BACKDOOR"}}, {1}),
    ({"query_string": {"query": 'dest_port:443 AND NOT name:"two"'}}, {3}),
    ({"bool": {"must_not": {"exists": {"field": "source_port"}}}}, {3}),
    ({"match_phrase": {"dismissed": False}}, {1, 2, 3}),
]


@pytest.fixture
async def three(search):
    await search.ingest(
        [
            event_document(sid=1, src_ip="10.1.0.1", dest="shop/a", priority=1),
            event_document(sid=2, time=START + 60 * 10**9, src_ip="10.1.2.3", dest="pay/b", msg="two", priority=2),
            event_document(
                sid=3, time=START + 86_400 * 10**9, src_ip="fe80::1", dst_port=443, src_port=None, msg="three", priority=3
            ),
        ]
    )
    await search.cursor()
    return search


@pytest.mark.parametrize(("body", "sids"), BODIES, ids=[json.dumps(body)[:60] for body, _ in BODIES])
async def test_bodies_as_kibana_sends_them_give_right_answers(engine, three, body, sids):
    assert found(engine, three, body) == sids


async def test_aggregations_as_kibana_sends_them(engine, three):
    aggs = {
        "days": {"date_histogram": {"field": "time", "calendar_interval": "1d", "time_zone": "Europe/Berlin"}},
        "names": {"terms": {"field": "name"}, "aggs": {"worst": {"max": {"field": "severity"}}}},
        "spaces": {"terms": {"field": "dest_namespace"}},
        "nets": {"ip_range": {"field": "source_ip", "ranges": [{"mask": "10.1.0.0/16"}]}},
    }
    answer = engine.ask("POST", f"/{three.engine.index}*/_search", {"size": 0, "aggs": aggs})["aggregations"]
    assert [each["doc_count"] for each in answer["days"]["buckets"]] == [2, 1]
    assert {each["key"]: (each["doc_count"], each["worst"]["value"]) for each in answer["names"]["buckets"]}["two"] == (1, 70)
    assert {each["key"] for each in answer["spaces"]["buckets"]} >= {"shop", "pay"}
    assert answer["nets"]["buckets"][0]["doc_count"] == 2


async def test_several_managers_write_at_once_and_everybody_sees_everything_in_order(search):
    stores = [search, *(SearchStore(search.engine) for _ in range(3))]
    batches = [[event_document(sid=sid, time=START + n, packet_number=n) for n in range(5)] for sid in range(20)]
    await asyncio.gather(*(stores[n % 4].ingest(batch) for n, batch in enumerate(batches)))
    seen, cursor = [], 0
    while not (arrivals := await search.arrivals(Selection(dismissed=None), cursor, 7)).complete or arrivals.events:
        seen += [each.cursor for each in arrivals.events]
        cursor = arrivals.cursor
    assert seen == list(range(1, 101))
    assert {row.count for row in (await stores[1].alerts(Search(limit=50))).items} == {5}
    for each in stores[1:]:
        await each.close()


async def test_repeats_are_known_in_older_indices_too(engine, search):
    batch = [event_document(sid=n) for n in range(5)]
    for older in range(3):
        await search.ingest([event_document(sid=100 + older), *batch])
        engine.ask("POST", f"/{search.engine.index}/_rollover", {})
    again = await search.ingest([*batch, event_document(sid=99)])
    assert (again.accepted, again.duplicates) == (1, 5)
    assert (await search.statistics()).events == 9


async def test_old_indices_go_by_age_and_by_size(engine, search):
    now = [1e9 + 2e9]
    store = SearchStore(search.engine, retention=Retention(seconds=10**9, bytes=2**40), clock=lambda: now[0])
    for sid in range(3):
        await store.ingest([event_document(sid=sid)])
        engine.ask("POST", f"/{search.engine.index}/_rollover", {})
    await store.ingest([event_document(sid=9)])
    await store.trim()
    assert (await store.statistics()).trimmed_by_age == 3
    assert [row.rule.sid for row in (await store.alerts(Search())).items] == [9]
    await store.close()
    small = SearchStore(search.engine, retention=Retention(bytes=1))
    await small.trim()
    assert (await small.statistics()).trimmed_by_size >= 1
    await small.ingest([event_document(sid=10)])
    assert [row.rule.sid for row in (await small.alerts(Search())).items] == [10]
    await small.close()


async def test_a_new_index_is_begun_in_time(engine, search):
    store = SearchStore(search.engine, retention=Retention(bytes=10))
    await store.ingest([event_document()])

    async def begun():
        await store.trim()  # engines look at sizes every ten seconds
        return f"{search.engine.index}.podlynx-000002" in engine.ask("GET", f"/_alias/{search.engine.index}")

    await until(begun, 120)
    await store.ingest([event_document(sid=2)])
    assert [row.rule.sid for row in (await store.alerts(Search(query=parse_query("sid:2")))).items] == [2]
    await store.close()


async def test_documents_that_are_refused_are_kept_aside_and_the_rest_is_stored(engine, search, path):
    await search.ingest([event_document()])
    bad = msgspec.structs.replace(event_document(sid=2), time=2**62)
    result = await search.ingest([event_document(sid=1), bad, event_document(sid=3)])
    assert result.accepted == 2
    assert (await search.statistics()).refused_documents == 1
    (letter,) = read(path.parent / "dead-letters.jsonl")
    assert letter.document == bad
    assert "time" in letter.reason


@pytest.mark.parametrize("seed", range(3))
async def test_an_engine_that_is_busy_half_fails_and_loses_answers_stores_everything_once(engine, search, seed):
    async with FaultyEngine(engine.url, random.Random(seed)) as faulty:
        store = SearchStore(Engine(url=faulty.url, index=search.engine.index, folder=search.engine.folder))
        stored = 0
        for batch in range(6):
            documents = [event_document(sid=n, time=START + batch) for n in range(40)]
            while True:
                try:
                    result = await store.ingest(documents)
                except StoreError:
                    continue
                stored += result.accepted
                break
        await store.close()
    assert faulty.faults > 5
    assert (await search.statistics()).events == 240
    assert sorted(row.count for row in (await search.alerts(Search(limit=50))).items) == [6] * 40


async def test_what_was_acknowledged_outlives_a_crash_of_the_engine(engine, search):
    await search.ingest([event_document(sid=n) for n in range(200)])
    engine.kill()
    with pytest.raises(StoreError, match="cannot be reached"):
        await another_quick(search)
    engine.start()
    again = await search.ingest([event_document(sid=n) for n in range(201)])
    assert (again.accepted, again.duplicates) == (1, 200)


async def another_quick(search):
    store = SearchStore(search.engine, write_seconds=0.5)
    try:
        await store.ingest([event_document()])
    finally:
        await store.close()


async def test_dismissed_and_merged_events_are_so_for_kibana_too(engine, search):
    await search.ingest([event_document(sid=1), event_document(sid=2)])
    (group,) = (await search.alerts(Search(query=parse_query("sid:2")))).items
    await search.dismiss(group.id)
    await search.cursor()
    assert found(engine, search, {"term": {"dismissed": True}}) == {2}


ADDRESSES = [
    ("https://user:secret@search.example:9200", {}, "password"),
    ("https://", {}, "no address"),
    ("https://search.example/?x=1", {}, "more than"),
    ("https://search.example", {"PODLYNX_STORE_CA": "/nowhere/ca.pem"}, "no file"),
    ("https://search.example", {"PODLYNX_STORE_INDEX": "Upper"}, "no name of an index"),
]


@pytest.mark.parametrize(("address", "variables", "says"), ADDRESSES, ids=[says for _, _, says in ADDRESSES])
def test_an_address_that_cannot_be_used(address, variables, says):
    with pytest.raises(StoreUnusable, match=says) as caught:
        engine_of(address, variables)
    assert "secret" not in str(caught.value)


def test_secrets_are_not_shown():
    assert "secret" not in repr(engine_of("https://u@h:9200/x", {"PODLYNX_STORE_PASSWORD": "secret"}))


async def test_a_full_queue_refuses_at_once(engine, search, monkeypatch):
    monkeypatch.setattr(writer, "MAX_JOBS", 0)
    with pytest.raises(StoreBusy, match="again"):
        await search.ingest([event_document()])
