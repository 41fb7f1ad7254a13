"""Status of the IntrusionDetection: the monitors' DaemonSet, the rules, the API groups. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from podlynx.kubernetes.kinds import Manifest
from podlynx.kubernetes.validation import Problem
from podlynx.models.sensor_report import RulesReport, SensorReport, SensorStates
from podlynx.operator.conditions import Said, conditions, false, true, unknown
from podlynx.operator.groups import Groups
from podlynx.operator.status import SILENT_SECONDS

_SHOWN: Final = 3
_VERSION: Final = 12
"""Characters of a rule set's hash that tell it from others."""


@dataclass(frozen=True)
class Situation:
    """What the status is made from."""

    groups: Groups
    monitored: bool
    """Whether there is any DeepPacketInspection."""
    daemon_set: Manifest | None
    states: SensorStates | None
    """What the manager said last; None: nothing, or too long ago."""
    nodes: Sequence[str]
    """Nodes where a monitor's pod is: reports of others are of sensors that are gone."""
    now: datetime
    own_rules: bool = False
    """Whether an init container brings people's own rules, which have no version."""
    problem: Problem | None = None
    faults: Sequence[str] = ()
    """What could not be made, each with its mend."""


def of(detection: Manifest, situation: Situation) -> Manifest:
    """The whole status. Equal to the present one where nothing changed."""
    said = [*_rollout(situation), rules(situation), true("CalicoGroups", situation.groups.mode, situation.groups.message)]
    before = (detection.get("status") or {}).get("conditions")
    generation = int(detection["metadata"].get("generation") or 0)
    return {"state": _state(said), "conditions": conditions(said, before, generation, situation.now)}


def _state(said: Sequence[Said]) -> str:
    holding = {each.type for each in said if each.holds}
    return next(name for name in ("Degraded", "Progressing", "Ready") if name in holding or name == "Ready")


def _rollout(situation: Situation) -> list[Said]:
    """Ready, Progressing and Degraded: at most one of them holds."""
    which, reason, message = _phase(situation)
    names = ("Ready", "Progressing", "Degraded")
    return [true(name, reason, message) if name == which else false(name, reason, message) for name in names]


def _phase(situation: Situation) -> tuple[str, str, str]:
    if situation.problem is not None:
        return "Degraded", situation.problem.reason, situation.problem.message
    if situation.faults:
        return "Degraded", "NotApplied", "; ".join(situation.faults[:_SHOWN])
    if not situation.monitored:
        return "Ready", "NothingMonitored", "There is no DeepPacketInspection, so no monitor runs."
    if situation.daemon_set is None:
        return "Progressing", "Creating", "The monitors are being created."
    return _phase_of(situation.daemon_set)


def _phase_of(daemon_set: Manifest) -> tuple[str, str, str]:
    status = daemon_set.get("status") or {}
    wanted, ready = int(status.get("desiredNumberScheduled") or 0), int(status.get("numberReady") or 0)
    updated = int(status.get("updatedNumberScheduled") or 0)
    if status.get("observedGeneration") != daemon_set["metadata"].get("generation") or updated < wanted:
        return "Progressing", "RollingOut", f"{updated} of {wanted} monitors are of the newest version."
    if ready < wanted:
        return "Progressing", "NotReady", f"{ready} of {wanted} monitors are ready."
    return "Ready", "AllReady", f"{ready} of {wanted} monitors are ready."


def rules(situation: Situation) -> Said:
    """RulesLoaded, which holds where every node that reports now has rules to find something with."""
    states = situation.states
    if not situation.monitored:
        return unknown("RulesLoaded", "NothingMonitored", "No monitor runs.")
    if states is None:
        return unknown("RulesLoaded", "ManagerUnreachable", "The manager does not answer, so the rules in use are not known.")
    reports = _current(states, situation.nodes)
    if not reports:
        return unknown("RulesLoaded", "NoReports", "No sensor has reported yet.")
    broken = [each for each in reports if each.rules.error]
    if broken:
        said = "; ".join(f"{each.node}: {each.rules.error}" for each in broken[:_SHOWN])
        return false("RulesLoaded", "LoadFailed", f"{len(broken)} of {len(reports)} nodes could not load rules. {said}")
    working = [each.rules for each in reports if each.capture.alive]  # one that is starting has loaded nothing yet
    if not working:
        return unknown("RulesLoaded", "Starting", "No sensor captures yet.")
    return _loaded(states, working, situation)


def _current(states: SensorStates, nodes: Sequence[str]) -> list[SensorReport]:
    present = set(nodes)
    return [each.report for each in states.sensors if each.report.node in present and each.age_seconds <= SILENT_SECONDS]


def _loaded(states: SensorStates, loaded: Sequence[RulesReport], situation: Situation) -> Said:
    own = sum(not each.version for each in loaded) if situation.own_rules else 0
    behind = sum(each.version != states.rules_version for each in loaded if each.version or not situation.own_rules)
    least = min(each.loaded for each in loaded)
    source = (
        f"Own rules on {own} nodes" if own == len(loaded) else f"{_version(states)}{_age(states.rules_fetched, situation.now)}"
    )
    besides = f", own rules on {own} of them" if 0 < own < len(loaded) else ""
    message = f"{source}; at least {least} rules on each of {len(loaded)} nodes{besides}."
    if not least:
        return false("RulesLoaded", "NoRules", f"{message} A node without rules finds nothing.")
    if own == len(loaded):
        return true("RulesLoaded", "Loaded", message)
    if behind and states.rules_version:
        return true("RulesLoaded", "Updating", f"{message} {behind} nodes still use an earlier or the bundled set.")
    trouble = f" The newest could not be fetched: {states.rules_error}" if states.rules_error else ""
    return true("RulesLoaded", "FetchFailed" if trouble else "Loaded", message + trouble)


def _version(states: SensorStates) -> str:
    if not states.rules_version:
        return "Bundled rules"
    source = f" from {states.rules_source}" if states.rules_source else ""
    return f"Version {states.rules_version[:_VERSION]}{source}"


def _age(fetched: str, now: datetime) -> str:
    """In whole days: a status that told hours would be written every hour."""
    try:
        since = datetime.fromisoformat(fetched)
    except ValueError:
        return ""
    days = max(0, (now - (since if since.tzinfo else since.replace(tzinfo=UTC))).days)
    return f", fetched {fetched} ({days} day{'s' if days != 1 else ''} ago)"
