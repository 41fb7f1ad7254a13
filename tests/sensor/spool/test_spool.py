"""The spool outlives crashes, damage, full disks and a manager that is away."""

import errno
import random
from pathlib import Path

import pytest

from podlynx.sensor.spool.lane import Lane
from podlynx.sensor.spool.records import MARK, packed, read_records
from podlynx.sensor.spool.spool import MEMORY_EVENTS, Spool

EVENTS = [b'{"event":%d}' % number for number in range(10)]


def everything(spool):
    return spool.read(10_000, 1 << 30)


def files(folder):
    return sorted(folder.glob("*.events"))


def test_a_successor_finds_what_was_appended_and_not_what_was_acknowledged(tmp_path):
    spool = Spool(tmp_path)
    spool.append(EVENTS)
    spool.acknowledge(spool.read(4, 1 << 20))
    # No close: the process was killed.
    after = Spool(tmp_path)
    assert everything(after).events == EVENTS[4:]
    assert after.waiting == 6
    after.append([b"new"])
    after.acknowledge(everything(after))
    assert (Spool(tmp_path).waiting, after.waiting) == (0, 0)


@pytest.mark.parametrize("taken", [0, 2, 4], ids=["none acknowledged", "some", "all but the last"])
def test_events_of_another_host_are_dropped_at_the_start_and_counted(tmp_path, taken):
    ours, foreign = [b'{"host":"here","event":%d}' % number for number in range(5)], b'{"host":"elsewhere"}'
    spool = Spool(tmp_path)
    spool.append(ours[:4])
    spool.append([foreign, ours[4], foreign])
    spool.acknowledge(spool.read(taken, 1 << 20)) if taken else None
    after = Spool(tmp_path, host="here")
    assert (everything(after).events, after.waiting, after.counters.foreign) == (ours[taken:], 5 - taken, 2)
    after.acknowledge(everything(after))
    assert (after.waiting, Spool(tmp_path, host="here").waiting) == (0, 0)


def test_batches_keep_their_caps(tmp_path):
    spool = Spool(tmp_path)
    spool.append([b"x" * 100, b"y" * 100, b"z" * 100])
    assert spool.read(2, 1 << 20).events == [b"x" * 100, b"y" * 100]
    assert spool.read(10, 150).events == [b"x" * 100]
    assert spool.read(10, 10).events == [b"x" * 100]  # one always goes, or it would stand in the way for ever


@pytest.mark.parametrize("seed", range(40))
def test_damage_costs_what_it_hits_and_no_more(tmp_path, seed):
    chance = random.Random(seed)
    spool = Spool(tmp_path)
    for event in EVENTS:
        spool.append([event])
    path = files(tmp_path)[0]
    data = bytearray(path.read_bytes())
    record = len(packed(EVENTS[0]))
    hit = chance.randrange(len(EVENTS))
    for _ in range(3):
        data[hit * record + chance.randrange(record)] ^= chance.randrange(1, 256)
    path.write_bytes(data)
    assert everything(Spool(tmp_path)).events == [event for number, event in enumerate(EVENTS) if number != hit]


@pytest.mark.parametrize("cut", range(1, len(packed(EVENTS[0]))))
def test_a_torn_write_costs_the_last_record(tmp_path, cut):
    Spool(tmp_path).append(EVENTS)
    path = files(tmp_path)[0]
    path.write_bytes(path.read_bytes()[:-cut])
    after = Spool(tmp_path)
    assert everything(after).events == EVENTS[:-1]
    after.append([b"next"])
    assert everything(after).events == [*EVENTS[:-1], b"next"]


@pytest.mark.parametrize(
    "garbage", [b"", b"\0" * 5000, MARK * 3000, MARK + b"\xff" * 8, packed(b"a")[:-1] + b"?", bytes(range(256)) * 600]
)
def test_garbage_is_passed_over(tmp_path, garbage):
    path = tmp_path / "file"
    path.write_bytes(garbage + packed(b"first") + garbage + packed(b"second"))
    with path.open("rb") as file:
        assert [record.payload for record in read_records(file, 0, path.stat().st_size)] == [b"first", b"second"]


def test_over_the_cap_the_oldest_go_and_are_counted(tmp_path):
    spool = Spool(tmp_path, cap=4000, file_bytes=1000)
    for number in range(100):
        spool.append([b"%03d" % number * 30])
    kept = everything(spool).events
    assert spool.size <= 4000
    assert kept[-1] == b"099" * 30
    assert len(kept) + spool.counters.dropped == 100
    assert spool.waiting == len(kept)


def test_a_batch_on_its_way_whose_file_is_dropped_can_still_be_acknowledged(tmp_path):
    spool = Spool(tmp_path, cap=2000, file_bytes=500)
    spool.append([b"a" * 100])
    batch = everything(spool)
    for _ in range(40):
        spool.append([b"b" * 100])
    waiting = spool.waiting
    spool.acknowledge(batch)
    assert spool.waiting == waiting
    assert set(everything(spool).events) == {b"b" * 100}


def test_files_that_were_shipped_go(tmp_path):
    spool = Spool(tmp_path, file_bytes=200)
    for event in EVENTS:
        spool.append([event])
    while batch := everything(spool).events and everything(spool):
        spool.acknowledge(batch)
    assert len(files(tmp_path)) <= 1


def test_a_full_disk_is_survived_and_counted(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    spool.append([b"before"])

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Lane, "_write", full)
    spool.append([b"%d" % number for number in range(MEMORY_EVENTS + 5)])
    assert (spool.counters.lost, spool.waiting) == (5, MEMORY_EVENTS + 1)
    spool.acknowledge(everything(spool))
    in_memory = everything(spool)
    assert len(in_memory.events) == MEMORY_EVENTS
    spool.acknowledge(in_memory)
    assert spool.waiting == 0


def test_a_half_written_batch_is_taken_back(tmp_path):
    spool = Spool(tmp_path)
    spool.append([b"before"])
    path = files(tmp_path)[0]

    class Half:
        def __init__(self, file):
            self.file = file

        def write(self, data):
            if len(data) > 20:
                return self.file.write(data[:20])
            raise OSError(errno.ENOSPC, "No space left on device")

        def __getattr__(self, name):
            return getattr(self.file, name)

    lane = spool.lanes[0]
    whole = lane._file
    lane._file = Half(whole)
    spool.append([b"x" * 9])
    lane._file = whole
    spool.append([b"after"])
    assert set(everything(spool).events) == {b"before", b"after"}
    spool.acknowledge(everything(spool))
    assert everything(spool).events == [b"x" * 9]
    assert MARK in path.read_bytes()


def test_a_folder_that_cannot_be_made_is_as_good_as_a_full_disk():
    spool = Spool(Path("/proc/nowhere"))
    spool.append(EVENTS)
    assert spool.read(100, 1 << 20).events == EVENTS
