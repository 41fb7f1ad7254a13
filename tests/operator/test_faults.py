"""One thing that is refused or cannot be read keeps nothing else back, and is told."""

from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs
from tests.operator.running import SYSTEM, daemon_set, ensure_namespace, inspection

from podlynx.kubernetes.calico import Found
from podlynx.kubernetes.crds import V3_INSPECTION
from podlynx.kubernetes.errors import ApiError, Unreachable
from podlynx.kubernetes.kinds import CLUSTER_ROLES, DEFINITIONS
from podlynx.operator import definitions
from podlynx.operator import operator as process
from podlynx.operator.groups import decide
from podlynx.operator.reconciler import Reconciler
from podlynx.operator.settings import Settings

pytestmark = pytest.mark.anyio
ROLE, LARGER = "an-owner", {"componentResources": [{"componentName": "DeepPacketInspection", "resourceRequirements": {}}]}


def reconciler(client, spec=None, owner=""):
    """An operator that has just started, in a cluster with one DeepPacketInspection and perhaps an IntrusionDetection."""
    detections = [] if spec is None else [{"metadata": {"name": "tigera-secure"}, "spec": spec}]
    view = SimpleNamespace(groups=decide("auto", Found()), inspections=[inspection()], detections=detections)
    made = Reconciler(client, Settings(namespace=SYSTEM, owner=owner), view)
    made.authorities = b"certificates"
    return made


async def resources(client):
    return (await daemon_set(client))["spec"]["template"]["spec"]["containers"][0]["resources"]


async def test_settings_that_cannot_be_read_after_a_restart_roll_nothing(cluster):
    await reconciler(cluster, LARGER).reconcile()
    before = await resources(cluster)
    restarted = reconciler(cluster, {"componentResources": 5})
    await restarted.reconcile()
    assert restarted.problem.reason == "Invalid"
    assert await resources(cluster) == before
    await reconciler(cluster).reconcile()
    assert await resources(cluster) != before, "no IntrusionDetection at all is the defaults"


async def test_settings_that_cannot_be_read_keep_the_first_monitors_from_nobody(cluster):
    await reconciler(cluster, {"componentResources": 5}).reconcile()
    assert await daemon_set(cluster)


async def test_a_crd_that_is_refused_keeps_the_others_from_nobody(cluster, monkeypatch):
    async def refusing(client, manifest, apply=definitions.apply):
        if manifest["metadata"]["name"] == V3_INSPECTION.resource.definition:
            raise ApiError(403, "Forbidden", "a policy says no")
        return await apply(client, manifest)

    monkeypatch.setattr(definitions, "apply", refusing)
    made = reconciler(cluster)
    await made.reconcile()
    name = "CustomResourceDefinition deeppacketinspections.projectcalico.org"
    assert made.faults == [f"{name} could not be written: a policy says no"]
    assert await cluster.find(DEFINITIONS, "deeppacketinspections.crd.projectcalico.org")
    assert await daemon_set(cluster)


async def test_an_api_server_that_is_away_is_no_fault_of_ours(cluster, monkeypatch):
    async def away(*_):
        raise Unreachable("connection refused")

    monkeypatch.setattr(process, "hand_over", away)
    with capture_logs() as logs:
        await process.Operator(cluster, Settings(namespace=SYSTEM))._lead()
    assert [(each["event"], each.get("why")) for each in logs[1:]] == [("interrupted", "connection refused")]


async def test_an_owner_that_may_not_be_read_is_told_and_stays_the_owner(cluster, monkeypatch):
    await ensure_namespace(cluster, SYSTEM)
    await cluster.create(CLUSTER_ROLES, {"metadata": {"name": ROLE}, "rules": []})
    try:
        made = reconciler(cluster, owner=ROLE)
        await made.reconcile()

        async def refusing(resource, name, namespace=None, find=cluster.find):
            if name == ROLE:
                raise ApiError(403, "Forbidden", "no right")
            return await find(resource, name, namespace)

        monkeypatch.setattr(cluster, "find", refusing)
        await made.reconcile()
        assert made.faults == [f"ClusterRole {ROLE}, the owner of what is made, could not be read: no right"]
        owners = (await cluster.get(CLUSTER_ROLES, "tigera-dpi"))["metadata"]["ownerReferences"]
        assert [each["name"] for each in owners] == [ROLE]
    finally:
        await cluster.delete(CLUSTER_ROLES, ROLE)
