"""Searches over real rows: by example, and against the slow model for random queries."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podlynx.expressions.query import parse_query
from podlynx.models.engine_event import HttpSummary
from podlynx.store import Search

from ..engine_events import START, event_document
from .query_model import matches

DOCUMENTS = [
    event_document(sid=1, source="default/shopper-1", dest="shop/frontend-1"),
    event_document(sid=2, msg="SERVER-WEBAPP Café traversal", classtype="web-application-attack", service=None, http=None),
    event_document(
        sid=3, protocol="ICMP", src_port=None, dst_port=None, src_ip="fe80::1", dst_ip="fe80::2", service="", priority=3
    ),
    event_document(
        sid=4, src_ip="192.168.1.9", dst_port=443, host="node_2", origin="dpi.shop/x%y", references=["cve,2021-44228"]
    ),
    event_document(
        sid=5, time=START + 3600 * 10**9, http=HttpSummary("GET /a?b=c HTTP/1.1", "x.example", "jndi:ldap"), dest="a/B-2"
    ),
    event_document(
        sid=6, gid=3, rev=9, src_ip="255.255.255.255", dst_ip="0.0.0.0", src_port=0, priority=2, msg="log4j log4shell"
    ),
]

EXAMPLES = [
    ("sid:1", {1}),
    ("sid:[2 TO 4]", {2, 3, 4}),
    ("NOT service:http", {2, 3}),
    ("service:*", {1, 4, 5, 6}),
    ("port:443", {4}),
    ("NOT port:8080", {3, 4}),
    ("ip:10.0.0.0/8", {1, 2, 4, 5}),
    ("ip:fe80::/10", {3}),
    ("source_ip:192.168.*", {4}),
    ("pod:frontend-*", {1}),
    ("pod:FRONTEND-1", {1}),
    ("namespace:shop", {1}),
    ("host:node_?", {4}),
    ("host:node-*", {1, 2, 3, 5, 6}),
    ("origin:*%*", {4}),
    ("dpi:sample-dpi-frontend", {1, 2, 3, 5, 6}),
    ("dpi:shop/x*", {4}),
    ("dpi:shop", set()),
    ("port:{443 TO 8081}", {1, 2, 5, 6}),
    ("cafe", {2}),
    ("CAFÉ trav*", {2}),
    ("cve:2021-44228", {4}),
    ("mitre:T1190", {2}),
    ("http:jndi", {5}),
    ('"GET /a"', {5}),
    ("secid_canceltoken.cgi -sid:1 -sid:3", {4, 6}),
    ("3:6:9", {6}),
    ("57461", set()),
    ("time:>=2023-11-14T23:00", {5}),
    ("severity:<100", {3, 6}),
    ("msg:log4*", {6}),
    ("dest_ip:0.0.0.0 OR source_ip:255.255.255.255", {6}),
    ("frontend", {1, 2, 3, 5, 6}),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory, opened):
    """Asks a store that holds the documents; answers the rules of the alerts that it lists."""
    with asyncio.Runner() as runner:

        async def filled():
            store = opened(tmp_path_factory.mktemp("queries") / "events.db")
            await store.ingest(DOCUMENTS)
            return store

        store = runner.run(filled())

        def ask(query, *, grouped=False):
            page = runner.run(store.alerts(Search(query=query, grouped=grouped, limit=100)))
            assert page.total == len(page.items)
            return {row.rule.sid for row in page.items}

        yield ask
        runner.run(store.close())


@pytest.mark.parametrize(("source", "sids"), EXAMPLES, ids=[source for source, _ in EXAMPLES])
def test_finds(found, source, sids):
    query = parse_query(source)
    assert {document.podlynx.sid for document in DOCUMENTS if matches(query.root, document)} == sids
    assert found(query) == sids
    assert found(query, grouped=True) == sids


CONDITIONS = st.sampled_from(
    [source for source, _ in EXAMPLES]
    + [
        "gid:3",
        "rev:>1",
        "priority:[1 TO 2]",
        "classtype:web*",
        "protocol:icmp",
        "source_port:*",
        "dest_port:<443",
        "dest_name:b-?",
    ]
    + [
        "source_namespace:*",
        "ip:<10.0.0.2",
        "ip:>fe80::",
        "http:get*",
        "reference:2021",
        "ns:A",
        "attack",
        '"trojan was"',
        "time:<now",
    ]
)
QUERIES = st.recursive(
    CONDITIONS.map(lambda source: f"({source})"),
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR", "AND NOT"]), inner).map(lambda parts: f"({' '.join(parts)})"),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(source=QUERIES, negated=st.booleans(), grouped=st.booleans())
def test_finds_what_the_slow_model_finds(found, source, negated, grouped):
    query = parse_query(f"NOT {source}" if negated else source)
    assert found(query, grouped=grouped) == {document.podlynx.sid for document in DOCUMENTS if matches(query.root, document)}
