"""Counting, exporting and dismissing events by query, as people ask for it over HTTP."""

# ruff: noqa: F811 a fixture is imported, then asked for by its name

import asyncio
import csv
import io
import json

import httpx2
import pytest

from podlynx.manager.audit import audit_log
from podlynx.manager.server import Manager
from podlynx.manager.settings import Settings
from podlynx.store import Search
from podlynx.store.sqlite import scanning

from ..engine_events import START, event_document
from ..outputs.read_pcapng import read
from .test_cluster_access import ALICE, ask, clock, cluster, services  # noqa: F401 fixtures

pytestmark = pytest.mark.anyio

SECRET = b"GET /?token=canary-of-pay HTTP/1.1\r\n\r\n"


async def stored(store):
    """Rule 0 in shop, 1 between shop and pay, 2 in pay, 3 of nobody that is known."""
    ends = [("shop/a", "shop/b"), ("shop/checkout", "pay/gateway"), ("pay/x", "pay/y"), ("", "")]
    documents = [
        event_document(
            sid=n, time=START + n * 3600 * 10**9, source=s, dest=d, payload=SECRET, packet=SECRET, origin="dpi.pay/guard"
        )
        for n, (s, d) in enumerate(ends)
    ]
    await store.ingest(documents)
    return documents


async def exported(ask, held, **parameters):
    answer = await ask("GET", "events/export", held, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer


async def test_counts(ask, cluster, store):
    await stored(store)
    everything = cluster.add("all", "get alerts")
    answer = await ask("GET", "events/statistics", everything, params={"field": "ns", "interval": "1h", "top": 1})
    counts = answer.json()
    assert (counts["total"], counts["interval"], counts["other"], counts["without"]) == (4, 3600, 2, 1)
    assert counts["values"] == [{"value": counts["values"][0]["value"], "count": 2, "times": counts["values"][0]["times"]}]
    assert [each["count"] for each in counts["times"]] == [1, 1, 1, 1]
    narrow = await ask("GET", "events/statistics", everything, params={"query": "sid:>1", "interval": "auto", "intervals": 2})
    assert (narrow.json()["total"], len(narrow.json()["times"])) == (2, 2)


async def test_counts_tell_no_names_of_others(ask, cluster, store):
    await stored(store)
    shop = cluster.add("shop", *ALICE)
    for field, values in (
        ("ns", {"shop"}),
        ("pod", {"a", "b", "checkout"}),
        ("host", set()),
        ("dpi", set()),
        ("dest_name", {"b"}),
    ):
        counts = (await ask("GET", "events/statistics", shop, params={"field": field})).json()
        assert counts["total"] == 2
        assert {each["value"] for each in counts["values"]} == values, field
    assert (await ask("GET", "events/statistics", cluster.add("nobody"))).json()["total"] == 0


WRONG = [
    ({"field": "sdi"}, "unknown_field", "sid"),
    ({"field": "time"}, "not_countable", "interval"),
    ({"query": "sdi:5"}, "unknown_field", "Did you mean sid"),
    ({"interval": "1s"}, "too_many_intervals", "at least"),
    ({"interval": "9999999w"}, "bad_interval", "366d"),
    ({"interval": "hourly"}, "bad_request", "openapi"),
    ({"top": 0}, "bad_request", "openapi"),
]


@pytest.mark.parametrize(("parameters", "code", "hint"), WRONG, ids=[str(parameters) for parameters, *_ in WRONG])
async def test_what_cannot_be_counted_is_told(ask, cluster, store, parameters, code, hint):
    await stored(store)
    answer = await ask("GET", "events/statistics", cluster.add("all", "get alerts"), params=parameters)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert hint in answer.json()["error"]["hint"]


async def test_an_export_holds_what_one_may_see_and_no_more(ask, cluster, store):
    documents = await stored(store)
    everything, shop = cluster.add("all", "get alerts", "get alerts/packets"), cluster.add("shop", *ALICE)
    pay = cluster.add("pay", "get alerts pay")
    whole = [json.loads(line) for line in (await exported(ask, everything)).text.splitlines()]
    assert [each["id"] for each in whole] == [each.id for each in reversed(documents)]
    assert all(each["podlynx"]["packet"] for each in whole)
    mine = [json.loads(line) for line in (await exported(ask, shop)).text.splitlines()]
    assert [each["podlynx"]["sid"] for each in mine] == [1, 0]
    assert (mine[0]["dest_name"], mine[0]["dest_namespace"], mine[0]["host"], mine[0]["origin"]) == ("", "", "", "")
    theirs = [json.loads(line) for line in (await exported(ask, pay)).text.splitlines()]
    assert [each["podlynx"]["sid"] for each in theirs] == [2, 1]
    assert [(each["podlynx"]["packet"], each["podlynx"]["payload"]) for each in theirs] == [("", "")] * 2
    assert (await exported(ask, cluster.add("nobody"))).text == ""


async def test_an_export_as_a_spreadsheet(ask, cluster, store):
    await stored(store)
    answer = await exported(ask, cluster.add("shop", *ALICE), format="csv", query="ns:shop")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].endswith('.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [(row["sid"], row["dest_name"]) for row in rows] == [("1", ""), ("0", "b")]


async def test_an_export_of_packets(ask, cluster, store):
    await stored(store)
    answer = await exported(ask, cluster.add("shop", *ALICE), format="pcapng")
    assert answer.headers["content-type"] == "application/x-pcapng"
    assert len(read(answer.content).packets) == 2
    refused = await ask("GET", "events/export", cluster.add("pay", "get alerts pay"), params={"format": "pcapng"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    both = cluster.add("both", "get alerts", "get alerts/packets pay")
    assert len(read((await exported(ask, both, format="pcapng")).content).packets) == 2


async def test_a_query_that_is_wrong_is_told_before_the_file_begins(ask, cluster):
    answer = await ask("GET", "events/export", cluster.add("all", "get alerts"), params={"query": "severity:>=70 sdi:5"})
    assert (answer.status_code, answer.json()["error"]["span"]) == (400, [14, 18])


async def test_a_sweep_dismisses_what_matches(ask, cluster, store):
    await stored(store)
    owner = cluster.add("owner", "get alerts", "update alerts")
    answer = await ask("POST", "events/dismiss", owner, json={"query": "sid:<2", "limit": 1})
    assert answer.json() == {"dismissed": 1, "complete": False}
    answer = await ask("POST", "events/dismiss", owner, json={"query": "sid:<2"})
    assert answer.json() == {"dismissed": 1, "complete": True}
    assert {row.rule.sid for row in (await store.alerts(Search())).items} == {2, 3}
    status = (await ask("GET", "status", owner)).json()
    assert status["counters"]["events_dismissed_by_query"] == 2


async def test_a_sweep_needs_its_right_in_the_namespace(ask, cluster, store):
    await stored(store)
    refused = await ask("POST", "events/dismiss", cluster.add("pay", "get alerts pay"), json={"query": "severity:>=0"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    reader = cluster.add("reader", "get alerts", "update alerts shop")
    assert (await ask("POST", "events/dismiss", reader, json={"query": "severity:>=0"})).json()["dismissed"] == 2
    shop = cluster.add("shop", *ALICE)
    assert (await ask("POST", "events/dismiss", shop, json={"query": "sid:2"})).json()["dismissed"] == 0
    assert {row.rule.sid for row in (await store.alerts(Search())).items} == {2, 3}


@pytest.mark.parametrize(
    "body", [{}, {"query": ""}, {"query": "sid:1", "limit": 0}, {"query": "sid:1", "limit": 10**6}, {"query": "sdi:1"}]
)
async def test_a_sweep_of_everything_is_no_accident(ask, cluster, store, body):
    await stored(store)
    answer = await ask("POST", "events/dismiss", cluster.add("owner", "get alerts", "update alerts"), json=body)
    assert answer.status_code == 400
    assert (await store.alerts(Search())).total == 4


MANY = 400


async def many(store):
    for begin in range(0, MANY, 100):
        await store.ingest([event_document(sid=n, time=START + n, payload=b"x" * 16_000) for n in range(begin, begin + 100)])


async def settled(condition):
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it did not come to be")


async def test_an_export_reads_no_faster_than_it_is_taken_and_ends_when_its_reader_leaves(store, monkeypatch):
    monkeypatch.setattr(scanning, "BATCH_DOCUMENTS", 10)
    read_so_far = []
    taken = scanning.documents
    monkeypatch.setattr(scanning, "documents", lambda *a, **k: read_so_far.append(1) or taken(*a, **k))
    await many(store)
    manager = Manager(store, Settings())
    await manager.start()
    exports = manager._services.exports
    try:
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {manager.token}"}, timeout=30) as client:
            async with client.stream("GET", f"{manager.url}/api/v1/events/export") as answer:
                pieces = answer.aiter_bytes()
                await anext(pieces)
                await asyncio.sleep(0.3)
                assert len(read_so_far) < MANY / 10, "the whole of it was read for a reader who took one piece"
                assert exports._running.total() == 1
            await settled(lambda: exports._running.total() == 0)
            whole = await client.get(f"{manager.url}/api/v1/events/export")
            assert len(whole.text.splitlines()) == MANY
    finally:
        await manager.stop()


async def test_there_is_a_cap_on_exports(store):
    await many(store)
    manager = Manager(store, Settings(max_exports=1))
    await manager.start()
    try:
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {manager.token}"}, timeout=30) as client:
            async with client.stream("GET", f"{manager.url}/api/v1/events/export") as answer:
                pieces = answer.aiter_bytes()
                await anext(pieces)
                refused = await client.get(f"{manager.url}/api/v1/events/export")
                assert (refused.status_code, refused.json()["error"]["code"]) == (503, "too_many_exports")
                assert refused.headers["retry-after"]
            counters = (await client.get(f"{manager.url}/api/v1/status")).json()["counters"]
            assert (counters["exports_refused"], counters["exports_started"]) == (1, 1)
    finally:
        await manager.stop()


async def all_of(pieces):
    return [piece async for piece in pieces]


async def test_an_export_breaks_off_when_the_session_ends(store, monkeypatch):
    monkeypatch.setattr(scanning, "BATCH_DOCUMENTS", 10)
    await many(store)
    manager = Manager(store, Settings())
    await manager.start()
    try:
        async with httpx2.AsyncClient(timeout=30, follow_redirects=False) as client:
            await client.get(manager.login_link())
            async with client.stream("GET", f"{manager.url}/api/v1/events/export") as answer:
                pieces = answer.aiter_bytes()
                await anext(pieces)
                await client.delete(f"{manager.url}/api/v1/session", headers={"Origin": manager.url})
                with pytest.raises(httpx2.RemoteProtocolError):
                    await all_of(pieces)
    finally:
        await manager.stop()


async def test_the_audit_log_says_how_many_were_dismissed_and_that_a_file_was_taken_out(ask, cluster, services, store, tmp_path):
    await stored(store)
    services.audit = audit_log(str(tmp_path / "audit.log"))
    owner = cluster.add("owner", "get alerts", "update alerts")
    await ask("POST", "events/dismiss", owner, json={"query": "sid:<2"})
    await exported(ask, owner)
    services.audit.close()
    entries = [json.loads(line) for line in (tmp_path / "audit.log").read_text().splitlines()]
    told = [(each["audit"], each["who"], each["result"], each.get("target", {})) for each in entries]
    assert told == [("dismissEvents", "owner", "done", {"dismissed": "2"}), ("exportEvents", "owner", "done", {})]
