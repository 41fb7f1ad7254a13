"""What is left after uninstalling: definitions, and what people made. On a real API server, with the rights of the Job."""

import contextlib

import msgspec
import pytest
import yaml
from tests.kubernetes.api_server import kubeconfig
from tests.kubernetes.waiting import until
from tests.operator.running import (
    MANIFESTS,
    SETTINGS,
    SYSTEM,
    V1,
    V3,
    StandInManager,
    apply,
    because,
    condition,
    daemon_set,
    gone,
    holds,
    inspection,
    monitor_pods,
    operating,
    sensor,
    status_of,
    walk_through,
)

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import OURS
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.kinds import (
    CONFIG_MAPS,
    LEASES,
    NAMESPACES,
    RESOURCE_QUOTAS,
    SECRETS,
    SERVICE_ACCOUNTS,
    VALIDATING_WEBHOOKS,
    Resource,
)
from podlynx.operator import farewell as farewells
from podlynx.operator.farewell import OperatorRuns, farewell
from podlynx.operator.settings import Settings

pytestmark = pytest.mark.anyio
NAME = "sample-dpi-frontend"
WEBHOOKS = "tigera-intrusion-detection"
SAYS = Settings(namespace=SYSTEM, webhooks_namespace=WEBHOOKS)
SECRET_NAMES = ("podlynx-ca", "podlynx-manager-tls", "podlynx-webhook-tls", "podlynx-session")


@pytest.fixture(autouse=True)
def without_controllers(monkeypatch):
    """Here nobody ends namespaces, so waiting for them is in vain."""
    monkeypatch.setattr(farewells, "GONE_SECONDS", 0.5)


@pytest.fixture
async def left(cluster, tmp_path, impatient):
    """What an operator leaves that monitored, and that nobody tells goodbye."""
    manager = StandInManager()
    manager.says(sensor("n1"))
    async with operating(cluster, tmp_path, manager, owner=""):
        await apply(cluster, inspection())
        await apply(cluster, walk_through("resource-dpi.yaml"))
        await until(lambda: daemon_set(cluster))
        await monitor_pods(cluster, "n1")
        await until(lambda: holds(cluster, V1, NAME, "Ready"), 20)
        await until(lambda: status_of(cluster, SETTINGS, "tigera-secure"))
    assert (await status_of(cluster))["nodes"][0]["active"]["success"] is True
    return cluster


@pytest.fixture
async def limited(cluster, api_server, tmp_path, monkeypatch):
    """A client with the rights of the Job, beside what the chart keeps."""
    with contextlib.suppress(ApiError):
        await cluster.create(NAMESPACES, {"metadata": {"name": WEBHOOKS, "labels": OURS}})
    for manifest in yaml.safe_load_all((MANIFESTS.parent / "farewell.yaml").read_text()):
        if manifest["kind"] == "Job":
            continue
        group, _, version = manifest["apiVersion"].rpartition("/")
        named = bool(manifest["metadata"].get("namespace"))
        await cluster.apply(
            Resource(group, version, f"{manifest['kind'].lower()}s", manifest["kind"], namespaced=named), manifest, manager="helm"
        )
    account = SERVICE_ACCOUNTS.path(SYSTEM, "podlynx-farewell", "token")
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = msgspec.json.decode(await cluster.raw("POST", account, body=asked))["status"]["token"]
    path = tmp_path / "kubeconfig-of-the-job"
    path.write_bytes(msgspec.yaml.encode(kubeconfig(api_server, token)))
    monkeypatch.setenv("KUBECONFIG", str(path))
    async with Client.connect() as client:
        yield client


async def test_nothing_of_ours_is_left_and_peoples_objects_say_so(left, limited):
    before = (await left.get(V3, NAME, "default"))["spec"]
    faults = await farewell(limited, SAYS)
    assert [each for each in faults if "Namespace" not in each] == []
    assert await gone(left)
    assert (await left.get(NAMESPACES, "tigera-dpi"))["metadata"]["deletionTimestamp"]
    assert await left.find(V1, NAME, "default") is None, "the copy"
    for name in SECRET_NAMES:
        assert await left.find(SECRETS, name, SYSTEM) is None
    assert await left.find(CONFIG_MAPS, "podlynx-ca", SYSTEM) is None
    assert await left.find(LEASES, "podlynx-operator", SYSTEM) is None
    assert (await left.get(V3, NAME, "default"))["spec"] == before
    status = await status_of(left)
    (node,) = status["nodes"]
    assert (node["node"], node["active"]["success"]) == ("n1", False)
    assert node["errorConditions"][0]["message"] == "Podlynx was uninstalled: nothing is monitored any more."
    assert (condition(status)["status"], condition(status)["reason"]) == ("False", "Removed")
    detection = await status_of(left, SETTINGS, "tigera-secure")
    assert (detection["state"], condition(detection)["reason"]) == ("Removed", "Removed")
    version = (await left.get(V3, NAME, "default"))["metadata"]["resourceVersion"]
    await farewell(limited, SAYS)
    assert (await left.get(V3, NAME, "default"))["metadata"]["resourceVersion"] == version, "once more changes nothing"


