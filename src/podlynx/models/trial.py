"""What a trace of rules says: one trial of a rule, and the sum over all units of detection (`_engine.Replay(trace=...)`)."""

import msgspec


class Pattern(msgspec.Struct, frozen=True):
    """The literal by which the prefilter finds a rule.

    `at`: where it stands, None: nowhere; `option`: the option as written, where no step looks for it again.
    """

    buffer: str
    text: str
    length: int = 0
    at: int | None = None
    option: str | None = None


class Place(msgspec.Struct, frozen=True):
    """A cursor: `at` byte of `size` bytes of `buffer`, which begin at `base` of the whole; None: they are a copy."""

    buffer: str
    size: int
    base: int | None
    at: int


class Step(msgspec.Struct, frozen=True):
    """One look at one option, counted from 1. `found`: start and length in the whole buffer."""

    option: int
    text: str
    keyword: str
    holds: bool
    before: Place
    after: Place
    found: tuple[int, int] | None = None
    variables: tuple[int, int] = (0, 0)
    note: str | None = None


class Excerpt(msgspec.Struct, frozen=True):
    """Bytes of a buffer from `offset` on."""

    offset: int
    bytes: bytes


class Trial(msgspec.Struct, frozen=True):
    """One rule held against one packet or PDU. `unit`: raw, stream_tcp or stream_ip; `time`: nanoseconds since the epoch.

    `outcome`: matched, failed, silent (noalert), below_rate, dropped, over_budget, pattern_absent, other_flags, other_header.
    """

    gid: int
    sid: int
    rev: int
    msg: str
    packet: int
    time: int
    unit: str
    protocol: str
    service: str | None
    direction: str
    section: str
    src_ip: str
    src_port: int
    dst_ip: str
    dst_port: int
    fast_pattern: Pattern | None
    steps: list[Step]
    more_steps: int
    outcome: str
    raised: bool
    buffers: dict[str, Excerpt] = {}


class Ended(msgspec.Struct, frozen=True):
    """How trials ended, how often, and in which packet first; a failed one by the furthest option that was looked at."""

    outcome: str
    count: int
    first_packet: int
    option: int | None = None
    text: str | None = None


class Untried(msgspec.Struct, frozen=True):
    """Why a rule was not tried, how often, and in which packet first."""

    reason: str
    text: str
    count: int
    first_packet: int


class TraceSum(msgspec.Struct, frozen=True):
    """All units of one rule: those in which it was tried are in `ended`, the others in `untried`."""

    gid: int
    sid: int
    units: int
    raised: int
    ended: list[Ended]
    untried: list[Untried]


class TraceSums(msgspec.Struct, frozen=True):
    """Of each traced rule. `dropped`: trials that were not told because too many waited."""

    rules: list[TraceSum]
    dropped: int
