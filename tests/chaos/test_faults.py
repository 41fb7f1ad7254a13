"""Full disks, damage, a store that is away, a clock that goes back: what was spooled is stored once, the rest is counted."""

import asyncio
import os
import random
import shutil
import subprocess

import msgspec
import pytest
from tests.chaos.source import NODE, line
from tests.engine_events import START

from podlynx.manager.bodies import unpacked
from podlynx.manager.errors import ApiError
from podlynx.manager.ingest import Ingest
from podlynx.manager.live import Live
from podlynx.models.loss import loss_event
from podlynx.sensor.spool.shipping import IngestAnswer, ManagerUnavailable, Shipper
from podlynx.sensor.spool.spool import MEMORY_EVENTS, Spool
from podlynx.store import Search
from podlynx.store.errors import StoreBusy
from podlynx.store.sqlite.store import SqliteStore

pytestmark = pytest.mark.anyio
HOUR = 3600.0


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Clock:
    """Moves only when something sleeps, or a test says so."""

    now = 1_000_000.0

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds
        await asyncio.sleep(0)


class Direct:
    """The manager's own ingest without a network; `refuses` says when it is away."""

    def __init__(self, store, refuses=lambda: False):
        self.ingest, self.refuses, self.tries = Ingest(store, Live(max_readers=1, max_each=1, queue=1)), refuses, 0

    async def events(self, body, encoding):
        self.tries += 1
        if self.refuses():
            raise ManagerUnavailable("HTTP 503: the store is away")
        try:
            answer = await self.ingest.lines(unpacked(body, encoding), 5000, NODE)
        except (ApiError, StoreBusy) as error:
            raise ManagerUnavailable(str(error)) from error
        return IngestAnswer(answer.accepted, answer.duplicates, answer.refused)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def store(tmp_path, clock):
    store = SqliteStore(tmp_path / "events.db", clock=clock)
    yield store
    await store.close()


async def numbers(store):
    found, cursor = [], None
    while True:
        page = await store.alerts(Search(grouped=False, limit=500, cursor=cursor, dismissed=None))
        found += [int(row.last_time) - START for row in page.items if row.rule.gid == 1]
        if (cursor := page.next_cursor) is None:
            return sorted(found)


async def test_a_store_that_is_away_for_ten_minutes(tmp_path, store, clock):
    spool, begin = Spool(tmp_path / "spool"), clock.now
    door = Direct(store, refuses=lambda: clock.now < begin + 600)
    spool.append([line(number) for number in range(3000)])
    shipper = Shipper(spool, door, sleep=clock.sleep)
    await shipper.drain()
    assert await numbers(store) == list(range(3000))
    assert clock.now >= begin + 600
    assert 50 < door.tries < 300, "neither pressed nor asleep"


async def test_a_clock_that_is_set_back_an_hour(tmp_path, store, clock):
    spool = Spool(tmp_path / "spool")
    shipper = Shipper(spool, Direct(store), sleep=clock.sleep)
    for step in range(4):
        spool.append([line(number) for number in range(step * 500, step * 500 + 500)])
        await shipper.drain()
        clock.now += -HOUR if step == 1 else 60
    spool.append([line(number) for number in range(2000)])
    await shipper.drain()
    assert await numbers(store) == list(range(2000))
    assert (await store.statistics()).events == 2000


@pytest.mark.parametrize("seed", range(8))
async def test_flipped_bits_in_the_spool_cost_what_they_hit_and_are_counted(tmp_path, store, clock, seed):
    chance = random.Random(seed)
    spool = Spool(tmp_path / "spool", file_bytes=64 << 10)
    spool.append([line(number) for number in range(1000)])
    spool.close()
    flips = chance.randrange(1, 12)
    for _ in range(flips):
        path = chance.choice(sorted((tmp_path / "spool").rglob("*.events")))
        data = bytearray(path.read_bytes())
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
    after = Spool(tmp_path / "spool")
    waiting = after.waiting
    shipper = Shipper(after, Direct(store), sleep=clock.sleep)
    await shipper.drain()
    found = await numbers(store)
    assert len(found) == len(set(found)) == waiting >= 1000 - flips
    assert 0 < after.counters.damaged <= flips or waiting == 1000


@pytest.fixture
def small_disk(tmp_path):
    """A real one of a megabyte."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"nothing may be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


async def test_a_full_disk_loses_nothing_that_was_spooled_and_counts_the_rest(small_disk, store, clock):
    spool = Spool(small_disk / "spool", file_bytes=64 << 10)
    for number in range(0, 4000, 20):
        spool.append([line(each) for each in range(number, number + 20)])
    counted = spool.counters
    assert counted.disk_errors > 0
    assert counted.lost > 0
    assert spool.waiting + counted.lost == 4000
    assert spool.waiting > MEMORY_EVENTS
    expected = spool.waiting
    shipper = Shipper(spool, Direct(store), sleep=clock.sleep)
    await shipper.drain()
    found = await numbers(store)
    assert len(found) == len(set(found)) == expected
    spool.append([line(5000)])
    await shipper.drain()
    assert (await numbers(store))[-1] == 5000


async def test_a_full_spool_tells_in_the_store_what_it_dropped(tmp_path, store, clock):
    spool = Spool(
        tmp_path / "spool",
        host=NODE,
        cap=400_000,
        file_bytes=40_000,
        told=lambda loss: msgspec.json.encode(loss_event(loss, NODE)),
    )
    for number in range(0, 2000, 20):
        spool.append([line(each) for each in range(number, number + 20)])
    shipper = Shipper(spool, Direct(store), sleep=clock.sleep)
    await shipper.drain()
    losses = [row for row in (await store.alerts(Search(grouped=False, limit=500))).items if row.rule.gid != 1]
    lost = 0
    for row in losses:
        told = dict(entry.split(" ", 1) for entry in (await store.alert(row.event_id)).podlynx.metadata)
        lost += int(told["lost_count"])
    assert lost == spool.counters.dropped > 0
    assert len(await numbers(store)) + lost == 2000