async def test_what_does_not_carry_our_label_is_left_alone(left, limited):
    own = await apply(left, inspection("own", "crd.projectcalico.org/v1", selector="has(own)"))
    unlabelled = {"metadata": {"labels": dict.fromkeys(OURS)}}
    await left.merge(CONFIG_MAPS, unlabelled, "podlynx-ca", "tigera-dpi")
    await left.merge(V1, unlabelled, NAME, "default")
    await left.create(VALIDATING_WEBHOOKS, {"metadata": {"name": "podlynx"}, "webhooks": []})
    try:
        await farewell(limited, SAYS)
        assert await left.find(VALIDATING_WEBHOOKS, "podlynx")
        assert (await left.get(V1, "own", "default"))["metadata"]["resourceVersion"] == own["metadata"]["resourceVersion"]
        assert await left.find(V1, NAME, "default"), "no longer a copy of ours"
        kept = await left.find(CONFIG_MAPS, "podlynx-ca", "tigera-dpi")
        assert kept is not None
        assert not kept["metadata"].get("deletionTimestamp")
    finally:
        await left.delete(VALIDATING_WEBHOOKS, "podlynx")
        await left.delete(CONFIG_MAPS, "podlynx-ca", "tigera-dpi")


@pytest.mark.parametrize(
    ("counted", "goes"),
    [
        ({"count/secrets": "0", "count/configmaps": "1", "count/serviceaccounts": "1"}, True),
        ({"count/secrets": "1", "count/configmaps": "1", "count/serviceaccounts": "1"}, False),
        ({"count/secrets": "0", "count/configmaps": "2k", "count/serviceaccounts": "1"}, False),
        ({"count/configmaps": "1", "count/serviceaccounts": "1"}, False),
        ({}, False),
    ],
    ids=["empty", "a Secret", "ConfigMaps", "not counted yet", "not counted"],
)
async def test_the_namespace_of_webhooks_goes_unless_people_put_something_into_it(left, limited, counted, goes):
    await left.create(LEASES, {"metadata": {"name": "podlynx-webhooks", "namespace": SYSTEM, "labels": OURS}}, SYSTEM)
    hard = dict.fromkeys(("count/secrets", "count/configmaps", "count/serviceaccounts"), "10k")
    quota = {"metadata": {"name": "podlynx-webhooks", "labels": OURS}, "spec": {"hard": hard}}
    await left.create(RESOURCE_QUOTAS, quota, WEBHOOKS)
    status = {"status": {"hard": hard, "used": counted}}
    await left.merge(RESOURCE_QUOTAS, status, "podlynx-webhooks", WEBHOOKS, subresource="status")
    faults = await farewell(limited, SAYS)
    assert [each for each in faults if WEBHOOKS in each and "still being deleted" not in each] == []
    assert await left.find(LEASES, "podlynx-webhooks", SYSTEM) is None
    assert await left.find(RESOURCE_QUOTAS, "podlynx-webhooks", WEBHOOKS) is None
    assert bool((await left.get(NAMESPACES, WEBHOOKS))["metadata"].get("deletionTimestamp")) == goes


async def test_a_webhook_configuration_of_ours_goes(left, limited):
    await left.create(VALIDATING_WEBHOOKS, {"metadata": {"name": "podlynx", "labels": OURS}, "webhooks": []})
    await farewell(limited, SAYS)
    assert await left.find(VALIDATING_WEBHOOKS, "podlynx") is None


async def test_while_an_operator_leads_nothing_is_touched(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(farewells, "DURATION", 2.5)  # a leader renews every two seconds
    async with operating(cluster, tmp_path):
        await apply(cluster, inspection())
        await until(lambda: daemon_set(cluster))
        with pytest.raises(OperatorRuns, match="holds the Lease podlynx-system/podlynx-operator"):
            await farewell(cluster, SAYS)
        assert await daemon_set(cluster)
        assert not await because(cluster, V3, NAME, "Removed")


async def test_a_lease_that_nobody_renews_keeps_nothing_back(left, limited, monkeypatch):
    monkeypatch.setattr(farewells, "DURATION", 1.0)
    lease = await left.get(LEASES, "podlynx-operator", SYSTEM)
    lease["spec"] |= {"holderIdentity": "killed", "leaseDurationSeconds": 15}
    await left.replace(LEASES, lease, "podlynx-operator", SYSTEM)
    await farewell(limited, SAYS)
    assert await gone(left)


async def test_what_is_refused_is_named_and_the_rest_is_done(left, monkeypatch):
    asked = left.delete

    async def refused(resource, name, *rest, **more):
        if name == "podlynx-ca":
            raise ApiError(403, "Forbidden", "not for you")
        return await asked(resource, name, *rest, **more)

    monkeypatch.setattr(left, "delete", refused)
    faults = await farewell(left, SAYS)
    assert "Secret podlynx-system/podlynx-ca could not be deleted: not for you" in faults
    assert await daemon_set(left) is None
    assert await because(left, V3, NAME, "Removed")
