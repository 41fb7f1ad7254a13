"""What the manager tells Prometheus now: its own state, and what the sensors reported last."""

from datetime import UTC, datetime
from typing import Final

from podlynx import __version__
from podlynx.manager import metrics
from podlynx.manager.services import Services
from podlynx.models.sensor_report import SensorReport, SensorState
from podlynx.models.status import StoreStatistics
from podlynx.telemetry.metrics import Figures, Labels, Metric, Reading, by_label, exposition
from podlynx.telemetry.sensor_metrics import readings
from podlynx.telemetry.shared import BUILD, LOOP_LAG

_HELD: Final = ("events", "bytes")
_Readings = list[tuple[Metric, Reading]]


async def exposed(services: Services) -> bytes:
    """The text of an answer."""
    states, statistics = services.sensors.states(), await services.store.statistics()
    reports = [state.report for state in states]
    told: _Readings = [
        *_of_manager(services, reports),
        (metrics.READY, not await services.missing()),
        *_of_rules(services),
        *_of_store(services, statistics),
        *_of_people(services),
        *_of_selftests(services),
        (metrics.SENSOR_AGE, by_label(_ages(states, services.sensors.missed()))),
        *_of_rules_in_use(services, reports),
        *readings(reports),
        (metrics.RESOURCE, _resources(reports)),
        *(reading for more in services.readings for reading in more()),
    ]
    return exposition(Figures(told), services.metrics.instruments)


def _of_manager(services: Services, reports: list[SensorReport]) -> _Readings:
    versions: dict[Labels, float] = {("sensor", report.node, report.version): 1 for report in reports}
    return [
        (BUILD, {("manager", "", __version__): 1, **versions}),
        (metrics.UPTIME, services.sensors.uptime()),
        (LOOP_LAG, services.lag.seconds),
    ]


def _of_rules(services: Services) -> _Readings:
    rules = services.rules_state()
    return [
        (metrics.RULES_LOADED, rules.loaded),
        (metrics.RULES_REFUSED, rules.refused),
        (metrics.RULES_FAILING, bool(rules.error)),
        (metrics.RULES_AGE, age_of(rules.fetched, datetime.now(UTC))),
    ]


def _of_rules_in_use(services: Services, reports: list[SensorReport]) -> _Readings:
    wanted = services.rules_state().version
    current = {report.node: float(report.rules.version == wanted) for report in reports if report.rules.version and wanted}
    return [(metrics.SENSOR_RULES, by_label(current))]


def _of_store(services: Services, statistics: StoreStatistics) -> _Readings:
    held = {name: getattr(statistics, name) for name in statistics.__struct_fields__}
    counts = {name: float(number) for name, number in held.items() if name not in _HELD and isinstance(number, int)}
    told = services.metrics
    return [
        (metrics.STORE_EVENTS, statistics.events),
        (metrics.STORE_BYTES, statistics.bytes),
        (metrics.STORE_COUNTS, by_label(counts)),
        (metrics.STORE_FAILURES, told.store_failures),
        (metrics.ALERTS, told.alerts.reading()),
        (metrics.ALERTS_OVERFLOW, told.alerts.overflow),
    ]


def _of_people(services: Services) -> _Readings:
    live = services.live.statistics()
    counted = {"published": live.published, "refused_full": live.refused_full, "told_to_reload": live.told_to_reload}
    return [
        (metrics.SUBSCRIBERS, live.subscribers),
        (metrics.LIVE_COUNTS, by_label(counted)),
        (metrics.LOGINS_REFUSED, services.access.limiter.refused),
        (metrics.COUNTED, by_label({name: count() for name, count in sorted(services.counters.items())})),
    ]


def _of_selftests(services: Services) -> _Readings:
    results = services.selftests.results
    took = {node: result.stages[-1].seconds for node, (result, _) in results.items() if result.passed}
    return [
        (metrics.SELFTEST_PASSED, by_label({node: float(result.passed) for node, (result, _) in results.items()})),
        (metrics.SELFTEST_SECONDS, by_label(took)),
        (metrics.SELFTEST_TIME, by_label({node: ended for node, (_, ended) in results.items()})),
        (metrics.SELFTESTS, by_label(services.selftests.counts)),
    ]


def _ages(states: list[SensorState], missed: dict[str, float]) -> dict[str, float]:
    return {**{state.report.node: state.age_seconds for state in states}, **missed}


def _resources(reports: list[SensorReport]) -> dict[Labels, float]:
    return {
        (resource.namespace, resource.name, report.node): int(resource.success)
        for report in reports
        for resource in report.resources
    }


def age_of(fetched: str, now: datetime) -> float | None:
    """Seconds since that time (ISO 8601, UTC where it names no zone); None where there is none."""
    try:
        then = datetime.fromisoformat(fetched)
    except ValueError:
        return None
    return max(0.0, (now - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds())
