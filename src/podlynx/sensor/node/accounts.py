"""Every counter of the sensor that is not the engine's, under one name each (docs/sensor.md lists them)."""

import msgspec

from podlynx.sensor.interfaces.links import LinkTable
from podlynx.sensor.node.alert_files import AlertFiles
from podlynx.sensor.node.attachments import Attachments
from podlynx.sensor.node.downtime import Downtime
from podlynx.sensor.node.events import EventPath
from podlynx.sensor.node.identity import Identity
from podlynx.sensor.node.roster import Roster
from podlynx.sensor.spool.shipping import Shipper
from podlynx.sensor.spool.spool import Spool


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever counts something."""

    path: EventPath
    spool: Spool
    shipper: Shipper
    files: AlertFiles
    attachments: Attachments
    roster: Roster
    identity: Identity
    downtime: Downtime
    links: LinkTable | None

    def counters(self) -> dict[str, int]:
        """All of them, as of now."""
        return {
            "gap_ms": self.downtime.gap_ms,
            "unclean_stop": int(self.downtime.unclean),
            **_named("events", self.path.counters),
            **_named("spool", self.spool.counters),
            **_named("provisional", self.attachments.provisional.counters),
            "events_dropped_by_slow_disk": self.path.dropped,
            "captures_unclaimed": self.path.captures_unclaimed,
            "events_shipped": self.shipper.shipped,
            "events_refused_by_manager": self.shipper.refused,
            "alert_lines_lost": self.files.lost,
            "alert_files_dropped": self.files.dropped,
            "interfaces_over_cap": self.attachments.watch_list.over_cap,
            "resources_over_cap": self.roster.over_cap,
            "identities_forgotten": self.identity.forgotten,
            "link_news_lost": self.links.overruns if self.links is not None else 0,
        }


def _named(prefix: str, counters: msgspec.Struct) -> dict[str, int]:
    return {f"{prefix}_{name}": value for name, value in msgspec.structs.asdict(counters).items()}
