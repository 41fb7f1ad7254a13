"""Damage, a store that is away, a clock that goes back, a full spool: what was spooled is stored once, the rest is counted."""

import random

import msgspec
import pytest
from tests.chaos.direct import Direct, append, numbers
from tests.chaos.source import NODE, line

from podlynx.models.loss import loss_event
from podlynx.sensor.spool.shipping import Shipper
from podlynx.sensor.spool.spool import Spool
from podlynx.store import Search

pytestmark = pytest.mark.anyio
HOUR = 3600.0


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


@pytest.mark.parametrize("seed", range(8))
async def test_a_flipped_bit_in_a_cursor_costs_nothing(tmp_path, store, clock, seed):
    chance = random.Random(seed)
    spool = Spool(tmp_path / "spool", file_bytes=64 << 10)
    shipper = Shipper(spool, Direct(store), sleep=clock.sleep)
    append(spool, 0, 600)
    await shipper.ship_once()
    append(spool, 600, 1000)
    spool.close()
    for path in sorted((tmp_path / "spool").rglob("cursor")):
        data = bytearray(path.read_bytes())
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
    after = Spool(tmp_path / "spool")
    await Shipper(after, Direct(store), sleep=clock.sleep).drain()
    assert await numbers(store) == list(range(1000))
    assert after.counters.damaged == 0


async def test_a_full_spool_tells_in_the_store_what_it_dropped(tmp_path, store, clock):
    spool = Spool(
        tmp_path / "spool",
        host=NODE,
        cap=400_000,
        file_bytes=40_000,
        told=lambda loss: msgspec.json.encode(loss_event(loss, NODE)),
    )
    append(spool, 0, 2000)
    shipper = Shipper(spool, Direct(store), sleep=clock.sleep)
    await shipper.drain()
    losses = [row for row in (await store.alerts(Search(grouped=False, limit=500))).items if row.rule.gid != 1]
    lost = 0
    for row in losses:
        told = dict(entry.split(" ", 1) for entry in (await store.alert(row.event_id)).podlynx.metadata)
        lost += int(told["lost_count"])
    assert lost == spool.counters.dropped > 0
    assert len(await numbers(store)) + lost == 2000
