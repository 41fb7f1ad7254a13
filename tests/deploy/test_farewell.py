"""The Job after `helm uninstall`: when it is made, when it goes, what it may do."""

import pytest
from tests.deploy.test_rights import rights

KINDS = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Job"]
READ_OR_END = {"get", "list", "delete"}


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_it_is_a_hook_that_is_deleted_after_success_and_stays_after_failure(objects, kind):
    said = objects()[kind, "podlynx-farewell"]["metadata"]["annotations"]
    assert said["helm.sh/hook"] == "post-delete"
    assert said["helm.sh/hook-delete-policy"].split(",") == ["before-hook-creation", "hook-succeeded"]


def test_the_job_is_made_once_its_rights_are(objects):
    made = objects()
    weights = {kind: int(made[kind, "podlynx-farewell"]["metadata"]["annotations"]["helm.sh/hook-weight"]) for kind in KINDS}
    assert max(weights, key=weights.get) == "Job"
    assert list(weights.values()).count(weights["Job"]) == 1


def test_a_job_that_fails_ends_before_helm_gives_up_and_says_why(objects):
    spec = objects()["Job", "podlynx-farewell"]["spec"]
    assert spec["activeDeadlineSeconds"] < 300
    assert spec["backoffLimit"] <= 3
    pod = spec["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    assert pod["containers"][0]["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_it_runs_where_and_as_the_operator_did(objects):
    values = {"nodeSelector": {"pool": "system"}, "tolerations": [{"key": "a", "operator": "Exists"}]}
    made = objects(operator=values, calicoGroups="sideBySide", image={"pullSecrets": ["one"]})
    job = made["Job", "podlynx-farewell"]["spec"]["template"]["spec"]
    operator = made["Deployment", "podlynx-operator"]["spec"]["template"]["spec"]
    for part in ("nodeSelector", "tolerations", "imagePullSecrets", "securityContext"):
        assert job[part] == operator[part]
    container, same = job["containers"][0], operator["containers"][0]
    assert container["args"] == ["operator", "--farewell"]
    assert (container["image"], container["securityContext"]) == (same["image"], same["securityContext"])
    groups = next(each for each in container["env"] if each["name"] == "PODLYNX_CALICO_GROUPS")
    assert groups in same["env"]


@pytest.mark.parametrize("values", [{"farewell": {"enabled": False}}, {"namespace": {"create": True}}])
def test_none_where_it_was_not_wanted_nor_where_its_namespace_goes_with_the_release(objects, values):
    assert not [which for which in objects(**values) if which[1].startswith("podlynx-farewell")]


def test_a_namespace_that_was_there_before_is_not_ended(objects):
    made = objects(webhooks={"createNamespace": False})
    assert ("ResourceQuota", "podlynx-webhooks") not in made
    assert "tigera-intrusion-detection" not in str(made["ClusterRole", "podlynx-farewell"])
    assert "tigera-intrusion-detection" not in str(made["Job", "podlynx-farewell"])


def test_whether_the_namespace_of_webhooks_is_empty_is_counted_not_read(objects):
    made = objects()
    assert "count/secrets" in made["ResourceQuota", "podlynx-webhooks"]["spec"]["hard"]
    held = rights(made["ClusterRole", "podlynx-farewell"])
    assert ("", "resourcequotas", "get") in held
    assert ("", "secrets", "get") not in held


@pytest.mark.parametrize("kind", ["ClusterRole", "Role"])
def test_it_may_read_end_and_write_status_and_nothing_else(objects, kind):
    for group, resource, verb in rights(objects()[kind, "podlynx-farewell"]):
        assert "*" not in (group, resource, verb)
        assert verb in READ_OR_END or (verb == "patch" and resource.endswith("/status"))


def test_what_it_deletes_is_named_but_for_copies(objects):
    made = objects()
    rules = made["ClusterRole", "podlynx-farewell"]["rules"] + made["Role", "podlynx-farewell"]["rules"]
    unnamed = [rule for rule in rules if "delete" in rule["verbs"] and not rule.get("resourceNames")]
    assert [(rule["apiGroups"], rule["resources"]) for rule in unnamed] == [
        (["crd.projectcalico.org"], ["deeppacketinspections"])
    ]
    assert not any("delete" in rule["verbs"] and "customresourcedefinitions" in rule["resources"] for rule in rules)
