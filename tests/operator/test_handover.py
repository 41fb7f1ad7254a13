"""Another choice of groups: nothing of the earlier one goes on unseen. On a real API server."""

import pytest
from tests.kubernetes.waiting import until
from tests.operator.running import (
    V1,
    V3,
    StandInManager,
    apply,
    because,
    daemon_set,
    gone,
    holds,
    inspection,
    monitor_pods,
    operating,
    sensor,
    status_of,
)

from podlynx.kubernetes.calico import Found
from podlynx.kubernetes.crds import BESIDE_INSPECTION
from podlynx.operator.groups import decide
from podlynx.operator.handover import hand_over
from podlynx.operator.settings import Settings

pytestmark = pytest.mark.anyio
NAME = "sample-dpi-frontend"


@pytest.fixture
async def monitored(cluster, tmp_path, impatient):
    """What an operator that owned both groups leaves when it ends."""
    manager = StandInManager()
    manager.says(sensor("n1"))
    async with operating(cluster, tmp_path, manager):
        await apply(cluster, inspection())
        await until(lambda: daemon_set(cluster))
        await monitor_pods(cluster, "n1")
        await until(lambda: holds(cluster, V1, NAME, "Ready"), 10)
    return cluster


async def test_refused_says_so_and_takes_its_monitors_along(monitored):
    found = Found(controller=True)
    await hand_over(monitored, Settings(), decide("auto", found), found)
    for resource in (V3, V1):
        said = await because(monitored, resource, NAME, "NotServed")
        assert said["status"] == "False"
        assert "Calico's own intrusion detection controller runs here" in said["message"]
        assert (await status_of(monitored, resource))["nodes"] == []
    assert await gone(monitored)


async def test_side_by_side_leaves_nothing_under_the_earlier_name(monitored, tmp_path):
    async with operating(monitored, tmp_path, calico_groups="sideBySide"):
        await until(lambda: gone(monitored))
        assert await because(monitored, V3, NAME, "NotServed")
        await apply(monitored, inspection(group="podlynx.io/v1"))
        await until(lambda: daemon_set(monitored, "podlynx-dpi"))
    async with operating(monitored, tmp_path):
        await until(lambda: gone(monitored, "podlynx-dpi"))
        await until(lambda: daemon_set(monitored))
        assert await status_of(monitored, BESIDE_INSPECTION.resource) == {} or await because(
            monitored, BESIDE_INSPECTION.resource, NAME, "NotServed"
        )


async def test_v1_alone_goes_on_monitoring_what_was_a_copy(monitored, tmp_path):
    async with operating(monitored, tmp_path, calico_groups="v1"):
        await until(lambda: because(monitored, V3, NAME, "NotServed"))

        async def released():
            return "ownerReferences" not in (await monitored.get(V1, NAME, "default"))["metadata"]

        await until(released)
        assert await daemon_set(monitored), "the monitors never stopped"
        await monitored.delete(V3, NAME, "default")
        assert await monitored.find(V1, NAME, "default")
        assert (await status_of(monitored, V1)).get("nodes")


async def test_what_calicos_api_server_holds_by_now_is_not_written(monitored):
    before = await status_of(monitored)
    found = Found(aggregated=True)
    await hand_over(monitored, Settings(), decide("auto", found), found)
    assert await status_of(monitored) == before
