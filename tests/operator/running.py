"""An operator in this process, a manager to report to it, and words for what a person types, all against a real API server."""

import asyncio
import contextlib
from base64 import b64decode
from pathlib import Path

import msgspec
import yaml
from tests.kubernetes.waiting import until

from podlynx.kubernetes.crds import DETECTION, KINDS, V1_INSPECTION, V3_INSPECTION
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.kinds import (
    CLUSTER_ROLE_BINDINGS,
    CLUSTER_ROLES,
    DAEMON_SETS,
    NAMESPACES,
    PODS,
    SECRETS,
    SERVICE_ACCOUNTS,
    Resource,
)
from podlynx.models.sensor_report import CaptureReport, ResourceReport, RulesReport, SensorReport, SensorState, SensorStates
from podlynx.models.webhook_report import WebhookStates
from podlynx.operator.certificates import Pair
from podlynx.operator.listening import TlsContext, serving
from podlynx.operator.operator import Operator
from podlynx.operator.settings import Settings

SYSTEM = "podlynx-system"
WALK_THROUGH = Path(__file__).resolve().parents[2] / "demo" / "60-deep-packet-inspection"
MANIFESTS = Path(__file__).resolve().parents[2] / "deploy" / "manifests" / "podlynx.yaml"
RIGHTS = ("ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
V3, V1, SETTINGS = V3_INSPECTION.resource, V1_INSPECTION.resource, DETECTION.resource


class StandInManager:
    """Says of the sensors what a test says."""

    def __init__(self):
        self.states = SensorStates(uptime_seconds=100, rules_version="abc", rules_source="community")
        self.webhooks = WebhookStates()
        self.port = 0

    def says(self, *sensors):
        self.states = msgspec.structs.replace(self.states, sensors=list(sensors))

    async def __call__(self, scope, receive, send):
        authorised = dict(scope["headers"]).get(b"authorization") == b"Bearer of-the-operator"
        asked = self.webhooks if scope["path"].endswith("/webhooks") else self.states
        body = msgspec.json.encode(asked) if authorised else b"who are you?"
        await send({"type": "http.response.start", "status": 200 if authorised else 401, "headers": []})
        await send({"type": "http.response.body", "body": body})


def sensor(node, name="sample-dpi-frontend", *, success=True, age=1.0, alive=True, errors=(), generation=0, boot="b", gap=0):
    found = ResourceReport(namespace="default", name=name, generation=generation, success=success, errors=list(errors))
    rules, capture = RulesReport(version="abc", loaded=4017), CaptureReport(alive=alive, counters={"gap_ms": gap})
    report = SensorReport(node=node, boot=boot, version="1", time=0, resources=[found], rules=rules, capture=capture)
    return SensorState(report=report, age_seconds=age)


@contextlib.asynccontextmanager
async def operating(client, tmp_path, manager=None, webhook_port=0, **settings):
    """An operator that leads. Its manager, where there is one, greets with the certificate that the operator made."""
    await ensure_namespace(client, SYSTEM)
    token = tmp_path / "token"
    token.write_text("of-the-operator")
    async with contextlib.AsyncExitStack() as stack:
        tls = TlsContext()
        port = await stack.enter_async_context(serving(manager, 0, tls.context, host="127.0.0.1")) if manager else 1
        said = Settings(namespace=SYSTEM, manager=f"https://127.0.0.1:{port}", token=str(token), **settings)
        operator = Operator(client, said, webhook_port=webhook_port, health_port=0)
        running = asyncio.create_task(operator.run())
        try:
            await until(lambda: running.done() or not operator.against_ready(), 20)
            assert not running.done(), running.exception()
            if manager:
                tls.load(await certificate(client))
            yield operator
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def certificate(client) -> Pair:
    data = (await client.get(SECRETS, "podlynx-manager-tls", SYSTEM))["data"]
    return Pair(b64decode(data["tls.crt"]), b64decode(data["tls.key"]))


async def ensure_namespace(client, name, **labels):
    with contextlib.suppress(ApiError):
        await client.create(NAMESPACES, {"metadata": {"name": name, "labels": labels}})


async def grant_as_the_chart_does(client):
    """The operator's account and rights, from the rendered manifests."""
    await ensure_namespace(client, SYSTEM)
    manifests = [each for each in yaml.safe_load_all(MANIFESTS.read_text()) if each]
    for manifest in manifests:
        if manifest["kind"] in RIGHTS and "operator" in manifest["metadata"]["name"]:
            group, _, version = manifest["apiVersion"].rpartition("/")
            namespace = manifest["metadata"].get("namespace")
            resource = Resource(group, version, manifest["kind"].lower() + "s", manifest["kind"], namespaced=bool(namespace))
            await client.apply(resource, manifest, manager="helm")


async def apply(client, manifest, namespace="default"):
    """As `kubectl apply` does, or near enough."""
    kind = next(k for k in KINDS if k.resource.api_version == manifest["apiVersion"] and k.name == manifest["kind"])
    if kind.namespaced:
        manifest = {**manifest, "metadata": {"namespace": namespace, **manifest["metadata"]}}
    return await client.apply(kind.resource, manifest, manager="kubectl")


def walk_through(name):
    return msgspec.yaml.decode((WALK_THROUGH / name).read_bytes())


def inspection(name="sample-dpi-frontend", group="projectcalico.org/v3", selector="all()", **metadata):
    return {
        "apiVersion": group,
        "kind": "DeepPacketInspection",
        "metadata": {"name": name, **metadata},
        "spec": {"selector": selector},
    }


async def monitor_pods(client, *nodes, name="tigera-dpi"):
    """Pods as the DaemonSet controller would make them."""
    for node in nodes:
        metadata = {"name": f"{name}-{node}", "labels": {"k8s-app": name}}
        spec = {"nodeName": node, "containers": [{"name": "c", "image": "x"}]}
        await client.create(PODS, {"metadata": metadata, "spec": spec}, name)


async def daemon_set(client, name="tigera-dpi"):
    return await client.find(DAEMON_SETS, name, name)


async def gone(client, name="tigera-dpi"):
    """Whether the monitors, their account and their roles are gone."""
    left = [await daemon_set(client, name), await client.find(SERVICE_ACCOUNTS, name, name)]
    left += [await client.find(each, name) for each in (CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS)]
    return not any(left)


async def status_of(client, resource=V3, name="sample-dpi-frontend", namespace="default"):
    found = await client.find(resource, name, namespace if resource.namespaced else None)
    return (found or {}).get("status") or {}


def condition(status, name="Ready"):
    found = status if isinstance(status, list) else status.get("conditions") or []
    return next((each for each in found if each["type"] == name), {})


async def said(client, resource, name, which="Ready"):
    """A condition of an object as it stands; empty where there is none."""
    return condition(await status_of(client, resource, name), which)


async def holds(client, resource, name, which):
    """The condition, if it holds."""
    found = await said(client, resource, name, which)
    return found if found.get("status") == "True" else None


async def because(client, resource, name, reason):
    """The condition Ready, if it has that reason."""
    found = await said(client, resource, name)
    return found if found.get("reason") == reason else None


async def clean(client):
    """Everything that a test of the operator leaves behind."""
    for kind in KINDS:
        with contextlib.suppress(ApiError):
            for each in await client.list_all(kind.resource):
                await client.delete(kind.resource, each["metadata"]["name"], each["metadata"].get("namespace"))
    for name in ("tigera-dpi", "podlynx-dpi"):
        for resource in (DAEMON_SETS, SERVICE_ACCOUNTS, CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS):
            await client.delete(resource, name, name if resource.namespaced else None)
        for pod in await client.list_all(PODS, name):
            path = PODS.path(name, pod["metadata"]["name"])
            await client.raw("DELETE", path, body={"gracePeriodSeconds": 0})
        await _end_namespace(client, name)
    await _end_namespace(client, "tigera-intrusion-detection")


async def _end_namespace(client, name):
    """As the namespace controller would: one that was deleted, and is empty, goes."""
    found = await client.find(NAMESPACES, name)
    if found and found["metadata"].get("deletionTimestamp"):
        found["spec"]["finalizers"] = []
        await client.raw("PUT", f"{NAMESPACES.path(name=name)}/finalize", body=found)
