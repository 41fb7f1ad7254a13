"""Which of Calico's names are ours: each row of the table "Beside Calico"."""

import pytest

from podlynx.kubernetes.calico import found_of
from podlynx.kubernetes.crds import OURS
from podlynx.operator.groups import decide

LOCAL = {"metadata": {"name": "v3.projectcalico.org"}, "spec": {"group": "projectcalico.org"}}
AGGREGATED = {
    "metadata": {"name": "v3.projectcalico.org"},
    "spec": {"service": {"name": "calico-api", "namespace": "calico-system"}},
}
CONTROLLER = {"metadata": {"name": "intrusion-detection-controller"}}


def crd(name, **labels):
    return {"metadata": {"name": name, "labels": labels}, "spec": {"group": name.partition(".")[2]}}


V1_CRD, V3_CRD = crd("felixconfigurations.crd.projectcalico.org"), crd("felixconfigurations.projectcalico.org")
OURS_V1 = crd("deeppacketinspections.crd.projectcalico.org", **OURS)
OURS_V3 = crd("deeppacketinspections.projectcalico.org", **OURS)

V3, V1, BESIDE = "projectcalico.org/v3", "crd.projectcalico.org/v1", "podlynx.io/v1"


@pytest.mark.parametrize(
    ("service", "definitions", "controller", "mode", "served"),
    [
        (None, [], None, "both", (V3, V1)),
        (None, [crd("gizmos.example.com")], None, "both", (V3, V1)),
        (LOCAL, [OURS_V1, OURS_V3], None, "both", (V3, V1)),
        (AGGREGATED, [V1_CRD], None, "v1", (V1,)),
        (AGGREGATED, [V1_CRD, OURS_V1], None, "v1", (V1,)),
        (None, [V1_CRD], None, "v1", (V1,)),
        (LOCAL, [V3_CRD], None, "v3", (V3,)),
        (LOCAL, [V3_CRD, OURS_V3], None, "v3", (V3,)),
        (AGGREGATED, [V1_CRD], CONTROLLER, "refused", ()),
    ],
    ids=[
        "no Calico",
        "no Calico, others",
        "ours already",
        "aggregated API server",
        "aggregated API server, ours already",
        "no API server yet",
        "native v3",
        "native v3, ours already",
        "Enterprise or Cloud",
    ],
)
def test_what_the_cluster_has_decides(service, definitions, controller, mode, served):
    groups = decide("auto", found_of(service, definitions, controller))
    assert (groups.mode, groups.served) == (mode, served)


@pytest.mark.parametrize(
    ("wanted", "served", "name"),
    [
        ("both", (V3, V1), "tigera-dpi"),
        ("v1", (V1,), "tigera-dpi"),
        ("v3", (V3,), "tigera-dpi"),
        ("sideBySide", (BESIDE,), "podlynx-dpi"),
    ],
)
def test_what_a_person_sets_outweighs_what_is_found(wanted, served, name):
    groups = decide(wanted, found_of(AGGREGATED, [V1_CRD], CONTROLLER))
    assert (groups.served, groups.name) == (served, name)


@pytest.mark.parametrize(
    ("service", "definitions", "controller", "words"),
    [
        (AGGREGATED, [], None, "apiVersion crd.projectcalico.org/v1"),
        (LOCAL, [V3_CRD], None, "kubectl get deeppacketinspections.projectcalico.org"),
        (None, [], CONTROLLER, "sideBySide"),
    ],
)
def test_where_the_walk_through_differs_the_message_says_so(service, definitions, controller, words):
    assert words in decide("auto", found_of(service, definitions, controller)).message


def test_side_by_side_shares_no_name_with_calico():
    groups = decide("sideBySide", found_of(AGGREGATED, [V1_CRD], CONTROLLER))
    assert {kind.group for kind in groups.kinds} == {"podlynx.io"}
    assert groups.detection.group == "podlynx.io"
