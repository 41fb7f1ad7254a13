"""Shipping goes on whatever the manager says: away, too large, not an event."""

import asyncio
import gzip

import pytest
import zstandard
from tests.sensor.listening import until

from podlynx.sensor.spool import shipping
from podlynx.sensor.spool.shipping import BatchRefused, EncodingUnknown, IngestAnswer, ManagerUnavailable, Shipper
from podlynx.sensor.spool.spool import Spool


@pytest.fixture
def anyio_backend():
    return "asyncio"


UNPACK = {"": bytes, "gzip": gzip.decompress, "zstd": zstandard.decompress}


class Door:
    """A manager that says what the test wants, then takes."""

    def __init__(self, *says, most=1000):
        self.says, self.most, self.taken, self.tries = list(says), most, [], 0
        self.encodings = []

    async def events(self, body, encoding):
        self.tries += 1
        self.encodings.append(encoding)
        if self.says:
            raise self.says.pop(0)
        lines = UNPACK[encoding](body).split(b"\n")
        if len(lines) > self.most:
            raise BatchRefused("HTTP 413", in_part=True)
        if b"foreign" in lines:
            raise BatchRefused("HTTP 403 wrong_node", in_part=True)
        if b"poison" in lines:
            raise BatchRefused("HTTP 400")
        self.taken += lines
        return IngestAnswer(accepted=len(lines))


async def shipped(spool, door):
    shipper = Shipper(spool, door)
    running = asyncio.create_task(shipper.run())
    await until(lambda: spool.waiting == 0)
    running.cancel()
    return shipper


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(shipping, "BACKOFF", (0.001, 0.01))


@pytest.mark.anyio
@pytest.mark.parametrize("size", [10, 5000])
async def test_a_manager_that_is_away_is_waited_for(tmp_path, size):
    spool = Spool(tmp_path)
    events = [b"%d" % number + b"x" * size for number in range(20)]
    spool.append(events)
    door = Door(*[ManagerUnavailable("away")] * 5)
    shipper = await shipped(spool, door)
    assert (door.taken, shipper.shipped) == (events, 20)


@pytest.mark.anyio
async def test_what_is_too_large_goes_in_pieces(tmp_path):
    spool = Spool(tmp_path)
    events = [b"%d" % number for number in range(100)]
    spool.append(events)
    door = Door(most=7)
    await shipped(spool, door)
    assert door.taken == events


@pytest.mark.anyio
async def test_what_is_never_taken_does_not_stand_in_the_way(tmp_path):
    spool = Spool(tmp_path)
    door = Door()
    spool.append([b"poison"])
    shipper = await shipped(spool, door)
    spool.append([b"good"])
    await shipped(spool, door)
    assert (door.taken, shipper.refused) == ([b"good"], 1)


@pytest.mark.anyio
async def test_an_event_of_another_node_costs_none_of_our_own(tmp_path):
    spool, door = Spool(tmp_path), Door()
    events = [b"%d" % number for number in range(100)]
    spool.append([*events[:60], b"foreign", *events[60:]])
    shipper = await shipped(spool, door)
    assert (door.taken, shipper.refused) == (events, 1)


@pytest.mark.anyio
async def test_it_never_comes_again_before_the_manager_asked_it_to(tmp_path):
    spool, waits = Spool(tmp_path), []
    spool.append([b"event"])
    door = Door(*[ManagerUnavailable("HTTP 503", retry_after=2.0)] * 20)

    async def sleep(seconds):
        waits.append(seconds)

    shipper = Shipper(spool, door, sleep=sleep)
    await shipper.drain()
    assert (door.taken, len(waits)) == ([b"event"], 20)
    assert all(2.0 <= each <= 3.0 for each in waits)
    assert len(set(waits)) > 1  # not all sensors at the same moment


@pytest.mark.anyio
async def test_it_is_shipped_at_once(tmp_path):
    spool, door = Spool(tmp_path), Door()
    shipper = Shipper(spool, door)
    running = asyncio.create_task(shipper.run())
    await asyncio.sleep(0.05)
    spool.append([b"now"])
    shipper.wake()
    await until(lambda: door.taken, 0.2)
    running.cancel()


@pytest.mark.anyio
async def test_an_older_manager_gets_what_it_can_read(tmp_path):
    spool = Spool(tmp_path)
    events = [b"%d" % number + b"x" * 500 for number in range(20)]
    spool.append(events)
    door = Door(EncodingUnknown("HTTP 400: bodies of encoding 'zstd' are not taken"))
    shipper = await shipped(spool, door)
    assert (door.taken, door.encodings, shipper.refused) == (events, ["zstd", "gzip"], 0)
