"""Self-tests of every node with a monitored pod, one node after the other, as often as the chart says."""

import asyncio
from typing import Final

import structlog

from podlynx.manager.errors import ApiError
from podlynx.manager.selftest import Selftests
from podlynx.manager.sensors import Sensors

_LOG = structlog.get_logger("podlynx.manager")
SETTLE_SECONDS: Final = 60.0
"""After the start: a young manager has not heard of everybody, and the sensors may just be rolled."""


async def run_regularly(selftests: Selftests, sensors: Sensors, seconds: float) -> None:
    """Until cancelled; 0 seconds: never. A test that fails is logged, and told as a figure."""
    if seconds <= 0:
        return
    await asyncio.sleep(min(SETTLE_SECONDS, seconds))
    while True:
        await run_all(selftests, sensors)
        await asyncio.sleep(seconds)


async def run_all(selftests: Selftests, sensors: Sensors) -> None:
    """Every node once. Nodes that are no more are forgotten."""
    nodes = [state.report.node for state in sensors.states() if any(pod.monitored for pod in state.report.monitors)]
    for gone in set(selftests.results) - set(nodes):
        del selftests.results[gone]
    for node in nodes:
        try:
            result = await selftests.run(node)
        except ApiError:  # somebody tests that node now
            continue
        if not result.passed:
            _LOG.warning("a self-test did not arrive", node=node, stage=result.failed_stage, why=result.reason, mend=result.mend)
