"""What rules cost, as the engine measured it (`_engine.Replay(profile=True)`)."""

import msgspec

from podlynx.models.trial import Pattern


class FailedAt(msgspec.Struct, frozen=True):
    """How often that option (from 1) was the furthest that was looked at, and did not hold."""

    option: int
    text: str | None
    count: int


class Cost(msgspec.Struct, frozen=True):
    """One rule. `candidates`: times that it was tried at all; `evaluations`: times that its options were looked at.

    `steps`: looks at options; `nanoseconds`: of all trials; `longest`: of one.
    """

    gid: int
    sid: int
    rev: int | None
    msg: str | None
    fast_pattern: Pattern | None
    candidates: int
    evaluations: int
    matches: int
    over_budget: int
    steps: int
    failed_at: list[FailedAt]
    nanoseconds: int
    longest: int

    @property
    def id(self) -> str:
        """`gid:sid:rev`."""
        return f"{self.gid}:{self.sid}:{self.rev or 0}"


class Costs(msgspec.Struct, frozen=True):
    """Every rule that was tried, the most expensive first.

    `search_nanoseconds`: looking for fast patterns, of all rules together.
    """

    units: int
    search_nanoseconds: int
    rules: list[Cost]
