"""What is left when it goes: nothing but definitions, and what people made."""

from tests.e2e.conftest import SAMPLE
from tests.e2e.manager import Manager
from tests.e2e.shop import Shop
from tests.e2e.typed import kubectl, objects, typed, until

OURS = "app.kubernetes.io/part-of=podlynx"


def of_the_release() -> set[str]:
    """Everything of ours, but for definitions."""
    kinds = "namespace,clusterrole,clusterrolebinding,validatingwebhookconfiguration"
    everywhere = "deployment,daemonset,service,serviceaccount,configmap,secret,role,rolebinding,lease,networkpolicy,pvc"
    found = objects(f"{kinds} -l {OURS}") + objects(f"{everywhere} -A -l {OURS}")
    return {f"{each['kind']}/{each['metadata']['name']}" for each in found}


def test_after_uninstall_only_definitions_and_peoples_objects_are_left(shop: Shop, manager: Manager):
    kubectl(f"apply -f {SAMPLE}")
    manager.close()
    typed("python -m tests.e2e.cluster uninstall", seconds=240)

    def gone() -> bool:
        left = of_the_release()
        assert not left, left
        return True

    until(gone, 90, every=2)
    assert objects("deeppacketinspections.projectcalico.org sample-dpi-frontend -n default"), "people's objects stay"
    definitions = {each["metadata"]["name"] for each in objects(f"crd -l {OURS}")}
    assert "deeppacketinspections.projectcalico.org" in definitions
    kubectl(f"delete -f {SAMPLE}")
    typed("python -m tests.e2e.cluster install", seconds=300)
