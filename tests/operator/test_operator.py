"""The operator against a real API server: what a person types, and what is in the cluster then."""

import asyncio
from uuid import uuid4

import httpx2
import msgspec
import pytest
from tests.kubernetes.api_server import free_port, kubeconfig
from tests.kubernetes.waiting import until
from tests.operator.running import (
    SETTINGS,
    SYSTEM,
    V1,
    V3,
    StandInManager,
    apply,
    clean,
    condition,
    daemon_set,
    ensure_namespace,
    grant_as_the_chart_does,
    inspection,
    monitor_pods,
    operating,
    sensor,
    status_of,
    walk_through,
)

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import EXCEPTION, OURS, WEBHOOK
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.kinds import (
    CLUSTER_ROLE_BINDINGS,
    CLUSTER_ROLES,
    CONFIG_MAPS,
    DAEMON_SETS,
    EVENTS,
    SERVICE_ACCOUNTS,
    VALIDATING_WEBHOOKS,
)
from podlynx.operator import manager_reports, statuses

pytestmark = pytest.mark.anyio
AT_ONCE = 2.0
"""Seconds: a second, and one more for a machine that is busy with other tests."""
SAMPLE, RESOURCES = "sample-dpi-frontend.yaml", "resource-dpi.yaml"


@pytest.fixture
def impatient(monkeypatch):
    """Reports are read and statuses written ten times as often."""
    monkeypatch.setattr(statuses, "WRITE_SECONDS", 0.2)
    monkeypatch.setattr(manager_reports, "EVERY_SECONDS", 0.1)


@pytest.fixture
async def cluster(client):
    yield client
    await clean(client)


async def gone(client):
    """Whether the monitors, their account and their roles are gone."""
    left = [await daemon_set(client), await client.find(SERVICE_ACCOUNTS, "tigera-dpi", "tigera-dpi")]
    left += [await client.find(each, "tigera-dpi") for each in (CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS)]
    return not any(left)


async def test_the_walk_through(cluster, tmp_path):
    async with operating(cluster, tmp_path, image="example/podlynx:1"):
        await apply(cluster, walk_through(SAMPLE))
        before = await until(lambda: daemon_set(cluster))
        container = before["spec"]["template"]["spec"]["containers"][0]
        assert (container["image"], container["resources"]["limits"]) == ("example/podlynx:1", {"cpu": "1", "memory": "1Gi"})

        await apply(cluster, walk_through(RESOURCES))
        await until(lambda: status_of(cluster, SETTINGS, "tigera-secure"))
        after = await daemon_set(cluster)
        assert after["metadata"]["generation"] == before["metadata"]["generation"], "the same values restart nothing"

        await cluster.delete(SETTINGS, "tigera-secure")
        await cluster.delete(V3, "sample-dpi-frontend", "default")
        await until(lambda: gone(cluster))


async def test_other_resources_roll_the_monitors(cluster, tmp_path):
    async with operating(cluster, tmp_path):
        await apply(cluster, walk_through(SAMPLE))
        await until(lambda: daemon_set(cluster))
        more = walk_through(RESOURCES)
        more["spec"]["componentResources"][0]["resourceRequirements"]["limits"]["memory"] = "2Gi"
        await apply(cluster, more)

        async def rolled():
            containers = (await daemon_set(cluster))["spec"]["template"]["spec"]["containers"]
            return containers[0]["resources"]["limits"]["memory"] == "2Gi"

        await until(rolled)


async def test_drift_is_repaired_and_what_others_added_stays(cluster, tmp_path):
    async with operating(cluster, tmp_path):
        await apply(cluster, inspection())
        await until(lambda: daemon_set(cluster))
        patch = {"metadata": {"annotations": {"their": "note"}}, "spec": {"template": {"spec": {"hostNetwork": False}}}}
        await cluster.merge(DAEMON_SETS, patch, "tigera-dpi", "tigera-dpi")

        async def repaired():
            found = await daemon_set(cluster)
            return found["spec"]["template"]["spec"].get("hostNetwork") and found

        assert (await until(repaired))["metadata"]["annotations"]["their"] == "note"
        await cluster.delete(CLUSTER_ROLE_BINDINGS, "tigera-dpi")
        await until(lambda: cluster.find(CLUSTER_ROLE_BINDINGS, "tigera-dpi"))


async def test_a_daemon_set_of_somebody_else_is_left_alone_and_people_are_told(cluster, tmp_path):
    labels = {"k8s-app": "theirs"}
    theirs = {
        "metadata": {"name": "tigera-dpi"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "theirs"}]}},
        },
    }
    await ensure_namespace(cluster, "tigera-dpi", **OURS)
    await cluster.create(DAEMON_SETS, theirs, "tigera-dpi")
    try:
        async with operating(cluster, tmp_path):
            await apply(cluster, walk_through(RESOURCES))
            await apply(cluster, inspection())

            async def told():
                found = condition(await status_of(cluster))
                return found.get("reason") == "NotApplied" and found

            assert "DaemonSet tigera-dpi/tigera-dpi exists without the label" in (await until(told))["message"]
            degraded = await until(lambda: _holds(cluster, SETTINGS, "tigera-secure", "Degraded"))
            assert degraded["reason"] == "NotApplied"
            found = await daemon_set(cluster)
            assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "theirs"
            notes = [each["note"] for each in await cluster.list_all(EVENTS, "default") if each["reason"] == "NotApplied"]
            assert any("delete it, or label it to hand it over" in note for note in notes)
    finally:
        await cluster.delete(DAEMON_SETS, "tigera-dpi", "tigera-dpi")


