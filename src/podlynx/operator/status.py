"""Status of a DeepPacketInspection: is every chosen pod being monitored, node by node. Pure: reports and a clock in, status out.

`success` is never true on a guess. What nobody can know yet (the manager or the object is seconds old) keeps what was known; what
should be known by now and is not is a failure with its reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from podlynx.kubernetes.inspections import Name, name_of
from podlynx.kubernetes.kinds import Manifest
from podlynx.kubernetes.validation import Problem
from podlynx.models.sensor_report import ERROR_CAP, ResourceReport, SensorState
from podlynx.operator.conditions import Said, conditions, false, timestamp, true, unknown

SILENT_SECONDS: Final = 6.0
"""A report older than this is of a sensor that is not there; sensors report every 2 s.

With the second until the manager is asked and the two between writes, a killed sensor shows within ten."""
MISSED_SECONDS: Final = 3.0
"""How long ago the manager may have answered last so that its ages of reports still count; it is asked every second."""
YOUNG_SECONDS: Final = 10.0
"""A manager that runs shorter than this has not heard of everybody yet."""
UNREACHED_SECONDS: Final = 30.0
"""How long the manager may be away (a drain, an upgrade) before nothing is known any more."""
SETTLE_SECONDS: Final = 5.0
"""How long sensors may take to learn of a new object, or of a change of one."""
_SHOWN: Final = 3
"""Nodes that a condition names; all are in `status.nodes`."""


@dataclass(frozen=True)
class Reports:
    """What the manager said last."""

    states: Mapping[str, SensorState] = field(default_factory=dict)
    """By node."""
    uptime_seconds: float = 0.0
    silent_seconds: float = 0.0
    """How long ago it said so; where it never did, since we first asked."""
    ever: bool = False
    """Whether it ever said anything."""
    why: str = ""
    """What went wrong at the last attempt; empty: nothing."""

    @cached_property
    def _by_object(self) -> dict[tuple[str, str, str], ResourceReport]:
        return {(node, each.namespace, each.name): each for node, state in self.states.items() for each in state.report.resources}

    def report_of(self, node: str, name: Name) -> ResourceReport | None:
        """What the node's sensor says of one object."""
        return self._by_object.get((node, *name))


@dataclass(frozen=True)
class View:
    """Everything that a status is made from, beside the object itself."""

    reports: Reports
    nodes: Sequence[str]
    """Nodes where a monitor's pod is."""
    age_seconds: float
    """How long this generation of the object has been known."""
    now: datetime
    problem: Problem | None = None
    """What is wrong with the object as it was written."""
    faults: Sequence[str] = ()
    """What of the monitors could not be made."""
    besides: Sequence[Said] = ()
    """Further conditions."""


@dataclass(frozen=True)
class Verdict:
    """On one node: `success` None where it cannot be known yet."""

    success: bool | None
    errors: tuple[str, ...] = ()


_SUCCESS: Final = Verdict(success=True)
_NOT_YET: Final = Verdict(success=None)


def of(inspection: Manifest, view: View) -> Manifest:
    """The whole status. Equal to the present one where nothing changed."""
    before = inspection.get("status") or {}
    known = {each["node"]: each for each in before.get("nodes") or [] if isinstance(each, dict) and "node" in each}
    judged = [(node, _judge(inspection, node, view)) for node in sorted(view.nodes)]
    nodes = [_node(node, verdict, known.get(node), view.now) for node, verdict in judged]
    shown = [each for each in nodes if each is not None]
    generation = int(inspection["metadata"].get("generation") or 0)
    said = [*_conditions(shown, len(view.nodes), view), *view.besides]
    return {"nodes": shown, "conditions": conditions(said, before.get("conditions"), generation, view.now)}


def removed(inspection: Manifest, message: str, now: datetime) -> Manifest:
    """The status once nobody monitors any more: each node that was told of says so."""
    before = inspection.get("status") or {}
    known = [each for each in before.get("nodes") or [] if isinstance(each, dict) and "node" in each]
    nodes = [_node(each["node"], _failed(message), each, now) for each in known]
    generation = int(inspection["metadata"].get("generation") or 0)
    said = conditions([false("Ready", "Removed", message)], before.get("conditions"), generation, now)
    return {"nodes": nodes, "conditions": said}


