"""The operator against a real API server: what a person types, and what is in the cluster then."""

import asyncio

import pytest
from tests.kubernetes.waiting import until
from tests.operator.running import (
    SETTINGS,
    V3,
    apply,
    condition,
    daemon_set,
    ensure_namespace,
    gone,
    holds,
    inspection,
    operating,
    status_of,
    walk_through,
)

from podlynx.kubernetes.crds import OURS
from podlynx.kubernetes.kinds import (
    CLUSTER_ROLE_BINDINGS,
    DAEMON_SETS,
    EVENTS,
)

pytestmark = pytest.mark.anyio
SAMPLE, RESOURCES = "sample-dpi-frontend.yaml", "resource-dpi.yaml"


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
            degraded = await until(lambda: holds(cluster, SETTINGS, "tigera-secure", "Degraded"))
            assert degraded["reason"] == "NotApplied"
            found = await daemon_set(cluster)
            assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "theirs"
            notes = [each["note"] for each in await cluster.list_all(EVENTS, "default") if each["reason"] == "NotApplied"]
            assert any("delete it, or label it to hand it over" in note for note in notes)
    finally:
        await cluster.delete(DAEMON_SETS, "tigera-dpi", "tigera-dpi")


async def test_nothing_is_deleted_while_what_people_wrote_is_not_known(cluster, tmp_path):
    async with operating(cluster, tmp_path):
        await apply(cluster, inspection())
        uid = (await until(lambda: daemon_set(cluster)))["metadata"]["uid"]
    async with operating(cluster, tmp_path):
        await asyncio.sleep(1.5)
        assert (await daemon_set(cluster))["metadata"]["uid"] == uid