async def _holds(client, resource, name, which):
    found = condition(await status_of(client, resource, name), which)
    return found if found.get("status") == "True" else None


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
        manager.says(sensor("n1", age=9.0), sensor("n2"))
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
        await until(lambda: _holds(cluster, V3, "sample-dpi-frontend", "Ready"), 8)
        version = (await cluster.get(V3, "sample-dpi-frontend", "default"))["metadata"]["resourceVersion"]
        await asyncio.sleep(2)
        assert (await cluster.get(V3, "sample-dpi-frontend", "default"))["metadata"]["resourceVersion"] == version


async def test_the_copy_follows_within_a_second(cluster, tmp_path):
    async with operating(cluster, tmp_path):
        await apply(cluster, inspection(labels={"team": "red"}))
        copy = await until(lambda: cluster.find(V1, "sample-dpi-frontend", "default"))  # the operator is just starting
        assert copy["metadata"]["labels"]["team"] == "red"
        await apply(cluster, inspection(selector="has(a)"))

        async def changed(selector):
            found = await cluster.find(V1, "sample-dpi-frontend", "default")
            return found and found["spec"]["selector"] == selector

        await until(lambda: changed("has(a)"), AT_ONCE)
        await cluster.merge(V1, {"spec": {"selector": "has(b)"}}, "sample-dpi-frontend", "default")
        await until(lambda: changed("has(a)"), AT_ONCE)
        await cluster.delete(V3, "sample-dpi-frontend", "default")

        async def copy_gone():
            return await cluster.find(V1, "sample-dpi-frontend", "default") is None

        await until(copy_gone, AT_ONCE)


async def test_a_v1_object_of_somebodys_own_is_a_source_and_is_not_overwritten(cluster, tmp_path):
    async with operating(cluster, tmp_path):
        await apply(cluster, inspection("own", "crd.projectcalico.org/v1", selector="has(own)"))
        await until(lambda: daemon_set(cluster))
        await apply(cluster, inspection("own", selector="has(other)"))
        blocked = await until(lambda: _said(cluster, V3, "own", "Copied"))
        assert (blocked["status"], blocked["reason"]) == ("False", "NameTaken")
        concealed = await until(lambda: _reason(cluster, V1, "own", "NameTaken"))
        assert "rename or delete this one" in concealed["message"]
        assert (await cluster.get(V1, "own", "default"))["spec"]["selector"] == "has(own)"


async def _said(client, resource, name, which):
    return condition(await status_of(client, resource, name), which)


async def _reason(client, resource, name, reason):
    found = condition(await status_of(client, resource, name))
    return found if found.get("reason") == reason else None


async def test_the_api_server_asks_the_webhook(cluster, tmp_path):
    port = free_port()
    rule = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], "resources": ["deeppacketinspections"]}
    hook = {
        "name": "validate.podlynx.io",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Ignore",
        "clientConfig": {"url": f"https://localhost:{port}/validate"},
        "rules": [rule],
    }
    await cluster.create(VALIDATING_WEBHOOKS, {"metadata": {"name": "podlynx", "labels": OURS}, "webhooks": [hook]})
    try:
        async with operating(cluster, tmp_path, webhook_port=port):

            async def refused():
                try:
                    await apply(cluster, inspection("wrong", selector="app == frontend"))
                except ApiError as error:
                    return str(error)

            said = await until(refused)
            assert said.endswith(
                "denied the request: spec.selector: Behind == a value in quotes is missing.\n"
                "  app == frontend\n         ^^^^^^^^\n  Write 'value' or \"value\"."
            )
            await apply(cluster, inspection("right", selector="app == 'frontend'"))
    finally:
        await cluster.delete(VALIDATING_WEBHOOKS, "podlynx")


async def test_what_the_webhook_would_have_refused_becomes_a_condition(cluster, tmp_path):
    async with operating(cluster, tmp_path):
        await apply(cluster, inspection("wrong", selector="app == frontend"))
        found = await until(lambda: _reason(cluster, V3, "wrong", "InvalidSelector"))
        assert found["message"].startswith(
            "spec.selector: Behind == a value in quotes is missing.\n  app == frontend\n         ^^^^"
        )
        assert found["observedGeneration"] == 1
        await apply(cluster, inspection("wrong", selector="app == 'frontend'"))

        async def mended():
            return condition(await status_of(cluster, V3, "wrong"), "Valid").get("status") == "True"

        await until(mended)


