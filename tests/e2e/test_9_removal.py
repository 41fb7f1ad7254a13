"""What is left when it goes: nothing but definitions, and what people made."""

from tests.e2e.conftest import RESOURCES, SAMPLE
from tests.e2e.manager import Manager
from tests.e2e.shop import Shop
from tests.e2e.typed import kubectl, objects, typed

OURS = "app.kubernetes.io/part-of=podlynx"


def of_the_release() -> set[str]:
    """Everything of ours, but for definitions."""
    kinds = "namespace,clusterrole,clusterrolebinding,validatingwebhookconfiguration"
    everywhere = "deployment,daemonset,job,pod,service,serviceaccount,configmap,secret,role,rolebinding,lease,networkpolicy,pvc"
    copies = "deeppacketinspections.crd.projectcalico.org"
    found = objects(f"{kinds} -l {OURS}") + objects(f"{everywhere},{copies} -A -l {OURS}")
    return {f"{each['kind']}/{each['metadata']['name']}" for each in found}


def test_after_uninstall_only_definitions_and_peoples_objects_are_left(shop: Shop, manager: Manager):
    kubectl(f"apply -f {SAMPLE} -f {RESOURCES}")
    manager.until_watched("default", "sample-dpi-frontend")
    manager.close()
    typed("python -m tests.e2e.cluster uninstall", seconds=300)
    assert of_the_release() == set(), "the hook has waited for all of it"
    assert not objects("namespace tigera-dpi --ignore-not-found")
    (kept,) = objects("deeppacketinspections.projectcalico.org sample-dpi-frontend -n default")
    assert kept["spec"]["selector"], "people's objects stay"
    assert {node["active"]["success"] for node in kept["status"]["nodes"]} == {False}
    assert [(each["type"], each["status"], each["reason"]) for each in kept["status"]["conditions"]] == [
        ("Ready", "False", "Removed")
    ]
    (settings,) = objects("intrusiondetection tigera-secure")
    assert settings["status"]["state"] == "Removed"
    definitions = {each["metadata"]["name"] for each in objects(f"crd -l {OURS}")}
    assert "deeppacketinspections.projectcalico.org" in definitions
    kubectl(f"delete -f {SAMPLE} -f {RESOURCES}")
    typed("python -m tests.e2e.cluster install", seconds=300)