def _judge(inspection: Manifest, node: str, view: View) -> Verdict:
    """What is known of the object on a node, the surest first."""
    if view.problem is not None:
        return _failed(view.problem.message)
    reports = view.reports
    if not reports.ever or reports.silent_seconds > MISSED_SECONDS:
        return _unreached(reports)
    state = reports.states.get(node)
    if state is None:
        young = reports.uptime_seconds < YOUNG_SECONDS or view.age_seconds < SETTLE_SECONDS
        return _NOT_YET if young else _failed(f"the sensor of node {node} has not reported yet: look at its pod")
    if state.age_seconds > SILENT_SECONDS:
        return _failed(f"the sensor of node {node} has not reported for more than {SILENT_SECONDS:.0f} s: look at its pod")
    if not state.report.capture.alive:
        why = state.report.capture.error or "its inspector is not running and is being started"
        return _failed(f"nothing is captured on node {node}: {why}")
    return _reported(inspection, node, view)


def _reported(inspection: Manifest, node: str, view: View) -> Verdict:
    """What the node's living sensor says."""
    report = view.reports.report_of(node, name_of(inspection))
    generation = int(inspection["metadata"].get("generation") or 0)
    if report is None or (report.generation and report.generation != generation):
        late = view.age_seconds > SETTLE_SECONDS
        return _failed(f"the sensor of node {node} has not taken up this object or its last change") if late else _NOT_YET
    if report.success:
        return _SUCCESS
    return _failed(*(report.errors or [f"not every chosen pod of node {node} is monitored"]))


def _unreached(reports: Reports) -> Verdict:
    if reports.silent_seconds <= UNREACHED_SECONDS:
        return _NOT_YET
    why = f" ({reports.why})" if reports.why else ""
    return _failed(f"the manager cannot be reached, so nothing is known of the sensors{why}")


def _failed(*errors: str) -> Verdict:
    return Verdict(success=False, errors=errors)


def _node(node: str, verdict: Verdict, before: Manifest | None, now: datetime) -> Manifest | None:
    """The entry of a node; what was there before where nothing can be known, and none where nothing was."""
    if verdict.success is None:
        return before
    kept = (before or {}).get("active") or {}
    same = kept.get("success") is verdict.success and kept.get("lastUpdated")
    active = {"success": verdict.success, "lastUpdated": kept["lastUpdated"] if same else timestamp(now)}
    since = {each.get("message"): each.get("lastUpdated") for each in (before or {}).get("errorConditions") or []}
    errors = [{"message": said, "lastUpdated": since.get(said) or timestamp(now)} for said in verdict.errors]
    newest = sorted(errors, key=lambda each: str(each["lastUpdated"]))[-ERROR_CAP:]
    return {"node": node, "active": active, "errorConditions": newest}


def _conditions(nodes: Sequence[Manifest], expected: int, view: View) -> list[Said]:
    problem = view.problem
    if problem is not None:
        return [false(name, problem.reason, problem.message) for name in ("Valid", "Ready")]
    return [true("Valid", "Accepted", "The object can be read."), _ready(nodes, expected, view)]


def _ready(nodes: Sequence[Manifest], expected: int, view: View) -> Said:
    failing = [each for each in nodes if not each["active"]["success"]]
    if failing:
        return false("Ready", _reason(view), _summary(failing, expected))
    if view.faults:
        return false("Ready", "NotApplied", "; ".join(view.faults[:_SHOWN]))
    if not expected:
        return false("Ready", "NoMonitors", "No monitor is running yet: see the DaemonSet's pods.")
    if len(nodes) < expected:
        return unknown("Ready", "Starting", "Not every node has reported yet.")
    every = f"Every chosen pod is being monitored, on {expected} node{'s' if expected != 1 else ''}."
    return true("Ready", "Monitoring", every)


def _reason(view: View) -> str:
    return "ManagerUnreachable" if view.reports.silent_seconds > UNREACHED_SECONDS else "NotMonitored"


def _summary(failing: Sequence[Manifest], expected: int) -> str:
    causes = [_cause(each) for each in failing[:_SHOWN] if each["errorConditions"]]
    more = f" (and {len(failing) - _SHOWN} more)" if len(failing) > _SHOWN else ""
    return f"{len(failing)} of {expected} nodes do not monitor every chosen pod. " + "; ".join(causes) + more


def _cause(node: Manifest) -> str:
    """A node's first error, which says of which node it speaks."""
    message: str = node["errorConditions"][0]["message"]
    return message if node["node"] in message else f"{node['node']}: {message}"
