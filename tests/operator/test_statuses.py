"""What statuses say while the operator runs against a real API server, and what Events tell."""

import asyncio

import msgspec
import pytest
from tests.kubernetes.waiting import until
from tests.operator.running import (
    V1,
    V3,
    StandInManager,
    apply,
    because,
    condition,
    daemon_set,
    holds,
    inspection,
    monitor_pods,
    operating,
    said,
    sensor,
    status_of,
    walk_through,
)

from podlynx.kubernetes.crds import EXCEPTION, WEBHOOK
from podlynx.kubernetes.kinds import EVENTS
from podlynx.models.sensor_report import RulesReport
from podlynx.models.webhook_report import WebhookState, WebhookStates

pytestmark = pytest.mark.anyio
SAMPLE, RESOURCES = "sample-dpi-frontend.yaml", "resource-dpi.yaml"


async def test_status_follows_what_the_sensors_report(cluster, tmp_path, impatient):
    manager = StandInManager()
    manager.says(sensor("n1"), sensor("n2"))
    async with operating(cluster, tmp_path, manager):
        await apply(cluster, walk_through(SAMPLE))
        await until(lambda: daemon_set(cluster))
        await monitor_pods(cluster, "n1", "n2")

        async def success():
            status = await status_of(cluster)
            return {each["node"]: each["active"]["success"] for each in status.get("nodes", [])}

        async def becomes(expected):
            async def so():
                return await success() == expected

            await until(so, 6)

        await becomes({"n1": True, "n2": True})
        manager.says(sensor("n1"), sensor("n2", alive=False))
        await becomes({"n1": True, "n2": False})
        manager.says(sensor("n1", age=7.0), sensor("n2"))
        await becomes({"n1": False, "n2": True})
        manager.says(sensor("n1"), sensor("n2", success=False, errors=["pod web-1: no interface found"]))
        await becomes({"n1": True, "n2": False})
        manager.says(sensor("n1"), sensor("n2"))
        await becomes({"n1": True, "n2": True})

        async def mirrored():
            return await status_of(cluster, V1) == await status_of(cluster)

        await until(mirrored)


async def test_a_status_that_says_the_same_is_not_written_again(cluster, tmp_path, impatient):
    manager = StandInManager()
    manager.says(sensor("n1"))
    async with operating(cluster, tmp_path, manager):
        await apply(cluster, inspection())
        await until(lambda: daemon_set(cluster))
        await monitor_pods(cluster, "n1")
        await until(lambda: holds(cluster, V3, "sample-dpi-frontend", "Ready"), 8)
        version = (await cluster.get(V3, "sample-dpi-frontend", "default"))["metadata"]["resourceVersion"]
        await asyncio.sleep(2)
        assert (await cluster.get(V3, "sample-dpi-frontend", "default"))["metadata"]["resourceVersion"] == version


async def test_what_the_webhook_would_have_refused_becomes_a_condition(cluster, tmp_path):
    async with operating(cluster, tmp_path):
        await apply(cluster, inspection("wrong", selector="app == frontend"))
        found = await until(lambda: because(cluster, V3, "wrong", "InvalidSelector"))
        assert found["message"].startswith(
            "spec.selector: Behind == a value in quotes is missing.\n  app == frontend\n         ^^^^"
        )
        assert found["observedGeneration"] == 1
        await apply(cluster, inspection("wrong", selector="app == 'frontend'"))

        async def mended():
            return condition(await status_of(cluster, V3, "wrong"), "Valid").get("status") == "True"

        await until(mended)


def exception(name, **spec):
    spec = {"description": "d", "selector": "type = x", "startTime": "2026-01-01T00:00:00Z", **spec}
    return {"apiVersion": "projectcalico.org/v3", "kind": "AlertException", "metadata": {"name": name}, "spec": spec}


def webhook(name, **spec):
    url = {"name": "url", "value": "https://slack.example/"}
    spec = {"consumer": "Slack", "state": "Enabled", "query": "type = x", "config": [url], **spec}
    return {"apiVersion": "projectcalico.org/v3", "kind": "SecurityEventWebhook", "metadata": {"name": name}, "spec": spec}


async def test_exceptions_say_whether_they_hide(cluster, tmp_path):
    async with operating(cluster, tmp_path):
        await apply(cluster, exception("active"))
        await apply(cluster, exception("over", endTime="2026-01-02T00:00:00Z"))
        await apply(cluster, exception("planned", startTime="2999-01-01T00:00:00Z"))
        await apply(cluster, exception("wrong", selector="type ="))
        expected = {"active": ("True", "Active"), "over": ("True", "Expired"), "planned": ("True", "Scheduled")}
        for name, conditions in {**expected, "wrong": ("False", "InvalidSelector")}.items():
            found = await until(lambda name=name: said(cluster, EXCEPTION.resource, name, "Ready"), 30)
            assert (found["status"], found["reason"]) == conditions


async def test_webhooks_say_what_the_manager_says(cluster, tmp_path):
    manager = StandInManager()
    async with operating(cluster, tmp_path, manager):
        for made in (webhook("works"), webhook("off", state="Disabled"), webhook("wrong", config=[])):
            await apply(cluster, made)
        found = await cluster.get(WEBHOOK.resource, "works")
        told = WebhookState(
            name="works", uid=found["metadata"]["uid"], generation=1, healthy=False, reason="Refused", message="It answers 403."
        )
        manager.webhooks = WebhookStates(webhooks=[told])
        expected = {"works": ("False", "Refused"), "off": ("Unknown", "Disabled"), "wrong": ("False", "InvalidConfig")}
        for name, conditions in expected.items():

            async def as_expected(name=name, conditions=conditions):
                condition = await said(cluster, WEBHOOK.resource, name, "Healthy")
                return condition and (condition["status"], condition["reason"]) == conditions

            await until(as_expected, 30)


async def test_a_gap_of_a_roll_is_an_event(cluster, tmp_path, impatient):
    manager = StandInManager()
    manager.says(sensor("n1"))
    async with operating(cluster, tmp_path, manager):
        await apply(cluster, inspection())
        await until(lambda: daemon_set(cluster))
        await monitor_pods(cluster, "n1")
        await until(lambda: holds(cluster, V3, "sample-dpi-frontend", "Ready"), 8)
        manager.says(sensor("n1", boot="c", gap=731))

        async def told():
            return [each for each in await cluster.list_all(EVENTS, "tigera-dpi") if each["reason"] == "MonitorGap"]

        (event,) = await until(told)
        assert (event["regarding"]["kind"], event["note"]) == ("DaemonSet", "node n1: 731 ms without inspection")


async def test_rules_that_cannot_be_loaded_show_without_any_intrusion_detection(cluster, tmp_path, impatient):
    manager = StandInManager()
    without = sensor("n1")
    rules = RulesReport(error="line 3: no such keyword")
    manager.says(msgspec.structs.replace(without, report=msgspec.structs.replace(without.report, rules=rules)))
    async with operating(cluster, tmp_path, manager):
        await apply(cluster, inspection())
        await until(lambda: daemon_set(cluster))
        await monitor_pods(cluster, "n1")
        found = await until(lambda: said(cluster, V3, "sample-dpi-frontend", "RulesLoaded"), 8)
        assert (found["status"], found["reason"]) == ("False", "LoadFailed")
        assert "n1: line 3: no such keyword" in found["message"]
