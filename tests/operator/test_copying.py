"""The v1 copies of v3 objects while the operator runs against a real API server."""

import pytest
from tests.kubernetes.waiting import until
from tests.operator.running import (
    V1,
    V3,
    apply,
    because,
    daemon_set,
    inspection,
    operating,
    said,
)

pytestmark = pytest.mark.anyio
AT_ONCE = 2.0
"""Seconds: a second, and one more for a machine that is busy with other tests."""


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
        blocked = await until(lambda: said(cluster, V3, "own", "Copied"))
        assert (blocked["status"], blocked["reason"]) == ("False", "NameTaken")
        concealed = await until(lambda: because(cluster, V1, "own", "NameTaken"))
        assert "rename or delete this one" in concealed["message"]
        assert (await cluster.get(V1, "own", "default"))["spec"]["selector"] == "has(own)"