async def test_kinds_that_take_effect_later_say_so(cluster, tmp_path):
    async with operating(cluster, tmp_path):
        spec = {"description": "d", "selector": "type = x", "startTime": "2026-01-01T00:00:00Z"}
        exception = {"apiVersion": "projectcalico.org/v3", "kind": "AlertException", "metadata": {"name": "later"}, "spec": spec}
        await apply(cluster, exception)
        spec = {"consumer": "Slack", "state": "Enabled", "query": "type = x", "config": []}
        webhook = {
            "apiVersion": "projectcalico.org/v3",
            "kind": "SecurityEventWebhook",
            "metadata": {"name": "later"},
            "spec": spec,
        }
        await apply(cluster, webhook)
        for resource, which in ((EXCEPTION.resource, "Ready"), (WEBHOOK.resource, "Healthy")):
            found = await until(lambda resource=resource, which=which: _said(cluster, resource, "later", which))
            assert (found["status"], found["reason"]) == ("Unknown", "LaterRelease")
            assert "takes effect in a later release" in found["message"]


async def test_credentials_are_made_once_and_mended(cluster, tmp_path):
    async with operating(cluster, tmp_path):
        await apply(cluster, inspection())
        await until(lambda: daemon_set(cluster))
        published = await until(lambda: cluster.find(CONFIG_MAPS, "podlynx-ca", "tigera-dpi"))
        authority = (await cluster.get(CONFIG_MAPS, "podlynx-ca", SYSTEM))["data"]["ca.crt"]
        assert published["data"]["ca.crt"] == authority
    async with operating(cluster, tmp_path):
        assert (await cluster.get(CONFIG_MAPS, "podlynx-ca", SYSTEM))["data"]["ca.crt"] == authority


async def test_the_api_server_may_crash(cluster, api_server, tmp_path):
    async with operating(cluster, tmp_path):
        await apply(cluster, inspection())
        await until(lambda: daemon_set(cluster))
        api_server.kill_api()
        await asyncio.sleep(1)
        await asyncio.to_thread(api_server.start_api)
        await cluster.delete(V3, "sample-dpi-frontend", "default")
        await until(lambda: gone(cluster), 40)


async def test_nothing_is_deleted_while_what_people_wrote_is_not_known(cluster, tmp_path):
    async with operating(cluster, tmp_path):
        await apply(cluster, inspection())
        uid = (await until(lambda: daemon_set(cluster)))["metadata"]["uid"]
    async with operating(cluster, tmp_path):
        await asyncio.sleep(1.5)
        assert (await daemon_set(cluster))["metadata"]["uid"] == uid


async def test_two_replicas_take_turns(cluster, tmp_path):
    async with operating(cluster, tmp_path, pod="first") as first, operating(cluster, tmp_path, pod="second") as second:
        await apply(cluster, inspection())
        await until(lambda: daemon_set(cluster))
        assert [each.groups is not None for each in (first, second)] == [True, False], "only one of them leads"
        assert [each.against_ready() for each in (first, second)] == ["", ""], "both answer the webhook"


async def test_the_rights_of_the_chart_are_enough(cluster, api_server, tmp_path, monkeypatch):
    """The operator as its ServiceAccount, with the rules of the rendered manifests, and nothing else."""
    await grant_as_the_chart_does(cluster)
    account = SERVICE_ACCOUNTS.path(SYSTEM, "podlynx-operator", "token")
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = msgspec.json.decode(await cluster.raw("POST", account, body=asked))["status"]["token"]
    path = tmp_path / "kubeconfig"
    path.write_bytes(msgspec.yaml.encode(kubeconfig(api_server, token)))
    monkeypatch.setenv("KUBECONFIG", str(path))
    async with Client.connect() as limited, operating(limited, tmp_path):
        await apply(cluster, walk_through(SAMPLE))
        await apply(cluster, walk_through(RESOURCES))
        await until(lambda: daemon_set(cluster))
        await until(lambda: cluster.find(V1, "sample-dpi-frontend", "default"))
        await until(lambda: status_of(cluster, V1))
        owner = (await cluster.get(CLUSTER_ROLES, "tigera-dpi"))["metadata"]["ownerReferences"][0]
        assert owner["name"] == "podlynx-operator"
        state = await until(lambda: status_of(cluster, SETTINGS, "tigera-secure"))
        assert state["state"] == "Progressing", condition(state, "Degraded")
        await cluster.delete(V3, "sample-dpi-frontend", "default")
        await until(lambda: gone(cluster))


async def test_probes(cluster, tmp_path):
    unique = uuid4().hex
    async with operating(cluster, tmp_path, pod=unique) as operator:
        assert operator.against_ready() == ""
        async with httpx2.AsyncClient(trust_env=False) as http:
            assert (await http.get(f"http://127.0.0.1:{operator.ports[1]}/readyz")).text == "ok\n"
            assert (await http.get(f"http://127.0.0.1:{operator.ports[1]}/livez")).status_code == 200
            assert (await http.get(f"http://127.0.0.1:{operator.ports[1]}/")).status_code == 404
