"""A full spool drops the oldest of the lowest severity, and tells of it in an event that outlives a crash."""

import msgspec
import pytest

from podlynx.models.event import document
from podlynx.models.loss import GENERATOR, TYPE, Loss, loss_event
from podlynx.models.severity import severity_of
from podlynx.sensor.spool.lane import Lane
from podlynx.sensor.spool.spool import CAPTURE_PRIORITY, Spool

FILL = "x" * 60


def told(loss):
    return msgspec.json.encode(loss_event(loss, "node-1"))


def event(number, priority):
    return msgspec.json.encode({"priority": priority, "time": 1000 + number, "fill": FILL})


def everything(spool):
    return [msgspec.json.decode(each) for each in spool.read(100_000, 1 << 30).events]


def small(folder):
    return Spool(folder, host="node-1", cap=60_000, file_bytes=6000, told=told)


def times(events, priority):
    return [each["time"] - 1000 for each in events if each["priority"] == priority and "gid" not in each]


def losses(events):
    return [each for each in events if each.get("gid") == GENERATOR]


def counts(spool):
    counted = spool.counters
    return [counted.dropped_severity_100, counted.dropped_severity_70, counted.dropped_severity_40, counted.dropped_severity_10]


def test_the_least_severe_go_first_the_oldest_of_them_before_the_others(tmp_path):
    spool = small(tmp_path)
    for number in range(300):
        spool.append([event(number, priority) for priority in (1, 2, 3)])
    kept = everything(spool)
    assert times(kept, 1) == list(range(300))
    assert times(kept, 3) == list(range(300))[-len(times(kept, 3)) :] if times(kept, 3) else True
    dropped = counts(spool)
    assert dropped[0] == 0
    assert dropped[2] > dropped[1]
    assert [len(times(kept, priority)) + dropped[priority - 1] for priority in (1, 2, 3)] == [300, 300, 300]
    assert spool.counters.dropped == sum(dropped)


def test_a_spool_full_of_what_is_severe_takes_nothing_that_is_less(tmp_path):
    spool = small(tmp_path)
    for number in range(1000):
        spool.append([event(number, 1)])
    held = times(everything(spool), 1)
    spool.append([event(number, 3) for number in range(100)])
    assert counts(spool)[2] == 100
    assert times(everything(spool), 1) == held
    assert held[-1] == 999


def test_the_loss_is_an_event_that_says_how_many_of_what_and_when(tmp_path):
    spool = small(tmp_path)
    for number in range(1500):
        spool.append([event(number, 3)])
    kept = everything(spool)
    said = [dict(entry.split(" ", 1) for entry in each["metadata"]) for each in losses(kept)]
    assert sum(int(each["lost_count"]) for each in said) == spool.counters.dropped == 1500 - len(times(kept, 3))
    assert {each["lost_severity"] for each in said} == {"40"}
    assert (said[0]["lost_from"], said[-1]["lost_until"]) == ("1000", str(1000 + spool.counters.dropped - 1))


def test_packets_that_followed_go_before_any_alert_and_are_no_loss_of_alerts(tmp_path):
    spool = small(tmp_path)
    for number in range(400):
        spool.append([event(number, 4), event(number, CAPTURE_PRIORITY)])
    assert spool.counters.dropped_captures == spool.counters.dropped > 0
    kept = everything(spool)
    assert (times(kept, 4), losses(kept)) == (list(range(400)), [])


def test_what_is_severe_is_shipped_first(tmp_path):
    spool = Spool(tmp_path)
    spool.append([event(1, 3), event(2, 2), event(3, 1), event(4, 0)])
    assert [each["priority"] for each in everything(spool)] == [1, 0, 2, 3]
    spool.acknowledge(spool.read(2, 1 << 20))
    after = Spool(tmp_path)
    assert [each["priority"] for each in everything(after)] == [2, 3]


@pytest.mark.parametrize("crash", ["before it is told", "before it is deleted"])
def test_a_crash_while_events_are_dropped_leaves_them_told_once(tmp_path, crash, monkeypatch):
    spool = small(tmp_path)
    for number in range(500):
        spool.append([event(number, 3)])
    assert not losses(everything(spool))

    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    if crash == "before it is told":
        monkeypatch.setattr(Lane, "events_of", killed)
    else:
        monkeypatch.setattr("pathlib.Path.unlink", killed)
    with pytest.raises(Killed):
        spool.append([event(number, 3) for number in range(500, 600)])
    monkeypatch.undo()
    kept = everything(small(tmp_path))
    told_of = {tuple(each["metadata"]): each for each in losses(kept)}
    lost = sum(int(dict(entry.split(" ", 1) for entry in entries)["lost_count"]) for entries in told_of)
    assert lost + len(times(kept, 3)) == 500
    assert len({(each["time"], each["packet_number"]) for each in losses(kept)}) == len(told_of) == 1


def test_a_flipped_bit_is_counted_once(tmp_path):
    spool = Spool(tmp_path)
    spool.append([event(number, 1) for number in range(10)])
    path = next(tmp_path.glob("*.events"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    after = Spool(tmp_path)
    assert len(everything(after)) == len(everything(after)) == 9
    assert after.counters.damaged == 1


@pytest.mark.parametrize("severity", [100, 70, 40, 10])
def test_the_document_of_a_loss(severity):
    loss = Loss(why="spool_full", count=7, severity=severity, first_time=10**9, last_time=3 * 10**9)
    event = loss_event(loss, "node-1")
    made = document(event, host=event.host, origin=event.origin)
    assert (made.type, made.severity, made.host) == (TYPE, severity, "node-1")
    assert "7 alerts" in made.name
    assert severity_of(event.priority) == severity
