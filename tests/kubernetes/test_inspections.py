"""Sources and copies: one-way, recognisable, without what tools track."""

import pytest

from podlynx.kubernetes.inspections import copy_of, is_copy, is_current, sources

V3, V1 = "projectcalico.org/v3", "crd.projectcalico.org/v1"


def inspection(name="web", group=V3, uid="u1", **metadata):
    return {
        "apiVersion": group,
        "kind": "DeepPacketInspection",
        "metadata": {"name": name, "namespace": "shop", "uid": uid, **metadata},
        "spec": {"selector": "all()"},
    }


def test_a_copy_says_whose_it_is_and_holds_nothing_back():
    copy = copy_of(inspection(finalizers=["x"]))
    assert (copy["apiVersion"], copy["metadata"]["name"], copy["metadata"]["namespace"]) == (V1, "web", "shop")
    (owner,) = copy["metadata"]["ownerReferences"]
    assert (owner["apiVersion"], owner["uid"], owner["blockOwnerDeletion"]) == (V3, "u1", False)
    assert "finalizers" not in copy["metadata"]
    assert is_copy(copy)


@pytest.mark.parametrize(
    "key",
    [
        "argocd.argoproj.io/tracking-id",
        "argocd.argoproj.io/sync-wave",
        "kustomize.toolkit.fluxcd.io/name",
        "helm.toolkit.fluxcd.io/namespace",
        "meta.helm.sh/release-name",
        "app.kubernetes.io/instance",
        "kubectl.kubernetes.io/last-applied-configuration",
    ],
)
def test_what_tools_track_is_not_copied(key):
    metadata = copy_of(inspection(labels={key: "x", "team": "red"}, annotations={key: "x", "note": "n"}))["metadata"]
    assert key not in {**metadata["labels"], **metadata["annotations"]}
    assert (metadata["labels"]["team"], metadata["annotations"]) == ("red", {"note": "n"})


@pytest.mark.parametrize(
    ("change", "current"),
    [
        ({}, True),
        ({"labels": {"team": "blue"}}, False),
        ({"uid": "u2"}, False),
        ({"annotations": {"argocd.argoproj.io/tracking-id": "x"}}, True),
    ],
    ids=["same", "label", "recreated", "tracked"],
)
def test_when_a_copy_is_behind(change, current):
    copy = copy_of(inspection(labels={"team": "red"}, annotations={}))
    assert is_current(copy, inspection(**{"labels": {"team": "red"}, **change})) is current


def test_what_others_add_to_a_copy_does_not_matter_but_a_changed_spec_does():
    copy = copy_of(inspection())
    copy["metadata"]["labels"]["seen-by"] = "somebody"
    assert is_current(copy, inspection())
    assert not is_current({**copy, "spec": {"selector": "has(a)"}}, inspection())


def test_what_counts():
    own = inspection("own", V1, "u2")
    concealed = inspection("both", V1, "u3")
    found = sources([copy_of(inspection()), own, concealed, inspection("both", V3, "u4"), inspection()])
    assert [(each["metadata"]["name"], each["metadata"]["uid"]) for each in found] == [
        ("both", "u4"),
        ("own", "u2"),
        ("web", "u1"),
    ]


def test_where_v3_is_not_read_a_copy_that_is_left_counts():
    assert [each["metadata"]["name"] for each in sources([copy_of(inspection())], followed=False)] == ["web"]


def test_in_a_group_of_our_own_everything_is_a_source():
    assert len(sources([inspection(group="podlynx.io/v1")])) == 1
