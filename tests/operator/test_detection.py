"""The IntrusionDetection's status: what runs, which rules, whose names."""

from datetime import UTC, datetime

import pytest

from podlynx.kubernetes.calico import Found
from podlynx.kubernetes.validation import Problem
from podlynx.models.sensor_report import CaptureReport, RulesReport, SensorReport, SensorState, SensorStates
from podlynx.operator import detection
from podlynx.operator.detection import Situation
from podlynx.operator.groups import decide

NOW = datetime(2026, 11, 25, 8, 0, 0, tzinfo=UTC)
DETECTION = {"metadata": {"name": "tigera-secure", "generation": 3}}
VERSION = "0123456789abcdef"


def daemon_set(wanted=3, ready=3, updated=3, observed=2):
    status = {"desiredNumberScheduled": wanted, "numberReady": ready, "updatedNumberScheduled": updated}
    return {"metadata": {"generation": 2}, "status": {**status, "observedGeneration": observed}}


def states(*rules, fetched="2026-11-20T08:00:00+00:00", error="", age=1.0, alive=True):
    capture = CaptureReport(alive=alive)
    sensors = [
        SensorState(
            report=SensorReport(node=f"n{at}", boot="b", version="1", time=0, rules=each, capture=capture), age_seconds=age
        )
        for at, each in enumerate(rules)
    ]
    return SensorStates(
        uptime_seconds=99,
        rules_version=VERSION,
        rules_source="community",
        rules_fetched=fetched,
        rules_error=error,
        sensors=sensors,
    )


def made(**situation):
    usual = {
        "groups": decide("auto", Found()),
        "monitored": True,
        "daemon_set": daemon_set(),
        "states": states(RulesReport(version=VERSION, loaded=4017)),
        "nodes": ("n0", "n1"),
        "now": NOW,
    }
    return detection.of(DETECTION, Situation(**{**usual, **situation}))


def condition(status, name):
    return next(each for each in status["conditions"] if each["type"] == name)


@pytest.mark.parametrize(
    ("situation", "state", "reason"),
    [
        ({}, "Ready", "AllReady"),
        ({"daemon_set": daemon_set(ready=1)}, "Progressing", "NotReady"),
        ({"daemon_set": daemon_set(updated=1)}, "Progressing", "RollingOut"),
        ({"daemon_set": daemon_set(observed=1)}, "Progressing", "RollingOut"),
        ({"daemon_set": None}, "Progressing", "Creating"),
        ({"monitored": False, "daemon_set": None}, "Ready", "NothingMonitored"),
        ({"faults": ["DaemonSet tigera-dpi/tigera-dpi exists"]}, "Degraded", "NotApplied"),
        ({"problem": Problem("Invalid", "cannot be read")}, "Degraded", "Invalid"),
    ],
)
def test_the_state_is_one_of_three_and_its_condition_holds_alone(situation, state, reason):
    status = made(**situation)
    holding = [each["type"] for each in status["conditions"][:3] if each["status"] == "True"]
    assert (status["state"], holding) == (state, [state])
    assert condition(status, state)["reason"] == reason
    assert {each["observedGeneration"] for each in status["conditions"]} == {3}


LOADED = RulesReport(version=VERSION, loaded=4017)


@pytest.mark.parametrize(
    ("situation", "holds", "reason", "words"),
    [
        (
            {},
            "True",
            "Loaded",
            "Version 0123456789ab from community, fetched 2026-11-20T08:00:00+00:00 (5 days ago); at least 4017",
        ),
        (
            {"states": states(LOADED, RulesReport(version="old", loaded=4000))},
            "True",
            "Updating",
            "1 nodes still use an earlier or the bundled set",
        ),
        (
            {"states": states(LOADED, RulesReport(loaded=40))},
            "True",
            "Updating",
            "at least 40 rules on each of 2 nodes. 1 nodes still use",
        ),
        (
            {"states": states(LOADED, RulesReport(loaded=7)), "own_rules": True},
            "True",
            "Loaded",
            "at least 7 rules on each of 2 nodes, own rules on 1 of them.",
        ),
        (
            {"states": states(RulesReport(loaded=7)), "own_rules": True},
            "True",
            "Loaded",
            "Own rules on 1 nodes; at least 7 rules on each of 1 nodes.",
        ),
        ({"states": states(LOADED, RulesReport(error="line 3")), "nodes": ("n0",)}, "True", "Loaded", "on each of 1 nodes"),
        ({"states": states(LOADED, age=7.0)}, "Unknown", "NoReports", "No sensor has reported yet."),
        ({"states": states(RulesReport(), alive=False)}, "Unknown", "Starting", "No sensor captures yet."),
        ({"states": states(LOADED, error="no route")}, "True", "FetchFailed", "The newest could not be fetched: no route"),
        ({"states": states(LOADED, RulesReport(error="line 3"))}, "False", "LoadFailed", "n1: line 3"),
        ({"states": states(RulesReport(version=VERSION))}, "False", "NoRules", "finds nothing"),
        ({"states": states()}, "Unknown", "NoReports", "No sensor has reported yet."),
        ({"states": None}, "Unknown", "ManagerUnreachable", "does not answer"),
        ({"monitored": False}, "Unknown", "NothingMonitored", "No monitor runs."),
    ],
)
def test_rules_loaded_gives_version_and_age(situation, holds, reason, words):
    found = condition(made(**situation), "RulesLoaded")
    assert (found["status"], found["reason"]) == (holds, reason)
    assert words in found["message"]


def test_the_choice_of_groups_is_shown():
    found = condition(made(groups=decide("auto", Found(aggregated=True))), "CalicoGroups")
    assert found["reason"] == "v1"
    assert "apiVersion crd.projectcalico.org/v1" in found["message"]
