"""Disks that are full or turn read-only, under the spool and under the store: nothing that was spooled is lost."""

import pytest
from tests.chaos.direct import Direct, append, numbers
from tests.chaos.disks import Disk, Ext4
from tests.chaos.source import line

from podlynx.sensor.spool.shipping import Shipper
from podlynx.sensor.spool.spool import MEMORY_EVENTS, Spool
from podlynx.store.sqlite.store import SqliteStore

pytestmark = pytest.mark.anyio


@pytest.fixture
def small_disk(tmp_path):
    """A real one of a megabyte."""
    with Disk(tmp_path) as disk:
        yield disk


@pytest.fixture
def ext4_disk(tmp_path):
    with Ext4(tmp_path) as disk:
        yield disk


async def test_a_full_disk_loses_nothing_that_was_spooled_and_counts_the_rest(small_disk, store, clock):
    spool = Spool(small_disk.folder / "spool", file_bytes=64 << 10)
    append(spool, 0, 4000)
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


async def test_a_disk_that_turns_read_only_loses_nothing_that_was_spooled_and_counts_the_rest(ext4_disk, store, clock):
    spool = Spool(ext4_disk.folder / "spool", file_bytes=64 << 10)
    shipper = Shipper(spool, Direct(store), sleep=clock.sleep)
    append(spool, 0, 1000)
    ext4_disk.fail()
    append(spool, 1000, 3500)
    assert spool.counters.disk_errors > 0
    assert spool.counters.lost == 2500 - MEMORY_EVENTS
    assert spool.waiting == 1000 + MEMORY_EVENTS
    await shipper.drain()
    assert await numbers(store) == list(range(1000 + MEMORY_EVENTS)), "what is read-only can be shipped"
    append(spool, 3500, 3600)
    await shipper.drain()
    spool.close()
    ext4_disk.mend()
    after = Spool(ext4_disk.folder / "spool", file_bytes=64 << 10)
    append(after, 3600, 4000)
    await Shipper(after, Direct(store), sleep=clock.sleep).drain()
    after.close()
    assert await numbers(store) == [*range(1000 + MEMORY_EVENTS), *range(3500, 4000)]


async def test_a_store_whose_disk_turns_read_only_acknowledges_nothing_until_it_is_mended(ext4_disk, tmp_path, clock):
    async def mended(store):
        await store.close()
        ext4_disk.mend()
        return SqliteStore(ext4_disk.folder / "events.db", clock=clock)

    await refused_meanwhile(ext4_disk, tmp_path, clock, ext4_disk.fail, mended)


async def test_a_store_whose_disk_is_full_acknowledges_nothing_until_there_is_room(ext4_disk, tmp_path, clock):
    async def emptied(store):
        (ext4_disk.folder / "ballast").unlink()
        return store

    await refused_meanwhile(ext4_disk, tmp_path, clock, ext4_disk.fill, emptied)


async def refused_meanwhile(disk, tmp_path, clock, breaks, mended):
    """What the store cannot hold the spool keeps."""
    spool = Spool(tmp_path / "spool")
    store = SqliteStore(disk.folder / "events.db", clock=clock)
    door = Direct(store)
    shipper = Shipper(spool, door, sleep=clock.sleep)
    append(spool, 0, 1000)
    await shipper.drain()
    breaks()
    append(spool, 1000, 4000)
    for _ in range(12):
        await shipper.ship_once()
    assert shipper.failed > 0
    acknowledged = 4000 - spool.waiting
    store = await mended(store)
    assert len(await numbers(store)) >= acknowledged
    await Shipper(spool, Direct(store), sleep=clock.sleep).drain()
    assert await numbers(store) == list(range(4000))
    assert (await store.statistics()).events == 4000
    await store.close()
