"""Gaps without inspection are told once each, and only where a start was seen to follow another."""

import pytest

from podlynx.models.sensor_report import CaptureReport, SensorReport
from podlynx.operator.gaps import Gaps


def report(boot, gap=0, node="n1"):
    capture = CaptureReport(alive=True, counters={"gap_ms": gap} if gap else {})
    return SensorReport(node=node, boot=boot, version="1", time=0, capture=capture)


@pytest.mark.parametrize(
    ("reports", "told"),
    [
        ([report("a"), report("b", 700)], [("n1", 700)]),
        ([report("a"), report("b"), report("b", 700)], [("n1", 700)]),
        ([report("a"), report("b", 700), report("b", 700)], [("n1", 700)]),
        ([report("a"), report("b", 700), report("c", 900)], [("n1", 700), ("n1", 900)]),
        ([report("a", 700), report("a", 700)], []),
        ([report("a"), report("a", 0)], []),
    ],
    ids=["a roll", "capture begins later", "the same again", "twice", "before this operator", "nothing happened"],
)
def test_a_gap_is_told_once_a_start(reports, told):
    gaps = Gaps()
    assert [each for one in reports for each in gaps.news([one], [])] == told


@pytest.mark.parametrize(("nodes", "told"), [(["n1"], [("n1", 700)]), ([], [])])
def test_a_manager_that_was_replaced_forgets_no_start_of_a_node_that_is_there(nodes, told):
    gaps = Gaps()
    assert gaps.news([report("a")], nodes) == gaps.news([], nodes) == []
    assert gaps.news([report("b", 700)], nodes) == told
