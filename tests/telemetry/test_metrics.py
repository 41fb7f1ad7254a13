"""Figures of any process."""

import pytest

from podlynx.telemetry.health import health_answer
from podlynx.telemetry.metrics import Figures, LabelCounts, Metric, by_label, exposition

GAUGE = Metric("podlynx_depth", "gauge", "How deep.", ("node",))


def test_labels_past_the_cap_count_together_and_are_counted():
    counts = LabelCounts(2, cap=2)
    for sid in ("1", "2", "3", "4", "1"):
        counts.add("shop", sid)
    assert counts.reading() == {("shop", "1"): 2, ("shop", "2"): 1, ("other", "other"): 2}
    assert counts.overflow == 2


def test_a_figure_that_there_is_none_of_now_is_not_told():
    assert b"podlynx_depth" not in exposition(Figures([(GAUGE, lambda: None)]))


def test_a_figure_is_read_when_it_is_asked_for():
    depth = {"n1": 1.0}
    figures = Figures([(GAUGE, lambda: by_label(depth))])
    assert b'podlynx_depth{node="n1"} 1.0' in exposition(figures)
    depth["n1"] = 2.0
    assert b'podlynx_depth{node="n1"} 2.0' in exposition(figures)


@pytest.mark.parametrize(
    ("missing", "accept", "status", "body"),
    [
        ([], "", 200, b"ok\n"),
        (["", ""], "*/*", 200, b"ok\n"),
        (["no rules", "no disk"], "text/plain", 503, b"no rules; no disk\n"),
        ([], "application/json", 200, b'{"ready":true,"missing":[]}\n'),
        (["no rules", ""], "Application/JSON", 503, b'{"ready":false,"missing":["no rules"]}\n'),
    ],
)
def test_a_probe_is_told_what_is_missing_in_the_form_that_it_asks_for(missing, accept, status, body):
    answer = health_answer(missing, accept)
    assert (answer.status, answer.body) == (status, body)
