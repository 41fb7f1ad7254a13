"""Who may do what once the chart is installed."""

import pytest

from podlynx.kubernetes.crds import KINDS


def rights(role):
    """(group, resource, verb) of a role, names aside."""
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


@pytest.mark.parametrize("name", ["podlynx-operator", "podlynx-manager", "podlynx-viewer", "podlynx-analyst"])
def test_nothing_is_granted_by_wildcard(objects, name):
    assert not any("*" in right for right in rights(objects()["ClusterRole", name]))


def test_the_manager_asks_and_reads_but_changes_nothing(objects):
    assert rights(objects()["ClusterRole", "podlynx-manager"]) == {
        ("authentication.k8s.io", "tokenreviews", "create"),
        ("authorization.k8s.io", "subjectaccessreviews", "create"),
        *(("", resource, verb) for resource in ("pods", "services", "nodes") for verb in ("list", "watch")),
        *((group, kind, verb) for group in (CALICO, OURS) for kind in TOLD for verb in ("list", "watch")),
        ("apiextensions.k8s.io", "customresourcedefinitions", "get"),
    }


READ, KEPT = {"list", "watch"}, {"get", "list", "watch", "create", "patch", "delete"}
CALICO, CALICO_V1, TIGERA, OURS = "projectcalico.org", "crd.projectcalico.org", "operator.tigera.io", "podlynx.io"
TOLD = ("alertexceptions", "securityeventwebhooks")
RBAC = "rbac.authorization.k8s.io"


@pytest.mark.parametrize(
    ("group", "resource", "verbs"),
    [
        (CALICO, "deeppacketinspections", READ),
        (CALICO_V1, "deeppacketinspections", READ | {"create", "patch", "delete"}),
        (OURS, "deeppacketinspections", READ),
        *((group, "deeppacketinspections/status", {"patch"}) for group in (CALICO, CALICO_V1, OURS)),
        *((group, "intrusiondetections", READ) for group in (TIGERA, OURS)),
        *((group, "intrusiondetections/status", {"patch"}) for group in (TIGERA, OURS)),
        *((group, resource, READ) for group in (CALICO, OURS) for resource in TOLD),
        *((group, f"{resource}/status", {"patch"}) for group in (CALICO, OURS) for resource in TOLD),
        ("apiextensions.k8s.io", "customresourcedefinitions", KEPT - {"delete"}),
        ("apiregistration.k8s.io", "apiservices", {"get"}),
        ("apps", "deployments", {"get"}),
        ("", "namespaces", KEPT - {"delete"}),
        ("", "serviceaccounts", KEPT),
        ("", "configmaps", KEPT),
        ("apps", "daemonsets", KEPT),
        (RBAC, "clusterroles", KEPT),
        (RBAC, "clusterrolebindings", KEPT),
        ("networking.k8s.io", "networkpolicies", KEPT),
        ("", "pods", READ),
        ("admissionregistration.k8s.io", "validatingwebhookconfigurations", {"get", "patch"}),
        ("events.k8s.io", "events", {"create"}),
        *((OURS, resource, {"get"}) for resource in ("sensors", "webhooks")),
    ],
)
def test_the_operator_may_do_what_it_does_and_no_more(objects, group, resource, verbs):
    held = rights(objects()["ClusterRole", "podlynx-operator"])
    assert {verb for where, what, verb in held if (where, what) == (group, resource)} == verbs


def test_every_right_of_the_operator_is_in_the_list_above(objects):
    (listed,) = test_the_operator_may_do_what_it_does_and_no_more.pytestmark
    known = {(group, resource) for group, resource, _ in listed.args[1]}
    assert {right[:2] for right in rights(objects()["ClusterRole", "podlynx-operator"])} == known


def test_no_part_may_read_all_secrets(objects):
    for (kind, _), each in objects().items():
        for rule in each.get("rules", []) if kind in {"Role", "ClusterRole"} else []:
            if "secrets" in rule["resources"] and set(rule["verbs"]) != {"create"}:
                assert kind == "Role"
                assert rule["resourceNames"]


def test_what_webhooks_read_is_named_by_the_operator_in_that_one_role(objects):
    made = objects()
    assert "rules" not in made["Role", "podlynx-webhooks"]
    keeper = made["Role", "podlynx-webhooks-keeper"]
    assert rights(keeper) == {(RBAC, "roles", verb) for verb in ("get", "patch", "escalate")}
    assert keeper["rules"][0]["resourceNames"] == ["podlynx-webhooks"]


def test_payload_is_the_analysts_alone(objects):
    made = objects()
    payload = ("podlynx.io", "alerts/packets", "get")
    assert payload not in rights(made["ClusterRole", "podlynx-viewer"])
    assert payload in rights(made["ClusterRole", "podlynx-analyst"])
    assert rights(made["ClusterRole", "podlynx-viewer"]) < rights(made["ClusterRole", "podlynx-analyst"])


def test_the_stock_roles_gain_nothing(objects):
    aggregated = [
        label
        for each in objects().values()
        for label in each["metadata"]["labels"]
        if label.startswith("rbac.authorization.k8s.io/aggregate-to")
    ]
    assert aggregated == []


def test_the_operator_may_upgrade_exactly_our_crds(objects):
    patched = [
        name
        for rule in objects()["ClusterRole", "podlynx-operator"]["rules"]
        if "customresourcedefinitions" in rule["resources"] and "patch" in rule["verbs"]
        for name in rule["resourceNames"]
    ]
    assert set(patched) >= {f"{kind.plural}.{kind.group}" for kind in KINDS}


def test_opening_the_page_gives_no_right_on_alerts(objects):
    assert {group for group, _, _ in rights(objects()["Role", "podlynx-open"])} == {""}
