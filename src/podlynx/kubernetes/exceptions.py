"""AlertExceptions as they stand at a moment: which are in effect, and what they hide. Pure.

The manager hides by this, and the operator's status says the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from podlynx.expressions.event_filter import parse_event_filter
from podlynx.expressions.nodes import Query
from podlynx.kubernetes.crds import EXCEPTION
from podlynx.kubernetes.kinds import Manifest
from podlynx.kubernetes.resources import AlertException
from podlynx.kubernetes.validation import problem_of

MAX_EXCEPTIONS: Final = 100
"""Exceptions in effect at once; of more the oldest are."""
MAX_CONDITIONS: Final = 1_000
"""Conditions of all that are in effect."""

State = Literal["Active", "Scheduled", "Expired", "Invalid", "TooMany"]


@dataclass(frozen=True)
class Judged:
    """One AlertException. `query` is set where it is in effect; `changes` is when that will be otherwise by itself."""

    name: str
    state: State
    message: str
    description: str = ""
    selector: str = ""
    start: str = ""
    end: str = ""
    reason: str = ""
    query: Query | None = None
    changes: datetime | None = None


def judged(manifests: Iterable[Manifest], now: datetime) -> list[Judged]:
    """Each one, the oldest first."""
    found: list[Judged] = []
    active = conditions = 0
    for each in sorted(manifests, key=_age):
        judgement = _judged(each, now)
        if judgement.query is not None:
            asked = sum(1 for _ in judgement.query.leaves())
            if active == MAX_EXCEPTIONS or conditions + asked > MAX_CONDITIONS:
                judgement = _too_many(judgement)
            else:
                active, conditions = active + 1, conditions + asked
        found.append(judgement)
    return found


def instant(text: str) -> datetime:
    """An RFC 3339 time. Raises ValueError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found.astimezone(UTC)


def _age(manifest: Manifest) -> tuple[str, str]:
    metadata = manifest["metadata"]
    return str(metadata.get("creationTimestamp") or ""), metadata["name"]


def _judged(manifest: Manifest, now: datetime) -> Judged:
    name = manifest["metadata"]["name"]
    problem = problem_of(EXCEPTION, manifest)
    if problem is not None:
        return Judged(name, "Invalid", problem.message, reason=problem.reason)
    spec = msgspec.convert({"spec": manifest.get("spec") or {}}, AlertException).spec
    end_text = spec.end_time if isinstance(spec.end_time, str) else ""
    start, end = instant(spec.start_time), instant(end_text) if end_text else None
    said = Judged(name, "Active", "", spec.description, spec.selector, spec.start_time, end_text)
    if now < start:
        return replace(said, state="Scheduled", message=f"Hides what it selects from {spec.start_time} on.", changes=start)
    if end is not None and now >= end:
        return replace(said, state="Expired", message=f"It ended at {end_text}: what it hid is shown again.")
    message = f"Hides what it selects {f'until {end_text}' if end_text else 'until it is deleted'}."
    return replace(said, message=message, query=parse_event_filter(spec.selector).query, changes=end)


def _too_many(judgement: Judged) -> Judged:
    message = (
        f"Not in effect: at most {MAX_EXCEPTIONS} exceptions with {MAX_CONDITIONS} conditions are, and older ones came first. "
        "Delete some that are no longer needed."
    )
    return replace(judgement, state="TooMany", message=message, query=None, changes=None)
