"""Several managers over one search engine: what one takes in, every other tells."""

import asyncio
import gzip

import msgspec
import pytest

from podlynx.manager.ingest import Ingest
from podlynx.manager.live import Live
from podlynx.manager.rule_library import RuleLibrary
from podlynx.manager.sensors import Sensors
from podlynx.manager.shared.keeping import SharedKeeper
from podlynx.manager.shared.sharing import Sharing
from podlynx.models.endpoint import Observer
from podlynx.models.sensor_report import SensorReport
from podlynx.store import Search
from podlynx.store.search.address import Engine
from podlynx.store.search.store import SearchStore

from ..engine_events import event_document
from ..kubernetes.waiting import until
from .conftest import index_of

pytestmark = pytest.mark.anyio
RULE = b'alert tcp any any -> any any ( msg:"shared"; content:"shared"; sid:1000001; rev:1; )\n'


class OneOfThem:
    """What a manager has that is shared."""

    def __init__(self, engine, path, name):
        self.store = SearchStore(Engine(url=engine.url, index=index_of(path)), tells_changes=False)
        self.live = Live(max_readers=4, max_each=4, queue=100)
        self.sensors = Sensors()
        self.rules = RuleLibrary(path.parent / name)
        self.sharing = Sharing(self.store, self.live, self.sensors, self.rules)

    async def close(self):
        await self.sharing.stop()
        await self.store.close()


@pytest.fixture
async def two(anyio_backend, engine, path):
    managers = [OneOfThem(engine, path, name) for name in ("a", "b")]
    for each in managers:
        await each.rules.load()
        each.sharing.start()
    yield managers
    for each in managers:
        await each.close()
    engine.send("DELETE", f"/{index_of(path)}.podlynx-*,podlynx-absorbed-{index_of(path)},podlynx-state-{index_of(path)}")


async def test_an_alert_that_one_stored_reaches_the_readers_of_both_once(two):
    one, other = two
    async with one.live.reader() as here, other.live.reader() as there:
        await until(lambda: one.sharing._follower._cursor is not None and other.sharing._follower._cursor is not None, 60)
        for sid in (1, 2, 3):
            await one.store.ingest([event_document(sid=sid)])
        for reader in (here, there):
            assert [(await reader.next(60)).row.rule.sid for _ in range(3)] == [1, 2, 3]
            with pytest.raises(TimeoutError):
                await reader.next(1)


async def test_a_node_that_reports_to_one_is_known_to_both(two):
    one, other = two
    report = SensorReport(node="node-1", boot="1", version="1", time=0.0)
    one.sensors.heard(report)
    one.sharing.heard(report)
    states = await until(other.sensors.states, 60)
    assert [state.report.node for state in states] == ["node-1"]


async def test_rules_that_one_got_are_used_by_both_and_by_one_that_comes_later(two, engine, path):
    one, other = two
    await one.rules.upload(RULE)
    await one.sharing.uploaded(RULE)
    await until(lambda: other.rules.state.version == one.rules.state.version and other.rules.state.kind == "uploaded", 60)
    late = OneOfThem(engine, path, "c")
    late.sharing.start()
    await until(lambda: late.rules.state.kind == "uploaded", 60)
    assert b"1000001" in gzip.decompress(late.rules.bundle(one.rules.state.version))
    await late.close()
    await one.rules.forget_upload()
    await one.sharing.uploaded(b"")
    await until(lambda: other.rules.state.kind != "uploaded", 60)


async def test_one_attack_that_two_nodes_saw_is_one_alert_though_each_told_another_manager(two):
    one, other = two
    ends = {name: Observer(host=name, origin="dpi.shop/x", namespace="shop", pod=name, side=side)
        for name, side in (("node-1", "server"), ("node-2", "client"))}  # fmt: skip
    seen = [msgspec.structs.replace(event_document(host=name, sequence=7, packet_number=n), observers=[end])
        for n, (name, end) in enumerate(ends.items())]  # fmt: skip
    keepers = [SharedKeeper(Ingest(each.store, each.live), each.store.claims, lambda _: True) for each in two]
    kept = await asyncio.gather(*(keeper.keep([document]) for keeper, document in zip(keepers, seen, strict=True)))
    assert sorted((each.accepted, each.duplicates) for each in kept) == [(0, 1), (1, 0)]
    (row,) = (await one.store.alerts(Search())).items
    assert row.count == 1
    assert {each.host for each in (await other.store.alert(row.event_id)).observers} == {"node-1", "node-2"}
    # Sent again, to whomever: nothing is added. Another packet of that flow is an alert of its own.
    again = await keepers[0].keep(list(reversed(seen)))
    assert (again.accepted, again.duplicates) == (0, 2)
    later = msgspec.structs.replace(event_document(sequence=8, packet_number=9), observers=[ends["node-1"]])
    assert (await keepers[1].keep([later])).accepted == 1


async def test_readers_that_miss_too_much_are_told_to_reload(two, monkeypatch):
    one, other = two
    monkeypatch.setattr("podlynx.manager.shared.following.MAX_CHANGES", 2)
    async with other.live.reader() as reader:
        await until(lambda: other.sharing._follower._cursor is not None, 60)
        await one.store.ingest([event_document(sid=sid) for sid in range(5)])
        await until(lambda: reader.lagging, 60)
