"""What is lost before it reaches the spool is told once."""

from types import SimpleNamespace

from podlynx.sensor.node.losses import LossWatch


def test_each_loss_is_told_once_with_its_time():
    counts, told, now = {"slow_disk": 0, "no_room": 0}, [], [1000]
    watch = LossWatch(lambda: counts, SimpleNamespace(gap_ms=0), told.append, clock=lambda: now[0])
    watch.look()
    counts["slow_disk"], now[0] = 7, 2000
    watch.look()
    watch.look()
    counts["slow_disk"], counts["no_room"], now[0] = 9, 1, 3000
    watch.look()
    assert [(loss.why, loss.count, loss.first_time, loss.last_time) for loss in told] == [
        ("slow_disk", 7, 1000, 2000),
        ("slow_disk", 2, 2000, 3000),
        ("no_room", 1, 2000, 3000),
    ]


def test_a_time_without_a_sensor_is_told_where_it_was_more_than_a_restart():
    told, downtime = [], SimpleNamespace(gap_ms=2000)
    watch = LossWatch(dict, downtime, told.append, clock=lambda: 10**12)
    watch.look()
    assert told == []
    downtime.gap_ms = 60_000
    watch.look()
    watch.look()
    assert [(loss.why, loss.last_time - loss.first_time) for loss in told] == [("no_capture", 60 * 10**9)]
