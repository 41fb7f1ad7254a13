"""How long the oldest event of a spool has waited."""

import pytest

from podlynx.sensor.node.waiting import LOOKS, WaitingSince
from podlynx.sensor.spool.spool import Spool


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def spool(tmp_path):
    spool = Spool(tmp_path)
    yield spool
    spool.close()


def test_an_empty_spool_waits_for_nothing(spool, clock):
    waiting = WaitingSince(spool, clock)
    clock.now += 50
    waiting.look()
    assert waiting.seconds() == 0


def test_the_oldest_event_counts_until_it_is_acknowledged(spool, clock):
    waiting = WaitingSince(spool, clock)
    for number in range(3):
        waiting.look()
        spool.append([b'{"n":%d}' % number])
        clock.now += 10
    assert waiting.seconds() == 30
    spool.acknowledge(spool.read(1, 1000))
    waiting.look()
    assert waiting.seconds() == 20
    spool.acknowledge(spool.read(10, 1000))
    assert waiting.seconds() == 0


def test_what_an_earlier_process_left_waits_since_the_start(spool, clock, tmp_path):
    spool.append([b"{}"])
    spool.close()
    again = Spool(tmp_path)
    waiting = WaitingSince(again, clock)
    clock.now += 7
    waiting.look()
    assert waiting.seconds() == 7
    again.close()


def test_looks_are_capped_and_the_age_stays_right(spool, clock):
    waiting = WaitingSince(spool, clock)
    spool.append([b"{}"])
    for _ in range(3 * LOOKS):
        clock.now += 1
        waiting.look()
        spool.append([b"{}"])
    assert len(waiting._looks) <= LOOKS
    assert waiting.seconds() == 3 * LOOKS
