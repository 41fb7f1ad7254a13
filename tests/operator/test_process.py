"""The operator as a process: replicas, probes, rights, certificates, an API server that goes away."""

import asyncio
from uuid import uuid4

import httpx2
import msgspec
import pytest
from tests.kubernetes.api_server import kubeconfig
from tests.kubernetes.waiting import until
from tests.operator.running import (
    SETTINGS,
    SYSTEM,
    V1,
    V3,
    apply,
    condition,
    daemon_set,
    gone,
    grant_as_the_chart_does,
    inspection,
    operating,
    status_of,
    walk_through,
)
from tests.ports import free_port

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import OURS
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.kinds import (
    CLUSTER_ROLES,
    CONFIG_MAPS,
    SERVICE_ACCOUNTS,
    VALIDATING_WEBHOOKS,
)

pytestmark = pytest.mark.anyio
SAMPLE, RESOURCES = "sample-dpi-frontend.yaml", "resource-dpi.yaml"


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
