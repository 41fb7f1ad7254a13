"""What is told of a stored event later, and what an older database becomes."""

import apsw
import pytest

from podlynx.expressions.fields import BY_NAME
from podlynx.expressions.query import parse_query
from podlynx.models.endpoint import Observer
from podlynx.models.engine_event import Capture, CapturedPacket
from podlynx.models.identity import EventKey, fingerprint
from podlynx.store import Retention, Search, Statistic, open_store
from podlynx.store.protocol import Observation
from podlynx.store.sqlite.bodies import unpacked
from podlynx.store.sqlite.connection import APPLICATION_ID
from podlynx.store.sqlite.migrate import migrations
from podlynx.store.sqlite.store import SqliteStore

from ..engine_events import START, event_document

pytestmark = pytest.mark.anyio

OTHER = Observer(host="node-2", origin="dpi.shop/x", namespace="shop", pod="a", side="client")


def key(document):
    return EventKey(document.id, fingerprint(document.podlynx))


async def observed(store, document, absorbed=()):
    return (await store.observe([Observation(key(document), [OTHER], absorbed)]))[0]


async def test_a_further_observer_is_named_once_and_what_it_sent_is_known(store):
    document, absorbed = event_document(), event_document(host="node-2", packet_number=9)
    await store.ingest([document])
    for _ in range(2):
        assert await observed(store, document, [key(absorbed)])
    assert (await store.alert(document.id)).observers == [OTHER]
    assert (await store.ingest([absorbed])).duplicates == 1
    assert (await store.ingest([event_document(host="node-2", packet_number=10)])).accepted == 1


async def test_packets_after_an_event_are_told_later_and_once(store):
    before = Capture(link_type=1, before=[CapturedPacket(1, 60, b"SYN")])
    document, absorbed = event_document(capture=before), event_document(host="node-2", packet_number=9)
    await store.ingest([document])
    await observed(store, document, [key(absorbed)])
    # By the key of what the other end sent too: that has no document of its own.
    for told, packet in ((document, b"answer"), (absorbed, b"same answer, other end")):
        after = Capture(link_type=1, after=[CapturedPacket(2, 99, packet)])
        assert await store.observe([Observation(key(told), after=after)]) == [True]
    found = (await store.alert(document.id)).podlynx.capture
    assert (found.before[0].bytes, [each.bytes for each in found.after]) == (b"SYN", [b"answer"])


async def test_one_that_is_not_there(store):
    assert not await observed(store, event_document())
    await store.ingest([event_document()])
    assert not await observed(store, event_document(packet_number=9))


async def test_of_two_events_with_one_id_the_right_one_is_told(store):
    one, two = event_document(), event_document(packet_number=9)
    await store.ingest([one, two])
    await observed(store, two)
    assert (await store.alert(one.id)).observers == []
    assert (await store.alert(f"{two.id}_1")).observers == [OTHER]


async def test_what_is_forgotten_takes_the_absorbed_with_it(path):
    now = 1_000_000
    store = SqliteStore(path, retention=Retention(seconds=10), clock=lambda: now)
    document, absorbed = event_document(), event_document(host="node-2")
    await store.ingest([document])
    await observed(store, document, [key(absorbed)])
    now += 20
    await store.ingest([event_document(time=START + 1)])
    assert await store.ingest([event_document(time=START + 2)])
    assert (await store.ingest([absorbed])).accepted == 1
    await store.close()


async def test_namespaces_that_alerts_are_of(store):
    assert await store.namespaces() == []
    await store.ingest([event_document(source="shop/a", dest="pay/b"), event_document(sid=2, dest="shop/c")])
    assert await store.namespaces() == ["pay", "shop"]


async def test_another_namespace_at_the_same_address_is_another_group(store):
    await store.ingest([event_document(dest="shop/a"), event_document(time=START + 1, dest="pay/a")])
    assert [row.count for row in (await store.alerts(Search())).items] == [1, 1]


async def test_checking_writes_and_says_what_is_wrong(store):
    await store.check()
    await store.close()
    with pytest.raises(Exception, match="closed"):
        await store.check()


async def test_an_older_database_keeps_its_alerts_and_they_are_found(path):
    current = open_store(path)
    document = event_document(source="shop/a-1", dest="pay/gateway", references=["cve,2021-44228"])
    await current.ingest([document, event_document(sid=2, http=None)])
    await current.close()
    as_it_was_before(path)
    store = open_store(path)
    for words in (
        "gateway",
        "cve:2021-44228",
        "http:secid_canceltoken.cgi",
        "trojan was detected",
        "1:57461:1",
        "shop",
        "node-1",
    ):
        found = (await store.alerts(Search(query=parse_query(words)))).items
        assert document.id in [row.event_id for row in found], words
    assert await store.namespaces() == ["pay", "shop"]
    assert [row.rule.sid for row in (await store.alerts(Search(namespaces=frozenset({"pay"})))).items] == [57461]
    assert (await store.ingest([document])).duplicates == 1
    for name, value in (("sid", "57461"), ("ns", "pay"), ("reference", "cve,2021-44228")):
        counts = await store.count(Statistic(field=BY_NAME[name], interval=3600))
        assert value in {each.value for each in counts.values if sum(each.times) == each.count > 0}
    await store.close()


def as_it_was_before(path):
    """The same events in the schema of the first version."""
    old = path.with_name("old.db")
    connection = apsw.Connection(str(old))
    connection.execute(migrations()[0][1])
    connection.execute(f"ATTACH '{path}' AS new")
    for table in ("events", "documents", "totals", "groups"):
        columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
        connection.execute(f"DELETE FROM main.{table}")
        connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")
    for seq, body in connection.execute("SELECT seq, body FROM documents").fetchall():
        connection.execute("UPDATE documents SET body = ? WHERE seq = ?", (unpacked(body), seq))
    connection.execute("DETACH new")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    old.replace(path)
