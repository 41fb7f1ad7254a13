"""Beside Calico: each row of the table, with foreign CRDs, a foreign controller, a stand-in APIService; on a real API server."""

import asyncio
import contextlib

import pytest
from tests.kubernetes.api_server import running
from tests.kubernetes.waiting import until
from tests.operator.running import (
    SYSTEM,
    V3,
    apply,
    because,
    clean,
    condition,
    daemon_set,
    ensure_namespace,
    gone,
    inspection,
    operating,
    status_of,
    walk_through,
)

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import BESIDE_INSPECTION, DETECTION, V1_INSPECTION, definition
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.kinds import API_SERVICES, DEFINITIONS, DEPLOYMENTS, EVENTS
from podlynx.operator import operator as process
from podlynx.operator.diagnosis import Doctor

pytestmark = pytest.mark.anyio
CONTROLLER, THEIR_NAMESPACE = "intrusion-detection-controller", "tigera-intrusion-detection"
V3_INSPECTIONS, V1_INSPECTIONS = "deeppacketinspections.projectcalico.org", "deeppacketinspections.crd.projectcalico.org"


@pytest.fixture(scope="module")
def lone_server(tmp_path_factory):
    """CRDs and APIServices change what a whole API server serves: these tests have one of their own."""
    with running(tmp_path_factory.mktemp("beside-calico")) as server:
        yield server


@pytest.fixture
async def cluster(anyio_backend, lone_server, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(lone_server.kubeconfig))
    async with Client.connect() as client:
        yield client
        await clean(client)
        await client.delete(API_SERVICES, "v3.projectcalico.org")
        await client.delete(DEPLOYMENTS, CONTROLLER, THEIR_NAMESPACE)
        await undefine_all(client)


async def undefine_all(client):
    """Deletes every CRD. None has objects any more: where the API server's own clean-up is stuck (it tries again at ever longer
    intervals, minutes in the end), its finalizer has nothing left to wait for."""
    for each in await client.list_all(DEFINITIONS):
        await client.delete(DEFINITIONS, each["metadata"]["name"])
    try:
        await until(lambda: _nothing_defined(client), 5)
    except TimeoutError:
        for each in await client.list_all(DEFINITIONS):
            await client.merge(DEFINITIONS, {"metadata": {"finalizers": None}}, each["metadata"]["name"])
        await until(lambda: _nothing_defined(client), 10)


async def _nothing_defined(client):
    return not await client.list_all(DEFINITIONS)


async def defined(client):
    return {each["metadata"]["name"] for each in await client.list_all(DEFINITIONS)}


