"""Every counter of the sensor that is not the engine's, under one name each (docs/sensor.md lists them)."""

import msgspec

from podlynx.kubernetes.watch import INTERRUPTIONS
from podlynx.models.sensor_figures import SensorFigures
from podlynx.sensor.interfaces.links import LinkTable
from podlynx.sensor.limits import read_limits
from podlynx.sensor.node.alert_files import AlertFiles
from podlynx.sensor.node.attachments import Attachments
from podlynx.sensor.node.capture import CaptureState
from podlynx.sensor.node.downtime import Downtime
from podlynx.sensor.node.events import EventPath
from podlynx.sensor.node.heartbeat import Heartbeat
from podlynx.sensor.node.identity import Identity
from podlynx.sensor.node.roster import Roster
from podlynx.sensor.node.rules import NodeRules
from podlynx.sensor.node.selftest import NodeSelftest
from podlynx.sensor.node.waiting import WaitingSince
from podlynx.sensor.spool.shipping import Shipper
from podlynx.sensor.spool.spool import SPOOL_BYTES, Spool


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
    state: CaptureState
    heartbeat: Heartbeat
    rules: NodeRules
    waiting: WaitingSince
    selftest: NodeSelftest

    def figures(self) -> SensorFigures:
        """Those of the inspectors and of everybody here, as of now."""
        captured, spooled = self.state.figures(), self.spool.counters
        lost = {
            **captured.events_lost,
            "undecodable": self.path.counters.undecodable,
            "too_large": self.path.counters.too_large,
            "slow_disk": self.path.dropped,
            "spool_full": spooled.dropped,
            "no_room": spooled.lost,
            "refused_by_manager": self.shipper.refused,
        }
        return msgspec.structs.replace(
            captured,
            events_lost=lost,  # with those that are 0: from nothing to the first one is an increase too
            memory_limit_bytes=(limits := read_limits()).memory or 0,
            cpu_limit=limits.cpus or 0.0,
            throttled=limits.throttled or 0,
            spool_bytes=self.spool.size,
            spool_limit_bytes=SPOOL_BYTES,
            spool_oldest_seconds=self.waiting.seconds(),
            spool_errors=spooled.disk_errors,
            events_shipped=self.shipper.shipped,
            deliveries_failed=self.shipper.failed,
            heartbeats_failed=self.heartbeat.failed,
            watches_interrupted=int(sum(INTERRUPTIONS.reading().values())),
            rules_loaded_at=self.rules.taken_up,
        )

    def counters(self) -> dict[str, int]:
        """All of them, as of now."""
        return {
            "selftests_unasked": self.selftest.unasked,
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
