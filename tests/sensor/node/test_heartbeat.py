"""Heartbeats come at once when something changed, at most four a second, and go on whatever the manager says."""

import asyncio

import pytest

from podlynx.models.sensor_report import CaptureReport, HeartbeatAnswer, SensorReport
from podlynx.sensor.node.heartbeat import Heartbeat
from podlynx.sensor.spool.shipping import ManagerUnavailable


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Door:
    def __init__(self, fails=0):
        self.fails, self.told = fails, []

    async def heartbeat(self, report):
        self.told.append(report)
        if len(self.told) <= self.fails:
            raise ManagerUnavailable("away")
        return HeartbeatAnswer(rules_version="v")


async def run(door, steps, wait=0.0):
    state = {"packets": 0, "alive": True, "restarts": 0}

    def report():
        capture = CaptureReport(alive=state["alive"], packets=state["packets"], restarts=state["restarts"])
        return SensorReport(node="n", boot="b", version="1", time=0, capture=capture)

    answers = []
    heartbeat = Heartbeat(door, report, answers.append)
    running = asyncio.create_task(heartbeat.run())
    for change, seconds in steps:
        state |= change
        heartbeat.changed()
        await asyncio.sleep(seconds)
    await asyncio.sleep(wait)
    running.cancel()
    return answers


@pytest.mark.anyio
async def test_a_change_is_told_at_once_and_counters_alone_wait():
    door = Door()
    await run(door, [({}, 0.3), ({"packets": 5}, 0.4), ({"alive": False}, 0.1)])
    assert [(each.capture.alive, each.capture.packets) for each in door.told] == [(True, 0), (False, 5)]


@pytest.mark.anyio
async def test_whatever_changes_there_are_four_a_second_at_most():
    door = Door()
    await run(door, [({"alive": True, "restarts": number}, 0.01) for number in range(100)])
    assert 3 <= len(door.told) <= 6


@pytest.mark.anyio
async def test_a_manager_that_is_away_is_told_again_soon():
    door = Door(fails=2)
    answers = await run(door, [({}, 1.2)])
    assert (len(door.told) >= 3, [each.rules_version for each in answers][:1]) == (True, ["v"])