async def calicos_crd(client, group, version, plural="felixconfigurations"):
    """A CRD as Calico brings it."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    spec = {
        "group": group,
        "names": {"plural": plural, "kind": plural[:-1].title()},
        "scope": "Namespaced" if plural == "deeppacketinspections" else "Cluster",
        "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
    }
    return await client.create(DEFINITIONS, {"metadata": {"name": f"{plural}.{group}"}, "spec": spec})


async def calicos_api_server(client):
    spec = {
        "group": "projectcalico.org",
        "version": "v3",
        "groupPriorityMinimum": 1500,
        "versionPriority": 200,
        "insecureSkipTLSVerify": True,
        "service": {"name": "calico-api", "namespace": "default", "port": 443},
    }
    await client.create(API_SERVICES, {"metadata": {"name": "v3.projectcalico.org"}, "spec": spec})


async def calicos_controller(client):
    await ensure_namespace(client, THEIR_NAMESPACE)
    labels = {"k8s-app": CONTROLLER}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "theirs"}]}}
    spec = {"selector": {"matchLabels": labels}, "template": pod}
    await client.create(DEPLOYMENTS, {"metadata": {"name": CONTROLLER}, "spec": spec}, THEIR_NAMESPACE)


async def choice(client):
    await apply(client, walk_through("resource-dpi.yaml"))

    async def shown():
        return condition(await status_of(client, DETECTION.resource, "tigera-secure"), "CalicoGroups")

    return await until(shown)


async def test_no_calico_both_groups_are_ours(cluster, tmp_path):
    async with operating(cluster, tmp_path):
        assert {V3_INSPECTIONS, V1_INSPECTIONS, "intrusiondetections.operator.tigera.io"} < await defined(cluster)
        assert (await choice(cluster))["reason"] == "both"


async def test_an_aggregated_api_server_leaves_us_v1(cluster, tmp_path):
    await calicos_crd(cluster, "crd.projectcalico.org", "v1")
    await calicos_api_server(cluster)
    async with operating(cluster, tmp_path):
        found = await choice(cluster)
        assert found["reason"] == "v1"
        assert "write DeepPacketInspections with apiVersion crd.projectcalico.org/v1" in found["message"]
        assert V3_INSPECTIONS not in await defined(cluster)
        await apply(cluster, inspection(group="crd.projectcalico.org/v1"))
        made = await until(lambda: daemon_set(cluster))
        environment = {each["name"]: each.get("value") for each in made["spec"]["template"]["spec"]["containers"][0]["env"]}
        assert environment["PODLYNX_GROUPS"] == "crd.projectcalico.org/v1"


async def test_native_v3_leaves_the_other_group_uncreated(cluster, tmp_path):
    theirs = await calicos_crd(cluster, "projectcalico.org", "v3")
    async with operating(cluster, tmp_path):
        found = await choice(cluster)
        assert found["reason"] == "v3"
        assert "kubectl get deeppacketinspections.projectcalico.org" in found["message"]
        assert not [name for name in await defined(cluster) if name.endswith(".crd.projectcalico.org")]
        await apply(cluster, inspection())
        await until(lambda: daemon_set(cluster))
        untouched = await cluster.get(DEFINITIONS, theirs["metadata"]["name"])
        assert untouched["spec"] == theirs["spec"]


async def test_calicos_own_controller_means_no(cluster, tmp_path):
    await calicos_controller(cluster)
    async with operating(cluster, tmp_path):
        told = await until(lambda: _told(cluster, "CalicoFound"))
        assert "set calicoGroups to sideBySide" in told["note"]
        assert await defined(cluster) == set()
        assert await daemon_set(cluster) is None


async def test_side_by_side_with_calicos_own(cluster, tmp_path):
    await calicos_controller(cluster)
    async with operating(cluster, tmp_path, calico_groups="sideBySide"):
        kinds = ("alertexceptions", "deeppacketinspections", "intrusiondetections", "securityeventwebhooks")
        assert await defined(cluster) == {f"{kind}.podlynx.io" for kind in kinds}
        await apply(cluster, inspection(group="podlynx.io/v1"))
        assert await until(lambda: daemon_set(cluster, "podlynx-dpi"))
        assert await daemon_set(cluster) is None
        assert await until(lambda: status_of(cluster, BESIDE_INSPECTION.resource))


async def _told(client, reason):
    with contextlib.suppress(ApiError):
        return next((each for each in await client.list_all(EVENTS, SYSTEM) if each["reason"] == reason), None)


async def test_a_crd_without_our_label_is_never_touched(cluster, tmp_path):
    theirs = await calicos_crd(cluster, "crd.projectcalico.org", "v1", "deeppacketinspections")
    async with operating(cluster, tmp_path, calico_groups="v1"):
        await apply(cluster, walk_through("resource-dpi.yaml"))

        async def degraded():
            found = condition(await status_of(cluster, DETECTION.resource, "tigera-secure"), "Degraded")
            return found.get("status") == "True" and found

        assert V1_INSPECTIONS in (await until(degraded))["message"]
        untouched = await cluster.get(DEFINITIONS, V1_INSPECTIONS)
        assert untouched["spec"] == theirs["spec"]
        assert "labels" not in untouched["metadata"]


async def test_calico_that_comes_later_is_noticed(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(process, "GROUPS_SECONDS", 0.3)
    async with operating(cluster, tmp_path) as operator:
        await until(lambda: operator.groups and operator.groups.mode == "both")
        await apply(cluster, inspection())
        await until(lambda: status_of(cluster))
        await calicos_controller(cluster)
        await until(lambda: operator.groups.mode == "refused", 10)
        await until(lambda: because(cluster, V3, "sample-dpi-frontend", "NotServed"))
        await until(lambda: gone(cluster))


async def test_a_crd_of_an_earlier_version_is_upgraded(cluster, tmp_path):
    earlier = definition(V1_INSPECTION)
    earlier["spec"]["versions"][0]["additionalPrinterColumns"] = []
    await cluster.apply(DEFINITIONS, earlier, manager="podlynx-operator")
    async with operating(cluster, tmp_path):

        async def upgraded():
            found = await cluster.get(DEFINITIONS, V1_INSPECTIONS)
            return found["spec"]["versions"][0].get("additionalPrinterColumns")

        assert (await until(upgraded))[0]["name"] == "Age"


async def test_the_doctor_shows_the_choice_and_what_is_missing(cluster):
    await calicos_controller(cluster)
    found = {each.about: each for each in await Doctor(cluster, SYSTEM).examine()}
    assert found["API groups"].verdict == "fault"
    assert "sideBySide" in found["API groups"].mend
    assert (found["the operator"].verdict, found["the manager"].verdict) == ("fault", "fault")


async def test_the_doctor_finds_nothing_wrong_with_what_works(cluster, tmp_path):
    async with operating(cluster, tmp_path):
        await apply(cluster, walk_through("resource-dpi.yaml"))
        await asyncio.sleep(0.5)
        found = {each.about: each.verdict for each in await Doctor(cluster, SYSTEM).examine()}
        assert found["API groups"] == found["the monitors"] == found["DeepPacketInspections"] == "ok"
        assert not [about for about in found if about.startswith("CRD")]
        await apply(cluster, inspection())
        found = {each.about: (each.verdict, each.message) for each in await Doctor(cluster, SYSTEM).examine()}
        assert found["DeepPacketInspections"] == ("warning", "0 of 1 are monitored on every node")
