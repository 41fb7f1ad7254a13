"""Interfaces that show one direction only are found out, and idle pods are not mistaken for them."""

import pytest

from podlynx.sensor.node.one_way import InterfaceFigures, OneWay, Way, decode_interfaces


def look(steps):
    """`steps`: (seconds, TCP segments towards, and from, so far); datagrams come besides, one way."""
    detector, said = OneWay(), []
    for now, towards, out in steps:
        figures = InterfaceFigures(1, Way(towards + 50 * now, 0, towards), Way(out, 0, out))
        said.append(detector.look(figures, now))
    return said


@pytest.mark.parametrize(
    ("steps", "missing"),
    [
        ([(0, 0, 0), (1, 0, 10), (6, 0, 30), (12, 0, 60)], "towards"),
        ([(0, 0, 0), (1, 10, 0), (6, 30, 0), (12, 60, 0)], "from"),
        ([(0, 0, 0), (1, 0, 10), (6, 5, 30), (12, 5, 60)], ""),
        ([(0, 0, 0), (1, 0, 10), (6, 1, 40), (12, 2, 80)], "towards"),  # asked now and then for its address
        ([(0, 0, 0), (1, 100, 9), (6, 500, 40), (12, 1000, 80)], ""),  # a download, acknowledged now and then
        ([(0, 0, 0), (1, 0, 1), (30, 0, 2), (62, 0, 2), (3600, 0, 4), (3700, 0, 4)], ""),  # too little to say
        ([(0, 0, 0), (900, 0, 3), (930, 0, 3), (962, 0, 3)], "towards"),  # little, but none of it is answered
        ([(0, 0, 0), (900, 0, 3), (930, 1, 4), (962, 1, 5)], ""),
        ([(0, 5000, 9000), (1, 5000, 9010), (12, 5000, 9100)], "towards"),  # what was before proves nothing
        ([(0, 0, 0), (5, 0, 0), (20, 0, 0)], ""),
    ],
    ids=[
        "none towards",
        "none from",
        "both",
        "probes",
        "download",
        "idle",
        "quiet",
        "quiet and answered",
        "since now",
        "datagrams only",
    ],
)
def test_what_is_missing(steps, missing):
    assert look(steps)[-1] == missing


def test_it_is_mended_when_both_directions_are_there_and_not_by_a_probe():
    said = look([(0, 0, 0), (1, 0, 10), (12, 0, 10_000), (13, 1, 10_010), (14, 1, 10_070), (15, 50, 10_120), (16, 99, 10_200)])
    assert said[2:] == ["towards", "towards", "towards", "towards", ""]


def test_a_quiet_link_is_mended_by_a_quiet_conversation_and_not_by_a_probe():
    quiet = [(0, 0, 0), (1, 0, 3), (62, 0, 3), (70, 0, 4)]
    assert look([*quiet, (131, 1, 8), (132, 1, 8), (200, 1, 9), (264, 2, 12)])[2:] == ["towards"] * 6
    assert look([*quiet, (100, 3, 7), (131, 4, 8)])[-1] == ""


def test_a_new_inspector_counts_from_nothing():
    assert look([(0, 50, 50), (1, 0, 0), (2, 5, 5)])[-1] == ""


def test_the_engines_figures_are_read():
    (read,) = decode_interfaces(
        b'[{"ifindex":7,"to_pod":{"packets":3,"bytes":99,"tcp":2},"from_pod":{"packets":1,"bytes":9,"tcp":1},"last":5}]'
    )
    assert read == InterfaceFigures(7, Way(3, 99, 2), Way(1, 9, 1), 5)
