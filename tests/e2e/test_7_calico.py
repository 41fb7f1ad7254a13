"""One-way copies between the groups."""

from tests.e2e.conftest import SAMPLE
from tests.e2e.manager import Manager
from tests.e2e.shop import Shop
from tests.e2e.typed import kubectl, objects, until

V1 = "deeppacketinspections.crd.projectcalico.org"
V3 = "deeppacketinspections.projectcalico.org"
OLD = """
apiVersion: crd.projectcalico.org/v1
kind: DeepPacketInspection
metadata: {name: old}
spec: {selector: app == 'frontend'}
"""


def test_the_copy_follows_within_a_second_and_goes_with_its_source(monitored: Shop, manager: Manager):
    (copy,) = until(lambda: objects(f"{V1} sample-dpi-frontend"), 1)
    (owner,) = copy["metadata"]["ownerReferences"]
    assert (owner["apiVersion"], owner["kind"], owner["name"]) == (
        "projectcalico.org/v3",
        "DeepPacketInspection",
        "sample-dpi-frontend",
    )
    assert "finalizers" not in copy["metadata"]
    assert "kubectl.kubernetes.io/last-applied-configuration" not in copy["metadata"].get("annotations", {})
    kubectl(f"annotate {V3} sample-dpi-frontend argocd.argoproj.io/tracking-id=x")
    kubectl(f"annotate {V3} sample-dpi-frontend example.com/kept=yes")
    kept = until(lambda: objects(f"{V1} sample-dpi-frontend")[0]["metadata"].get("annotations", {}).get("example.com/kept"), 2)
    assert kept == "yes"
    assert "argocd.argoproj.io/tracking-id" not in objects(f"{V1} sample-dpi-frontend")[0]["metadata"]["annotations"]
    kubectl(f"delete -f {SAMPLE}")
    until(lambda: not objects(f"{V1} sample-dpi-frontend"), 30)


def test_an_object_of_the_old_group_alone_is_a_source_itself(shop: Shop, manager: Manager):
    kubectl("apply -f -", stdin=OLD)
    try:

        def watched() -> bool:
            (resource,) = objects(f"{V1} old")
            nodes = resource.get("status", {}).get("nodes", [])
            return bool(nodes) and all(node["active"]["success"] for node in nodes)

        until(watched, 90)
        assert objects(f"{V3} old") == []
    finally:
        kubectl(f"delete {V1} old")
