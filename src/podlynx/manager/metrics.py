"""The manager's figures for Prometheus: what each is (`METRICS`), and those that are counted while things happen.

Labels are bounded: nodes by `sensors.MAX_NODES`, resources by what people wrote, alerts by `MAX_ALERT_LABELS`, routes by the API.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from podlynx.models.event import EventDocument
from podlynx.models.identity import split_origin
from podlynx.models.selftest import GID as SELFTEST
from podlynx.telemetry.metrics import Instruments, LabelCounts, Metric
from podlynx.telemetry.sensor_metrics import OF_SENSORS
from podlynx.telemetry.shared import OF_ALL

MAX_ALERT_LABELS: Final = 2_000
"""Namespaces times rules that get a line of their own; alerts of later ones count under `other`."""
MAX_ROUTE_LABELS: Final = 200
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

UPTIME: Final = Metric("podlynx_manager_uptime_seconds", "gauge", "Since the manager started.")
READY: Final = Metric("podlynx_manager_ready", "gauge", "1 while the manager can do its work.")
RULES_LOADED: Final = Metric("podlynx_rules_loaded", "gauge", "Rules that the manager serves to the nodes.")
RULES_REFUSED: Final = Metric("podlynx_rules_refused", "gauge", "Rules of that set that could not be used.")
RULES_FAILING: Final = Metric("podlynx_rules_failing", "gauge", "1 while rules cannot be fetched or used.")
RULES_AGE: Final = Metric("podlynx_rules_age_seconds", "gauge", "Since the rules were fetched; not told of rules that were not.")
STORE_EVENTS: Final = Metric("podlynx_store_events", "gauge", "Stored events.")
STORE_BYTES: Final = Metric("podlynx_store_bytes", "gauge", "Stored bytes.")
STORE_COUNTS: Final = Metric(
    "podlynx_store_events_total", "counter", "Events of the store, by what became of them.", ("outcome",)
)
STORE_WRITE: Final = Metric(
    "podlynx_store_write_seconds", "histogram", "How long the store took to make a batch of events durable.", (), _SECONDS
)
STORE_FAILURES: Final = Metric("podlynx_store_failures_total", "counter", "Batches that the store did not take.")
DELIVERY: Final = Metric(
    "podlynx_delivery_seconds",
    "histogram",
    "From the packet to the stored event, of the oldest event of each batch.",
    (),
    (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21600),
)
ALERTS: Final = Metric(
    "podlynx_alerts_total",
    "counter",
    "Alerts stored, by namespace of the monitored pod and by rule; a batch that was partly stored before counts whole.",
    ("namespace", "gid", "sid"),
)
ALERTS_OVERFLOW: Final = Metric(
    "podlynx_alerts_unlabelled_total", "counter", "Times that alerts were counted under `other`, for the number of labels."
)
REQUESTS: Final = Metric(
    "podlynx_request_seconds", "histogram", "How long answers took, without live streams.", ("route", "code"), _SECONDS
)
SUBSCRIBERS: Final = Metric("podlynx_live_subscribers", "gauge", "Open live streams.")
LIVE_COUNTS: Final = Metric(
    "podlynx_live_total", "counter", "Of live streams: alerts published, readers refused, readers told to reload.", ("what",)
)
LOGINS_REFUSED: Final = Metric("podlynx_logins_refused_total", "counter", "Log-ins that were refused, or came too often.")
COUNTED: Final = Metric(
    "podlynx_manager_counted", "gauge", "Everything else that the manager counts, as the status lists it.", ("what",)
)
SELFTEST_PASSED: Final = Metric(
    "podlynx_selftest_passed", "gauge", "1 where the last self-test of the node arrived, 0 where it did not.", ("node",)
)
SELFTEST_SECONDS: Final = Metric(
    "podlynx_selftest_seconds", "gauge", "From the packet to the live stream, of the last self-test that arrived.", ("node",)
)
SELFTEST_TIME: Final = Metric(
    "podlynx_selftest_timestamp_seconds", "gauge", "When the last self-test of the node ended (Unix time).", ("node",)
)
SELFTESTS: Final = Metric("podlynx_selftests_total", "counter", "Self-tests, by how they ended.", ("result",))
SENSOR_AGE: Final = Metric(
    "podlynx_sensor_age_seconds", "gauge", "Since the node's sensor was heard of; told for an hour.", ("node",)
)
SENSOR_RULES: Final = Metric(
    "podlynx_sensor_rules_current",
    "gauge",
    "1 while the node uses the rules that the manager serves; not told of own rules.",
    ("node",),
)
RESOURCE: Final = Metric(
    "podlynx_resource_monitored",
    "gauge",
    "1 while every pod that the resource selects on the node is monitored.",
    ("namespace", "name", "node"),
)
WEBHOOK_DELIVERIES: Final = Metric(
    "podlynx_webhook_deliveries_total",
    "counter",
    "Attempts at a message, by kind of receiver and by how they ended (`dead`: given up); told by the manager that tells.",
    ("consumer", "outcome"),
)
WEBHOOK_ALERTS: Final = Metric(
    "podlynx_webhook_alerts_total",
    "counter",
    "Alerts that receivers were told of, or (`dead`) will never be told of.",
    ("consumer", "outcome"),
)
METRICS: Final = (
    UPTIME,
    READY,
    RULES_LOADED,
    RULES_REFUSED,
    RULES_FAILING,
    RULES_AGE,
    STORE_EVENTS,
    STORE_BYTES,
    STORE_COUNTS,
    STORE_WRITE,
    STORE_FAILURES,
    DELIVERY,
    ALERTS,
    ALERTS_OVERFLOW,
    REQUESTS,
    SUBSCRIBERS,
    LIVE_COUNTS,
    LOGINS_REFUSED,
    COUNTED,
    SELFTEST_PASSED,
    SELFTEST_SECONDS,
    SELFTEST_TIME,
    SELFTESTS,
    SENSOR_AGE,
    SENSOR_RULES,
    RESOURCE,
    WEBHOOK_DELIVERIES,
    WEBHOOK_ALERTS,
    *OF_SENSORS,
    *OF_ALL,
)


class ManagerMetrics:
    """What is counted while it happens. `clock`: epoch seconds, as packets have them."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.instruments = Instruments()
        self._writes = self.instruments.histogram(STORE_WRITE)
        self._delivery = self.instruments.histogram(DELIVERY)
        self._requests = self.instruments.histogram(REQUESTS)
        self._routes: set[tuple[str, str]] = set()
        self.alerts = LabelCounts(3, MAX_ALERT_LABELS)
        self.store_failures = 0

    def stored(self, documents: Sequence[EventDocument], accepted: int, seconds: float) -> None:
        """A batch is durable after so many seconds; `accepted` of it were not there before."""
        self._writes.observe(seconds)
        if not accepted:  # all of it is a repeat: counted when it came first
            return
        oldest = min(each.podlynx.time for each in documents) / 1e9
        self._delivery.observe(max(self._clock() - oldest, 0.0))  # clocks of two machines: never less than nothing
        for (origin, gid, sid), times in Counter((d.origin, d.podlynx.gid, d.podlynx.sid) for d in documents).items():
            if gid == SELFTEST:
                continue
            self.alerts.add(split_origin(origin)[0], str(gid), str(sid), by=times)

    def not_stored(self) -> None:
        """The store did not take a batch."""
        self.store_failures += 1

    def answered(self, route: str, code: int, seconds: float) -> None:
        """A request was answered. `route`: the pattern of its path, never the path."""
        labels = (route, str(code))
        if labels not in self._routes and len(self._routes) >= MAX_ROUTE_LABELS:
            labels = ("other", "other")
        self._routes.add(labels)
        self._requests.labels(*labels).observe(seconds)
