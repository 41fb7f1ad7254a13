"""What a report says of resources and pods: success only where every selected pod is known and captured."""

import asyncio
import time

import pytest
from tests.sensor.listening import until
from tests.sensor.null_inspector import NullInspector

from podlynx.models.sensor_report import RulesReport
from podlynx.sensor.node import watch_list
from podlynx.sensor.node.attachment import GRACE_SECONDS
from podlynx.sensor.node.attachments import Attachments
from podlynx.sensor.node.capture import CaptureState
from podlynx.sensor.node.identity import Identity
from podlynx.sensor.node.objects import Inspection, Pod, ResourceKey
from podlynx.sensor.node.placement import Placement
from podlynx.sensor.node.report import Outlook, Reporter
from podlynx.sensor.node.roster import Roster

GROUP = "projectcalico.org/v3"
LOADED, NONE = RulesReport(loaded=5), RulesReport()


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Quiet(NullInspector):
    """Takes every list and says nothing of it until the test does."""

    lists = 0

    def watch(self, ifindexes):
        self.watched, self.lists = tuple(ifindexes), self.lists + 1


class OnePlace:
    """Every pod shows on interface 7."""

    needs_selection = False

    async def find(self, sought):
        return {each.pod.uid: Placement((7,), ("veth7",)) for each in sought}

    def captures(self, _placement, /):
        return False

    def left(self, uid):
        pass


def alive():
    state = CaptureState()
    state.capturing(alive=True)
    return state


class Node:
    """A pod that a resource selects, and its report."""

    def __init__(self):
        self.roster, self.inspector = Roster([GROUP]), Quiet()
        self.attachments = Attachments(self.roster, Identity(), OnePlace(), self.inspector)
        everything = Inspection(ResourceKey("default", "dpi"), "", selects=lambda _labels: True)
        self.roster.replace_inspections(GROUP, [everything], 0)
        self.outlook = Outlook(alive(), LOADED, "host")
        self.reporter = Reporter(self.roster, self.attachments, lambda: self.outlook)

    async def attach(self):
        self.roster.set_pods([Pod("u", "default", "web", "web-*", {})], time.time_ns())
        self.attachments.pods_changed()
        self.running = asyncio.create_task(self.attachments.run())
        await until(lambda: self.inspector.watched)

    def say(self):
        monitors = self.reporter.monitors()
        (resource,) = self.reporter.resources(monitors)
        return [monitor.monitored for monitor in monitors], resource.success, " ".join(resource.errors)


@pytest.mark.parametrize(
    ("outlook", "says"),
    [
        (Outlook(alive(), LOADED, "host", pods_known=False), "pods have not been read yet"),
        (Outlook(CaptureState(), LOADED, "host"), "the inspector has not started yet"),
        (Outlook(CaptureState(), RulesReport(error="no rules in /own"), "host"), "no rules are loaded (no rules in /own)"),
        (Outlook(alive(), NONE, "host"), "they are being compiled"),
        (Outlook(alive(), LOADED, "host"), ""),
    ],
    ids=["pods unknown", "no inspector", "no rules", "compiling", "well"],
)
def test_a_resource_without_a_pod_succeeds_only_where_one_would_be_monitored(outlook, says):
    node = Node()
    node.outlook = outlook
    _, success, errors = node.say()
    assert (success, says in errors) == (not says, True)


@pytest.mark.anyio
async def test_a_pod_that_the_inspector_does_not_capture_is_a_fault_after_its_grace(monkeypatch):
    node, now = Node(), time.monotonic()
    await node.attach()
    monkeypatch.setattr("podlynx.sensor.node.report.time.monotonic", lambda: now)
    assert node.say() == ([False], True, "")
    now += GRACE_SECONDS + 0.1
    assert node.say() == (
        [False],
        False,
        "pod default/web is not monitored: its interface veth7 is not captured yet; the log of the sensor says more",
    )
    node.attachments.watching([7])
    assert node.say() == ([True], True, "")
    node.running.cancel()


@pytest.mark.anyio
async def test_a_list_that_the_kernel_refused_is_sent_again_and_the_fault_goes_when_it_is_taken(monkeypatch):
    monkeypatch.setattr(watch_list, "AGAIN_SECONDS", 0.05)
    node = Node()
    await node.attach()
    node.attachments.refused(0, "no memory")
    assert "no memory" in node.say()[2]
    await until(lambda: node.inspector.lists >= 2)
    node.attachments.watching(node.inspector.watched)
    assert node.say() == ([True], True, "")
    node.running.cancel()
