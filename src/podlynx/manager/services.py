"""What the endpoints work with, put together once by `create_app`."""

import time
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import Final

import msgspec
from litestar.di import NamedDependency

from podlynx import __version__
from podlynx.manager.access import Access
from podlynx.manager.admission import Admission
from podlynx.manager.audit import AuditLog
from podlynx.manager.desk_access import DeskAccess
from podlynx.manager.exceptions import Exceptions
from podlynx.manager.exporting import Exports
from podlynx.manager.ingest import Ingest
from podlynx.manager.live import Live, StatusSource
from podlynx.manager.metrics import ManagerMetrics
from podlynx.manager.oidc.login import Oidc
from podlynx.manager.output_files import OutputFiles
from podlynx.manager.rights import Rights, Visible
from podlynx.manager.rule_library import RuleLibrary, RulesState
from podlynx.manager.selftest import Selftests
from podlynx.manager.sensors import Sensors
from podlynx.manager.settings import Settings
from podlynx.manager.shared.sharing import Sharing
from podlynx.manager.webhooks.sending import Answer
from podlynx.models.sensor_report import SensorReport
from podlynx.models.status import MonitorStatus, RulesStatus, SensorStatus, Status, StoreStatistics
from podlynx.models.webhook_report import WebhookStates
from podlynx.store.errors import StoreError
from podlynx.store.protocol import EventStore
from podlynx.telemetry.metrics import Metric, Reading
from podlynx.telemetry.shared import LoopLag

_CHECK_SECONDS: Final = 10.0
MAX_MONITORS: Final = 2_000
"""Monitored pods that the status lists; `GET /api/v1/sensors` tells all of them."""


class Services:
    """The rooms behind the API. `status_source` answers a `SensorStatus`, or an object or mapping with its fields.

    Without `access`, that of a desk. `readiness`: each answers what is missing, or "".
    """

    def __init__(
        self,
        store: EventStore,
        settings: Settings,
        status_source: StatusSource | None = None,
        *,
        access: Access | None = None,
        rules: RuleLibrary | None = None,
        oidc: Oidc | None = None,
        audit: AuditLog | None = None,
    ) -> None:
        self.store = store
        self.settings = settings
        self.access: Access = access or DeskAccess(settings)
        self.sensors = Sensors()
        self.rights = Rights(self.access, store, self.sensors.watched_namespaces)
        self.live = Live(max_readers=settings.max_streams, max_each=settings.max_streams_each, queue=settings.stream_queue)
        self.exports = Exports(max_running=settings.max_exports, max_each=settings.max_exports_each)
        self.admission = Admission(
            most=settings.max_deliveries, most_each=settings.max_deliveries_each, most_bytes=settings.max_delivery_bytes
        )
        self.swept = 0
        """Events that were dismissed by query."""
        self.webhook_test: Callable[[str], Awaitable[Answer | None]] = _no_webhook
        self.webhook_states: Callable[[], WebhookStates] = WebhookStates
        self.exceptions = Exceptions(store, self.live)
        self.metrics, self.lag = ManagerMetrics(), LoopLag()
        self.readings: list[Callable[[], Iterable[tuple[Metric, Reading]]]] = []
        """What else is told to Prometheus: each answers metrics of `manager.metrics`, read now."""
        self.ingest = Ingest(store, self.live, settings.cluster, self.metrics)
        self.selftests = Selftests(store, self.live)
        self.ingest.passing = self.selftests.passing
        self.rules = rules
        self.sharing = Sharing(store, self.live, self.sensors, rules, self.access)
        self.oidc = oidc
        self.cookie_mark = ""
        """Tells the cookies of one installation from those of others behind the same host name."""
        self.audit = audit or AuditLog()
        self.status_source: StatusSource | None = status_source
        self.counters: dict[str, Callable[[], int]] = {
            "logins_refused": lambda: self.access.limiter.refused,
            "logins_refused_of_account": lambda: self.access.accounts.refused,
            "audit_written": lambda: self.audit.written,
            "audit_lost": lambda: self.audit.lost,
            "namespaces_not_asked": lambda: self.rights.not_asked,
            "exports_refused": lambda: self.exports.refused,
            "exports_started": lambda: self.exports.started,
            "events_dismissed_by_query": lambda: self.swept,
            "deliveries_refused_many": lambda: self.admission.refused_many,
            "deliveries_refused_bytes": lambda: self.admission.refused_bytes,
            "events_of_other_nodes": lambda: self.ingest.wrong_node,
            "captures_without_event": lambda: self.ingest.captures_late,
            "events_redacted_here": lambda: self.ingest.redacted,
            "sensors_refused_full": lambda: self.sensors.refused_full,
            "sharing_failed": lambda: self.sharing.failed,
        }
        self.outputs = OutputFiles(settings.output_folder, settings.outputs) if settings.outputs else None
        if self.outputs is not None:
            outputs = self.outputs
            self.ingest.stored = outputs.take
            self.counters["output_lines_lost"] = lambda: outputs.lost
        self._checked = float("-inf")
        self.readiness: list[Callable[[], str]] = []

    async def check_store(self) -> None:
        """Raises StoreError where nothing can be written. Probes come often, so a good answer is kept for a while."""
        now = time.monotonic()
        if now - self._checked >= _CHECK_SECONDS:
            await self.store.check()
            self._checked = now

    async def missing(self) -> list[str]:
        """What keeps this manager from its work, a sentence each; empty: it is ready."""
        reasons = [reason for each in self.readiness if (reason := each())]
        try:
            await self.check_store()
        except StoreError as error:
            reasons.insert(0, f"the store cannot be written to: {error.message}")
        return reasons

    def rules_state(self) -> RulesState:
        """Which rules the nodes are to use; an empty one where this manager serves none."""
        return self.rules.state if self.rules else RulesState()

    async def status(self, visible: Visible = None) -> Status:
        """The state of sensor, rules, store and streams, as far as it may be seen."""
        told = self.status_source() if self.status_source else self._of_heartbeats(visible)
        sensor = msgspec.convert(told, SensorStatus, from_attributes=True)
        return Status(
            monitors=sensor.monitors,
            rules=sensor.rules,
            version=__version__,
            store=await self.store.statistics() if visible is None else StoreStatistics(),
            live=self.live.statistics(),
            counters={name: count() for name, count in sorted(self.counters.items())},
        )

    def _of_heartbeats(self, visible: Visible) -> SensorStatus:
        reports = [state.report for state in self.sensors.states()]
        monitors = list(islice((each for report in reports for each in _monitors(report, visible)), MAX_MONITORS))
        rules = self.rules_state()
        return SensorStatus(monitors=monitors, rules=RulesStatus(loaded=rules.loaded, refused=rules.refused, source=rules.source))


def _monitors(report: SensorReport, visible: Visible) -> list[MonitorStatus]:
    """The monitored pods of one node. Packets that its ring lost are the node's: the first pod shows them, so they add up."""
    shown = [pod for pod in report.monitors if pod.monitored and (visible is None or pod.namespace in visible)]
    return [
        MonitorStatus(
            name=f"{pod.namespace}/{pod.pod}",
            interfaces=pod.interfaces,
            packets=pod.packets,
            bytes=pod.bytes,
            dropped=report.capture.dropped if place == 0 else 0,
            events=pod.events,
        )
        for place, pod in enumerate(shown)
    ]


async def _no_webhook(_name: str) -> Answer | None:
    return None


Provided = NamedDependency[Services]
"""The parameter `services` of an endpoint."""
