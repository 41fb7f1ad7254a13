"""Several managers over one search engine: what one takes in, every other tells."""

import asyncio
import gzip
import time

import msgspec
import pytest

from podlynx.manager.access import Principal
from podlynx.manager.desk_access import DeskAccess
from podlynx.manager.ingest import Ingest
from podlynx.manager.live import Live
from podlynx.manager.rule_library import RuleLibrary
from podlynx.manager.sealing import Seal
from podlynx.manager.sensors import Sensors
from podlynx.manager.settings import Settings
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

    def __init__(self, engine, path, name, seal=None):
        self.store = SearchStore(Engine(url=engine.url, index=index_of(path)), tells_changes=False)
        self.live = Live(max_readers=4, max_each=4, queue=100)
        self.sensors = Sensors()
        self.rules = RuleLibrary(path.parent / name)
        self.access = DeskAccess(Settings(), seal=seal)
        self.sharing = Sharing(self.store, self.live, self.sensors, self.rules, self.access)

    async def close(self):
        await self.sharing.stop()
        await self.store.close()


@pytest.fixture
async def two(anyio_backend, engine, path):
    seal = Seal()
    managers = [OneOfThem(engine, path, name, seal) for name in ("a", "b")]
    for each in managers:
        each.seal = seal
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


async def test_an_alert_of_another_is_shown_without_waiting_for_the_index(two, engine, path):
    one, other = two
    await one.store.ingest([event_document(sid=1)])
    never = {"index": {"refresh_interval": "-1"}}  # by itself it shows nothing any more
    engine.send("PUT", f"/{index_of(path)}.podlynx-*/_settings", never).raise_for_status()
    async with other.live.reader() as reader:
        await until(lambda: other.sharing._follower._cursor is not None, 60)
        for sid in (2, 3):
            began = time.monotonic()
            await one.store.ingest([event_document(sid=sid)])
            while (await reader.next(60)).row.rule.sid != sid:
                pass
            print(f"shown {time.monotonic() - began:.2f} s after it was taken in")


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


async def test_a_session_that_ended_at_one_ends_at_all_and_at_one_that_comes_later(two, engine, path):
    one, other = two
    cookie, kept = (one.access.open_session(Principal("session")) for _ in range(2))
    assert await other.access.principal(None, cookie) is not None
    principal = await one.access.principal(None, cookie)
    one.access.close_session(principal)
    one.sharing.logged_out(principal)

    async def gone(manager):
        return await manager.access.principal(None, cookie) is None

    await until(lambda: gone(other), 60)
    late = OneOfThem(engine, path, "c", one.seal)
    late.sharing.start()
    await until(lambda: gone(late), 60)
    assert await late.access.principal(None, kept) is not None
    await late.close()


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
