"""What Prometheus reads of an operator."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.documented_metrics import assert_same

from podlynx.kubernetes.errors import Unreachable
from podlynx.operator import metrics
from podlynx.operator.metrics import OperatorMetrics
from podlynx.telemetry.shared import CERTIFICATE_EXPIRY, LOOP_LAG


@pytest.fixture
def anyio_backend():
    return "asyncio"


def value(told, name, **labels):
    families = text_string_to_metric_families(told.text().decode())
    return next(each.value for family in families for each in family.samples if (each.name, each.labels) == (name, labels))


def test_what_is_served_is_what_is_documented():
    told = OperatorMetrics()
    for metric in (metrics.LEADING, metrics.READY, metrics.FAULTS, metrics.SILENT, LOOP_LAG):
        told.add(metric, lambda: 1)
    for metric in (metrics.RESOURCES, CERTIFICATE_EXPIRY):
        told.add(metric, lambda: {("one",): 1})
    assert_same("Operator", told.text().decode())


@pytest.mark.anyio
async def test_a_pass_is_counted_and_so_is_one_that_fails():
    told = OperatorMetrics()

    async def well():
        return

    async def badly():
        raise Unreachable("the API server is away")

    await told.timed("reconcile", well)
    with pytest.raises(Unreachable):
        await told.timed("reconcile", badly)
    assert value(told, "podlynx_operator_pass_seconds_count", **{"pass": "reconcile"}) == 2
    assert value(told, "podlynx_operator_pass_errors_total", **{"pass": "reconcile"}) == 1
    assert value(told, "podlynx_operator_pass_errors_total", **{"pass": "status"}) == 0


def test_a_figure_that_is_added_anew_is_told_once():
    told = OperatorMetrics()
    told.add(metrics.FAULTS, lambda: 1)
    told.add(metrics.FAULTS, lambda: 2)
    assert value(told, "podlynx_operator_faults") == 2
