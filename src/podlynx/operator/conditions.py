"""Conditions of a status (Kubernetes API conventions, metav1.Condition). Pure.

`lastTransitionTime` changes only when the condition's status does: a status that says the same is the same, byte for byte.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from podlynx.kubernetes.kinds import Manifest


class Said(NamedTuple):
    """A condition as it is to be: `holds` None is Unknown."""

    type: str
    holds: bool | None
    reason: str
    message: str = ""


def true(name: str, reason: str, message: str) -> Said:
    """The condition holds."""
    return Said(name, holds=True, reason=reason, message=message)


def false(name: str, reason: str, message: str) -> Said:
    """The condition does not hold."""
    return Said(name, holds=False, reason=reason, message=message)


def unknown(name: str, reason: str, message: str) -> Said:
    """Whether it holds cannot be known yet."""
    return Said(name, holds=None, reason=reason, message=message)


def timestamp(now: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def conditions(said: Sequence[Said], before: Any, generation: int, now: datetime) -> list[Manifest]:
    """The conditions in the order they are said; `before` is what the status held, in whatever shape."""
    return [_condition(each, _before(before, each.type), generation, now) for each in said]


def _condition(said: Said, before: Manifest, generation: int, now: datetime) -> Manifest:
    status = {True: "True", False: "False", None: "Unknown"}[said.holds]
    kept = before.get("lastTransitionTime") if before.get("status") == status else None
    return {
        "type": said.type,
        "status": status,
        "reason": said.reason,
        "message": said.message,
        "lastTransitionTime": kept or timestamp(now),
        "observedGeneration": generation,
    }


def _before(conditions: Any, name: str) -> Manifest:
    if not isinstance(conditions, list):
        return {}
    return next((each for each in conditions if isinstance(each, dict) and each.get("type") == name), {})
