"""From database rows to `AlertRow`."""

from typing import Any, Final

import apsw

from podlynx.models.alert import AlertEnd, AlertRow, RuleName, iso
from podlynx.models.event import DESCRIPTION
from podlynx.models.loss import DESCRIPTION as LOSS_DESCRIPTION
from podlynx.models.loss import GENERATOR

EVENT_COLUMNS: Final = (
    "e.id, e.gid, e.sid, e.rev, e.msg, e.classtype, e.priority, e.severity, e.protocol, e.host, "
    "e.source_ip, e.source_port, e.source_name, e.source_namespace, e.dest_ip, e.dest_port, e.dest_name, e.dest_namespace"
)
GROUP_ROW: Final = f"g.key, g.count, g.first_time, g.last_time, g.open_count = 0, {EVENT_COLUMNS}"
"""Columns of a group's row; `e` is its newest event."""
EVENT_OPEN: Final = "ifnull(NOT e.dismissed, e.seq > g.dismissed_through)"
"""Whether an event is not dismissed: by itself, else as its group says."""
EVENT_ROW: Final = f"e.id, 1, e.time, e.time, NOT {EVENT_OPEN}, {EVENT_COLUMNS}"
"""Columns of the row of a single event."""
WIDTH: Final = 5 + 18


def alert_row(values: tuple[Any, ...]) -> AlertRow:
    """The row of `WIDTH` values, selected as `GROUP_ROW` or `EVENT_ROW`."""
    identifier, count, first, last, dismissed, *event = values
    event_id, gid, sid, rev, msg, classtype, priority, severity, protocol, host, *ends = event
    return AlertRow(
        id=identifier,
        event_id=event_id,
        count=count,
        first_time=str(first),
        last_time=str(last),
        last_seen=iso(last),
        severity=severity,
        rule=RuleName(gid, sid, rev, msg, classtype, priority),
        source=AlertEnd(*ends[:4]),
        destination=AlertEnd(*ends[4:]),
        protocol=protocol,
        host=host,
        dismissed=bool(dismissed),
        description=DESCRIPTION if gid != GENERATOR else LOSS_DESCRIPTION,
    )


def newest_seq(connection: apsw.Connection) -> int:
    """The cursor of the newest event ever stored; 0 where there was none."""
    return int(connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").get or 0)
