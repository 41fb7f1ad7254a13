"""Statistics stay true whatever was done to the events: against a count of the single events that a scan shows."""

import random
from collections import Counter

import pytest

from podlynx.expressions.event_filter import parse_event_filter
from podlynx.expressions.fields import BY_NAME, FIELDS
from podlynx.expressions.query import parse_query
from podlynx.models.engine_event import HttpSummary
from podlynx.store import Retention, Search, Statistic
from podlynx.store.protocol import Selection
from podlynx.store.sqlite import planning
from podlynx.store.sqlite.store import SqliteStore

from ..engine_events import START, event_document
from .test_counting import values_of
from .test_visibility import as_shown

pytestmark = pytest.mark.anyio

HOUR = 3600 * 10**9
FIELD_NAMES = [field.name for field in FIELDS if field.kind != "time"]
CONDITIONS = (
    "sid:1",
    "sid:[2 TO 4]",
    "severity:>=70",
    "classtype:web*",
    "host:node-1",
    "NOT host:node-1",
    "ns:shop",
    "pod:web-1",
    "dest_ip:10.0.0.2",
    "protocol:udp",
    "cve:2021",
    "login",
    "admin",
    "http:login",
    "shop",
    "traversal",
    "get*",
    "source_port:<15",
    f"time:>={START // 10**9 + 1800}",
    f"time:[{START // 10**9 + 600} TO {START // 10**9 + 4 * 3600 + 17}]",
    f"time:<={START // 10**9 + 7200 - START // 10**9 % 3600}",
)
HIDDEN = ("host = node-2", "sid = 2", "dest_namespace IN {'sh*'} AND severity < 90", "type != deep_packet_inspection")
VISIBLE = (None, None, frozenset(), frozenset({"shop"}), frozenset({"pay", "shop"}))


def a_document(chance, number):
    sid = chance.choice([1, 1, 1, 2, 3, 4])
    word = chance.choice(["login", "admin", "cart"])
    return event_document(
        sid=sid,
        msg=f"SERVER-WEBAPP {chance.choice(['login', 'traversal'])} attempt",
        priority=sid % 3 + 1,
        classtype="web-application-attack" if sid % 2 else "",
        time=START + chance.randrange(9) * HOUR // 2 + number,
        src_port=chance.randrange(10, 30),
        dst_ip=chance.choice(["10.0.0.2", "10.0.0.9"]),
        protocol=chance.choice(["TCP", "UDP"]),
        host=chance.choice(["node-1", "node-2"]),
        origin=chance.choice(["dpi.shop/a", "dpi.pay/b"]),
        source=chance.choice(["shop/web-1", ""]),
        dest=chance.choice(["shop/db", "pay/db"]),
        references=["cve,2021-1", "url,x.example"] if sid > 2 else [],
        http=HttpSummary(f"GET /{word} HTTP/1.1", f"{word}.example") if chance.random() < 0.7 else None,
    )


async def a_life(store, chance, now):
    """Events arrive, are dismissed and restored one by one, by group and by query, and the oldest are forgotten."""
    number = 0
    for _ in range(14):
        documents = [a_document(chance, number + each) for each in range(chance.randrange(1, 40))]
        number += len(documents)
        now[0] += 10
        await store.ingest(documents)
        for _ in range(chance.randrange(4)):
            row = chance.choice((await store.alerts(_search(chance))).items or [None])
            if row is not None:
                name = chance.choice([row.id, row.event_id])
                await (store.dismiss(name) if chance.random() < 0.7 else store.restore(name))
        if chance.random() < 0.2:
            await store.dismiss_matching(Selection(query=parse_query(chance.choice(CONDITIONS))), limit=5)
    await store.dismiss("nothing")


def _search(chance):
    return Search(grouped=chance.random() < 0.5, dismissed=None, limit=30)


def a_query(chance):
    parts = [chance.choice(CONDITIONS) for _ in range(chance.choice([0, 0, 1, 1, 2, 3]))]
    text = ""
    for part in parts:
        text = f"({text}) {chance.choice(['AND', 'AND', 'OR', 'AND NOT'])} ({part})" if text else part
    return parse_query(text) if text else None


async def expected(store, asked, field, width):
    """(total, by value, without, by value and interval), event by event."""
    found = [each async for batch in store.scan(Selection(**asked)) for each in batch]
    shown = [as_shown(each, asked["namespaces"]) for each in found]
    values = Counter(value for each in shown for value in values_of(field, each))
    without = sum(not values_of(field, each) for each in shown)
    places = Counter((value, each.podlynx.time // 10**9 // width * width) for each in shown for value in values_of(field, each))
    return len(found), values, without, places


async def agrees(store, asked, field, width):
    counts = await store.count(Statistic(**asked, field=field, interval=width, top=100))
    named = {
        (value.value, time.start): number
        for value in counts.values
        for time, number in zip(counts.times, value.times, strict=False)
    }
    by_both = Counter({place: number for place, number in named.items() if number})
    by_value = Counter({each.value: each.count for each in counts.values})
    assert sum(each.count for each in counts.times) == counts.total
    return (counts.total, by_value, counts.without, by_both) == await expected(store, asked, field, width)


def a_question(chance):
    return {
        "query": a_query(chance),
        "severity_min": chance.choice([0, 0, 70]),
        "dismissed": chance.choice([False, False, None, True]),
        "namespaces": chance.choice(VISIBLE),
        "hidden": tuple(parse_event_filter(each).query for each in chance.sample(HIDDEN, k=chance.choice([0, 0, 1, 2]))),
    }


@pytest.mark.parametrize("many", [0, 2_000])
@pytest.mark.parametrize("seed", range(6))
async def test_sums_are_those_of_the_events(path, seed, many, monkeypatch):
    monkeypatch.setattr(planning, "MANY_TRAITS", many)
    chance, now = random.Random(seed), [1000.0]
    store = SqliteStore(path, retention=Retention(seconds=60 if seed % 2 else 10**6), clock=lambda: now[0])
    await a_life(store, chance, now)
    for _ in range(40):
        asked, field, width = a_question(chance), BY_NAME[chance.choice(FIELD_NAMES)], chance.choice([1800, 3600, 86_400])
        assert await agrees(store, asked, field, width), (asked, field.name, width)
    await store.close()
