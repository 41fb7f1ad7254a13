"""What a status says, given what was reported: it follows reality both ways and never guesses `success`."""

from datetime import UTC, datetime, timedelta

import pytest

from podlynx.kubernetes.validation import Problem
from podlynx.models.sensor_report import CaptureReport, ResourceReport, SensorReport, SensorState
from podlynx.operator import status
from podlynx.operator.status import Reports, View

NOW = datetime(2026, 11, 25, 8, 0, 0, tzinfo=UTC)
EARLIER = "2026-11-25T07:00:00Z"


def state(node="n1", *, age=1.0, alive=True, success=True, generation=1, errors=(), capture="", resource="web"):
    found = [ResourceReport(namespace="shop", name=resource, generation=generation, success=success, errors=list(errors))]
    capturing = CaptureReport(alive=alive, error=capture)
    report = SensorReport(node=node, boot="b", version="1", time=0, resources=found, capture=capturing)
    return SensorState(report=report, age_seconds=age)


def inspection(nodes=None, *, generation=1, conditions=()):
    status = {} if nodes is None else {"status": {"nodes": nodes, "conditions": list(conditions)}}
    return {"metadata": {"namespace": "shop", "name": "web", "generation": generation}, **status}


def entry(node, *, success, errors=()):
    said = [{"message": each, "lastUpdated": EARLIER} for each in errors]
    return {"node": node, "active": {"success": success, "lastUpdated": EARLIER}, "errorConditions": said}


def view(*states, nodes=("n1",), uptime=100.0, silent=0.0, ever=True, age=60.0, why="", **more):
    reports = Reports({each.report.node: each for each in states}, uptime, silent, ever, why)
    return View(reports, nodes, age, NOW, **more)


def node_of(made, name="n1"):
    return next((each for each in made["nodes"] if each["node"] == name), None)


def ready(made):
    return next(each for each in made["conditions"] if each["type"] == "Ready")


SILENT = "the sensor of node n1 has not reported for more than 6 s: look at its pod"


@pytest.mark.parametrize(
    ("seen", "success", "said"),
    [
        (view(state()), True, ""),
        (view(state(age=5.9)), True, ""),
        (view(state(age=6.1)), False, SILENT),
        (view(state(alive=False)), False, "nothing is captured on node n1: its inspector is not running"),
        (view(state(alive=False, capture="ring closed")), False, "nothing is captured on node n1: ring closed"),
        (view(state(success=False, errors=["pod a: no interface"])), False, "pod a: no interface"),
        (view(state(success=False)), False, "not every chosen pod of node n1 is monitored"),
        (view(), False, "the sensor of node n1 has not reported yet"),
        (view(state(generation=2)), False, "the sensor of node n1 has not taken up this object or its last change"),
        (view(state(resource="other")), False, "the sensor of node n1 has not taken up this object or its last change"),
        (view(silent=31.0, why="refused"), False, "the manager cannot be reached, so nothing is known of the sensors (refused)"),
        (view(ever=False, silent=31.0), False, "the manager cannot be reached, so nothing is known of the sensors"),
        (view(state(), problem=Problem("InvalidSelector", "no such thing")), False, "no such thing"),
    ],
)
def test_what_is_known_decides(seen, success, said):
    found = node_of(status.of(inspection(), seen))
    assert found["active"] == {"success": success, "lastUpdated": "2026-11-25T08:00:00Z"}
    assert [each["message"].startswith(said) for each in found["errorConditions"]] == ([] if success else [True])


@pytest.mark.parametrize(
    "seen",
    [
        view(silent=20.0),
        view(state(age=9.0), silent=4.0),
        view(ever=False, silent=29.0),
        view(uptime=5.0),
        view(age=3.0),
        view(state(generation=0, resource="other"), age=3.0),
    ],
    ids=["manager away", "age of a manager away", "never heard", "young manager", "not reported, new", "not taken up, new"],
)
@pytest.mark.parametrize("before", [True, False, None])
def test_what_cannot_be_known_yet_stays_as_it_was(seen, before):
    entries = [] if before is None else [entry("n1", success=before, errors=["why"])]
    assert status.of(inspection(entries), seen)["nodes"] == entries


def test_the_same_again_is_the_same_status():
    made = status.of(inspection(), view(state(success=False, errors=["a", "b"]), state("n2"), nodes=("n1", "n2")))
    later = View(view(state(success=False, errors=["a", "b"]), state("n2")).reports, ("n1", "n2"), 99, NOW + timedelta(hours=1))
    assert status.of({**inspection(), "status": made}, later) == made


def test_last_updated_is_when_success_changed_and_since_when_an_error_holds():
    before = inspection([entry("n1", success=False, errors=["a"])])
    found = node_of(status.of(before, view(state(success=False, errors=["a", "b"]))))
    assert found["active"]["lastUpdated"] == EARLIER
    assert [each["lastUpdated"] for each in found["errorConditions"]] == [EARLIER, "2026-11-25T08:00:00Z"]
    mended = node_of(status.of(before, view(state())))
    assert mended == {
        "node": "n1",
        "active": {"success": True, "lastUpdated": "2026-11-25T08:00:00Z"},
        "errorConditions": [],
    }


def test_every_node_with_a_monitor_is_there_by_name_and_no_other():
    seen = view(state("n2"), state("n1"), state("gone"), nodes=("n2", "n1"))
    made = status.of(inspection([entry("gone", success=True)]), seen)
    assert [each["node"] for each in made["nodes"]] == ["n1", "n2"]


@pytest.mark.parametrize(
    ("seen", "holds", "reason"),
    [
        (view(state(), state("n2"), nodes=("n1", "n2")), "True", "Monitoring"),
        (view(state(), nodes=("n1", "n2"), uptime=1.0), "Unknown", "Starting"),
        (view(state(), state("n2", success=False), nodes=("n1", "n2")), "False", "NotMonitored"),
        (view(nodes=()), "False", "NoMonitors"),
        (view(nodes=(), faults=["Namespace tigera-dpi exists"]), "False", "NotApplied"),
        (view(state(), problem=Problem("InvalidSelector", "x")), "False", "InvalidSelector"),
        (view(silent=31.0), "False", "ManagerUnreachable"),
    ],
)
def test_the_condition_sums_it_up(seen, holds, reason):
    condition = ready(status.of(inspection(generation=1), seen))
    assert (condition["status"], condition["reason"], condition["observedGeneration"]) == (holds, reason, 1)


def test_a_condition_names_a_few_of_many_nodes():
    names = [f"n{number}" for number in range(500)]
    made = status.of(inspection(), view(nodes=names))
    assert ready(made)["message"].startswith("500 of 500 nodes do not monitor every chosen pod. the sensor of node n0 has")
    assert ready(made)["message"].endswith("(and 497 more)")
    assert len(ready(made)["message"]) < 500


def test_the_newest_ten_errors_are_kept():
    told = [f"pod {number}" for number in range(12)]
    before = inspection([entry("n1", success=False, errors=told[:3])])
    found = node_of(status.of(before, view(state(success=False, errors=told))))["errorConditions"]
    assert [each["message"] for each in found] == told[2:]


def test_a_status_of_another_shape_is_replaced():
    odd = {**inspection(), "status": {"nodes": ["n1", {"active": {}}], "conditions": "none"}}
    assert node_of(status.of(odd, view(state())))["active"]["success"] is True
