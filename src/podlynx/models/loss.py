"""Alerts that were lost are themselves an event: how many of which severity, of what time, and why.

It has the shape of every other event, so that it is stored, listed, searched, exported and told of like one. Its generator
(`gid`) is Podlynx itself, its `type` is `TYPE`, and no packet belongs to it: both addresses are the unspecified one.
"""

from typing import Final, Literal

import msgspec

from podlynx.models.decoding import decoded
from podlynx.models.engine_event import EngineEvent, SensorEvent

GENERATOR: Final = 9_000
"""Generator id of what Podlynx says of itself; Snort's own are far below."""
TYPE: Final = "podlynx_loss"
DESCRIPTION: Final = "Alerts Were Lost"
CLASSTYPE: Final = "alerts-lost"
_MARK: Final = "podlynx"
_NOWHERE: Final = "0.0.0.0"  # noqa: S104 RFC 1122, section 3.2.1.3: no address
_SECOND: Final = 1_000_000_000

Why = Literal["spool_full", "no_room", "slow_disk", "no_capture", "shed", "dropped"]
_SIDS: Final[dict[Why, tuple[int, str]]] = {
    "spool_full": (1, "the spool was full"),
    "no_room": (2, "neither disk nor memory had room"),
    "slow_disk": (3, "the disk was too slow"),
    "no_capture": (4, "nothing was captured"),
    "shed": (5, "they came faster than they could be inspected"),
    "dropped": (6, "the ring of the capture was full"),
}
_OF_PACKETS: Final[frozenset[Why]] = frozenset({"shed", "dropped"})
"""Packets that were not inspected; whatever they would have raised is lost."""
_PRIORITIES: Final = {100: 1, 70: 2, 40: 3}


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """What was lost. Times are nanoseconds since the epoch; `count` 0 where nobody can know how many.

    `number` tells losses of one node and moment apart; the same loss told twice is one event.
    """

    why: Why
    count: int
    severity: int
    first_time: int
    last_time: int
    number: int = 0


def loss_event(loss: Loss, host: str) -> SensorEvent:
    """The event of a loss on node `host`."""
    sid, reason = _SIDS[loss.why]
    many = f"{loss.count} alerts of severity {loss.severity} were lost" if loss.count else "alerts may have been missed"
    if loss.why in _OF_PACKETS:
        many = f"{loss.count} packets were not inspected"
    seconds = max(loss.last_time - loss.first_time, 0) / _SECOND
    return SensorEvent(
        time=loss.last_time,
        packet_number=loss.number,
        gid=GENERATOR,
        sid=sid,
        rev=1,
        msg=f"{many} on {host or 'this machine'} within {seconds:.1f} s: {reason}",
        classtype=CLASSTYPE,
        class_text=DESCRIPTION,
        priority=_PRIORITIES.get(loss.severity, 4),
        metadata=[
            f"lost_count {loss.count}",
            f"lost_severity {loss.severity}",
            f"lost_from {loss.first_time}",
            f"lost_until {loss.last_time}",
            f"lost_why {loss.why}",
        ],
        protocol="IP",
        generator=_MARK,
        src_ip=_NOWHERE,
        dst_ip=_NOWHERE,
        host=host,
        origin=f"sensor/{host}",
    )


def is_loss(event: EngineEvent) -> bool:
    """Whether the event tells of a loss."""
    return event.gid == GENERATOR and event.generator == _MARK


class _Told(msgspec.Struct, frozen=True):
    gid: int = 0
    generator: str = ""
    metadata: list[str] = []


_TOLD: Final = msgspec.json.Decoder(_Told)


def loss_of(record: bytes) -> Loss | None:
    """The loss that an event (JSON) tells of; None where it is any other event."""
    if b'"gid":%d' % GENERATOR not in record:
        return None
    try:
        told = decoded(_TOLD, record)
        if told.generator != _MARK:
            return None
        said = dict(entry.split(" ", 1) for entry in told.metadata)
        names = {"why": "lost_why", "count": "lost_count", "severity": "lost_severity"}
        names |= {"first_time": "lost_from", "last_time": "lost_until"}
        return msgspec.convert({name: said[key] for name, key in names.items()}, Loss, strict=False)
    except (ValueError, KeyError):  # msgspec's errors are ValueErrors
        return None


def together(losses: list[Loss]) -> Loss:
    """Losses of one reason and severity as one."""
    return msgspec.structs.replace(
        losses[0],
        count=sum(each.count for each in losses),
        first_time=min(each.first_time for each in losses),
        last_time=max(each.last_time for each in losses),
    )
