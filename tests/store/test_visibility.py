"""What is listed for somebody who may see some namespaces only, and what they can find out by searching."""

import asyncio

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podlynx.expressions.query import parse_query
from podlynx.models.identity import split_origin
from podlynx.store import Search

from ..engine_events import START, event_document
from .query_model import matches
from .test_queries import QUERIES

ENDS = [("", ""), ("shop/a-1", ""), ("", "pay/gateway"), ("shop/a-1", "pay/gateway"), ("pay/x", "pay/y"), ("shop/a", "shop/b")]
ORIGINS = ["dpi.shop/watch", "dpi.pay/guard/x", "dpi.default/sample", "shop/no-resource", "dpi.shop"]
DOCUMENTS = [
    event_document(
        sid=n, time=START + n, source=source, dest=dest, msg=msg, host=f"node-{n % 2}", origin=ORIGINS[n % len(ORIGINS)]
    )
    for n, (source, dest, msg) in enumerate((*ends, msg) for ends in ENDS for msg in ("log4j", "pay up", "gateway reached"))
]
VISIBLE = [None, frozenset(), frozenset({"shop"}), frozenset({"pay"}), frozenset({"shop", "pay"}), frozenset({"other", "it's"})]


@pytest.fixture(scope="module")
def found(tmp_path_factory, opened):
    with asyncio.Runner() as runner:

        async def filled():
            store = opened(tmp_path_factory.mktemp("visible") / "events.db")
            await store.ingest(DOCUMENTS)
            return store

        store = runner.run(filled())

        def ask(query, namespaces, *, grouped):
            """Page by page: each statement of a list has to leave out the same."""
            sids, cursor = [], None
            while True:
                search = Search(query=query, namespaces=namespaces, grouped=grouped, limit=4, cursor=cursor)
                page = runner.run(store.alerts(search))
                sids += [row.rule.sid for row in page.items]
                cursor = page.next_cursor
                if cursor is None:
                    assert page.total == len(sids)
                    return set(sids)

        yield ask
        runner.run(store.close())


def seen(document, namespaces):
    return namespaces is None or bool({document.source_namespace, document.dest_namespace} & namespaces)


def as_shown(document, namespaces):
    """The document without the names of an end that is not shown, nor where it was seen and for whom."""
    if namespaces is not None and split_origin(document.origin)[0] not in namespaces:
        document = msgspec.structs.replace(document, origin="", host="")
    for end in ("source", "dest"):
        if namespaces is not None and getattr(document, f"{end}_namespace") not in namespaces:
            document = msgspec.structs.replace(document, **{f"{end}_name": "", f"{end}_namespace": ""})
    return document


@pytest.mark.parametrize("namespaces", VISIBLE, ids=str)
@pytest.mark.parametrize("grouped", [True, False])
def test_only_what_may_be_seen_is_listed(found, namespaces, grouped):
    assert found(None, namespaces, grouped=grouped) == {each.podlynx.sid for each in DOCUMENTS if seen(each, namespaces)}


WORDS = st.sampled_from(
    (
        *("gateway", "pay", "shop", "a-1", "NOT pay", "ns:pay", "pod:gate*", "dest_name:*", "NOT dest_namespace:pay"),
        *("watch", "guard", "node-1", "host:node-1", "NOT host:node-0", "origin:dpi.pay*", "origin:*", "trojan-activity"),
    )
)


@settings(max_examples=150, deadline=None)
@given(source=st.one_of(QUERIES, WORDS), namespaces=st.sampled_from(VISIBLE), grouped=st.booleans())
def test_a_search_finds_what_it_would_find_in_what_is_shown(found, source, namespaces, grouped):
    query = parse_query(source)
    shown = [as_shown(each, namespaces) for each in DOCUMENTS if seen(each, namespaces)]
    assert found(query, namespaces, grouped=grouped) == {each.podlynx.sid for each in shown if matches(query.root, each)}
