"""What alike events share is kept once, counted by the hour, and forgotten with the last of them."""

import apsw
import pytest

from podlynx.expressions.query import parse_query
from podlynx.models.engine_event import HttpSummary
from podlynx.store import Retention, Search
from podlynx.store.sqlite import bodies
from podlynx.store.sqlite.store import SqliteStore

from ..engine_events import START, event_document

pytestmark = pytest.mark.anyio

HOUR = 3_600_000_000_000
TABLES = ("traits", "requests", "words", "request_words", "hourly", "rules", "places", "rule_hours", "place_hours")
HOURS = {number: {"rule_hours": number, "place_hours": number} for number in (1, 2)}
COARSE = {"rules": 1, "places": 1}


def held(path):
    connection = apsw.Connection(str(path))
    try:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").get for table in TABLES}
    finally:
        connection.close()


def hours(path):
    connection = apsw.Connection(str(path))
    try:
        return connection.execute("SELECT hour - ?, sum(count) FROM hourly GROUP BY hour", (START // HOUR,)).fetchall()
    finally:
        connection.close()


async def test_a_flood_of_alike_events_costs_one_trait(embedded, path):
    await embedded.ingest([event_document(time=START + n, src_port=n) for n in range(200)])
    await embedded.ingest([event_document(time=START + HOUR + n, src_port=n) for n in range(100)])
    assert held(path) == {"traits": 1, "requests": 1, "words": 1, "request_words": 1, "hourly": 2, **COARSE} | HOURS[2]
    assert hours(path) == [(0, 200), (1, 100)]


async def test_requests_of_one_group_are_told_apart(store):
    paths = ("/alpha", "/beta")
    await store.ingest([event_document(time=START + n, http=HttpSummary(f"GET {each} HTTP/1.1")) for n, each in enumerate(paths)])
    for each, time in zip(paths, (START, START + 1), strict=True):
        found = (await store.alerts(Search(query=parse_query(f"http:{each}"), grouped=False))).items
        assert [row.last_time for row in found] == [str(time)]
    assert (await store.alerts(Search(query=parse_query("alpha NOT beta"), grouped=False))).total == 1


SHARED = {
    "gid": 9,
    "sid": 9,
    "rev": 9,
    "priority": 3,
    "msg": "other",
    "classtype": "other",
    "class_text": "other",
    "service": "dns",
    "protocol": "UDP",
    "references": ["cve,2000-1"],
    "src_ip": "10.0.0.9",
    "dst_ip": "10.0.0.9",
    "dst_port": 9,
    "host": "node-9",
    "origin": "dpi.other/one",
    "source": "other/one",
    "dest": "other/one",
    "metadata": ["mitre_tactic TA0040"],
}


@pytest.mark.parametrize("name", SHARED)
async def test_what_is_searched_by_makes_another_trait(embedded, path, name):
    """In one batch or in two; a further event like either is of its trait, and of its group."""
    for _ in range(2):
        plain = [event_document(time=START + n, src_port=n, dest="shop/a") for n in range(2)]
        other = [event_document(time=START + n, src_port=n, **{"dest": "shop/a", name: SHARED[name]}) for n in range(10, 12)]
        await embedded.ingest([each for pair in zip(plain, other, strict=True) for each in pair])
    assert held(path)["traits"] == 2
    connection = apsw.Connection(str(path))
    same = "SELECT count(*) FROM events e JOIN traits t ON t.id = e.trait_id AND t.group_id = e.group_id AND t.msg = e.msg"
    try:
        assert connection.execute(same).get == 4
    finally:
        connection.close()


async def test_a_repeat_is_counted_once(embedded, path):
    batch = [event_document(time=START + n) for n in range(5)]
    await embedded.ingest(batch)
    await embedded.ingest(batch)
    assert hours(path) == [(0, 5)]


async def test_they_go_with_their_last_event(path):
    now = [1000.0]
    store = SqliteStore(path, retention=Retention(seconds=60), clock=lambda: now[0])
    await store.ingest([event_document(sid=sid, time=START + sid, http=HttpSummary(f"GET /{sid} HTTP/1.1")) for sid in range(5)])
    now[0] = 1050.0
    await store.ingest([event_document(sid=4, time=START + HOUR, http=None)])
    now[0] = 1061.0
    for _ in range(3):
        await store.dismiss("nothing")
    assert held(path) == {"traits": 1, "requests": 0, "words": 1, "request_words": 0, "hourly": 1, **COARSE} | HOURS[1]
    assert hours(path) == [(1, 1)]
    assert (await store.alerts(Search(query=parse_query("http:3")))).items == []
    await store.close()


@pytest.mark.parametrize("text", [b'{"id":"x"}', b'{"id":"' + bytes(range(35, 90)) * 1000 + b'"}'])
def test_a_body_comes_back_as_it_was(text):
    assert bodies.unpacked(bodies.packed(text)) == text
    assert bodies.unpacked(text) == text


@pytest.mark.parametrize("body", [b"\x02abc", b"\x01abc", b"", bodies.packed(b"{}" * 50)[:-3]])
def test_a_body_that_is_none_is_said(body):
    with pytest.raises(ValueError, match="stored document"):
        bodies.unpacked(body)
