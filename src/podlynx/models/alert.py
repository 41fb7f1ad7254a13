"""One line of the Alerts page: a group of alike alerts, or one alert by itself."""

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec

from podlynx.models.event import DESCRIPTION, EventDocument

_SECOND: Final = 1_000_000_000

NanosecondText = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9]+$", description="Nanoseconds since the epoch, decimal: too long for a JSON number")
]


class RuleName(msgspec.Struct, frozen=True):
    """What the page shows of the rule that fired."""

    gid: int
    sid: int
    rev: int
    msg: str
    classtype: str
    priority: int


class AlertEnd(msgspec.Struct, frozen=True):
    """One end of an alert. `port` is null for ICMP; name and namespace are empty where the address is no known pod."""

    ip: str
    port: int | None = None
    name: str = ""
    namespace: str = ""


class AlertRow(msgspec.Struct, frozen=True, kw_only=True):
    """A group of alike alerts (same rule, source address, destination address and port); a single alert has count 1."""

    id: Annotated[str, msgspec.Meta(description="Id of the group (of the event, where alerts are not grouped)")]
    event_id: Annotated[str, msgspec.Meta(description="Id of the latest event of the group")]
    count: Annotated[int, msgspec.Meta(ge=1)]
    first_time: NanosecondText
    last_time: NanosecondText
    last_seen: Annotated[str, msgspec.Meta(description="`last_time` as ISO 8601 in UTC, to the microsecond")]
    severity: Annotated[int, msgspec.Meta(ge=0, le=100)]
    description: str = DESCRIPTION
    rule: RuleName
    source: AlertEnd
    destination: AlertEnd
    protocol: str
    host: str
    dismissed: bool


class AlertPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of alerts, newest first."""

    items: list[AlertRow]
    next_cursor: Annotated[str | None, msgspec.Meta(description="Give it as `cursor` for the next page; null on the last")]
    total: Annotated[int, msgspec.Meta(ge=0, description="Alerts that match, counted up to `total_cap`")]
    total_cap: int
    live_cursor: Annotated[
        str, msgspec.Meta(description="Give it as `after` to the stream: nothing falls between page and stream")
    ]
    excepted: Annotated[
        int,
        msgspec.Meta(
            ge=0, description="Alerts of this list that exceptions hide (`show_excepted` lists them); on the first page"
        ),
    ] = 0
    sees_nothing: Annotated[bool, msgspec.Meta(description="The asker may see no namespace, so that no alert will ever come")] = (
        False
    )


class AlertDetail(EventDocument, frozen=True, kw_only=True):
    """The event document, and the group that it belongs to."""

    group_id: str
    group_count: int
    first_time: NanosecondText
    last_time: NanosecondText


def iso(time: int) -> str:
    """ISO 8601 in UTC, to the microsecond, of `time` (nanoseconds since the epoch)."""
    seconds, nanoseconds = divmod(time, _SECOND)
    return (
        datetime.fromtimestamp(seconds, UTC)
        .replace(microsecond=nanoseconds // 1000)
        .isoformat(timespec="microseconds")
        .replace("+00:00", "Z")
    )
