"""What runs in a user's cluster, with which rights."""

import json
import urllib.error

import pytest
from tests.e2e.manager import Manager
from tests.e2e.shop import Shop
from tests.e2e.test_5_failures import frontend_node, processes
from tests.e2e.typed import kubectl, objects, typed


def test_the_inspector_is_nobody_with_nothing(monitored: Shop, manager: Manager):
    node = frontend_node()
    (inspector,) = processes(node, "inspector")
    told = typed(f"python -m tests.e2e.cluster on {node} cat /proc/{inspector}/status")
    fields = dict(line.split(":", 1) for line in told.splitlines())
    assert "0" not in fields["Uid"].split()
    assert "0" not in fields["Gid"].split()
    assert [int(fields[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")] == [0] * 4
    assert (fields["NoNewPrivs"].strip(), fields["Seccomp"].strip()) == ("1", "2")


LOOKING = frozenset({"list", "watch"})
# Beyond what every account has (its own reviews, discovery). The operator's rights are many: tests/deploy holds them one by one.
RIGHTS = {
    "tigera-dpi:tigera-dpi": {
        "pods": LOOKING,
        "deeppacketinspections.projectcalico.org": LOOKING,
        "deeppacketinspections.crd.projectcalico.org": LOOKING,
    },
    "podlynx-system:podlynx-manager": {
        "pods": LOOKING,
        "services": LOOKING,
        "nodes": LOOKING,
        "tokenreviews.authentication.k8s.io": frozenset({"create"}),
        "subjectaccessreviews.authorization.k8s.io": frozenset({"create"}),
        "alertexceptions.projectcalico.org": LOOKING,
        "securityeventwebhooks.projectcalico.org": LOOKING,
        "alertexceptions.podlynx.io": LOOKING,
        "securityeventwebhooks.podlynx.io": LOOKING,
        # By name: whether those of exceptions and webhooks are ours.
        "customresourcedefinitions.apiextensions.k8s.io": frozenset({"get"}),
    },
}

AT_HOME = {
    # How far webhooks have told, and which manager tells: one of each, by name.
    "podlynx-system:podlynx-manager": {
        "configmaps": frozenset({"create", "get", "patch"}),
        "leases.coordination.k8s.io": frozenset({"create", "get", "update"}),
    },
}
"""What they hold beyond in the namespace that they run in."""


def held(account: str, namespace: str) -> dict[str, frozenset[str]]:
    """Verbs by resource; own reviews left out."""
    rights: dict[str, frozenset[str]] = {}
    for line in kubectl(f"auth can-i --list -n {namespace} --as=system:serviceaccount:{account} --no-headers").splitlines():
        resource = line.split()[0]
        if not resource.startswith(("[", "self")):
            rights[resource] = rights.get(resource, frozenset()) | set(line.rpartition("[")[2].rstrip("]").split())
    return rights


@pytest.mark.parametrize("account", RIGHTS)
def test_no_account_holds_what_it_does_not_need(monitored: Shop, account: str):
    home = account.partition(":")[0]
    for namespace in ("default", "kube-system", home):
        beyond = AT_HOME.get(account, {}) if namespace == home else {}
        assert held(account, namespace) == RIGHTS[account] | beyond, namespace


def test_the_operator_holds_no_more_than_names_and_kinds_of_its_own(monitored: Shop):
    rights = held("podlynx-system:podlynx-operator", "default")
    assert not {resource for resource in rights if "*" in resource}
    assert not set().union(*rights.values()) & {"*", "impersonate", "escalate", "bind", "deletecollection"}
    assert "secrets" not in rights, "those of its own namespace alone"


def test_the_monitors_pod_is_as_narrow_as_promised(monitored: Shop):
    (daemon_set,) = objects("daemonset tigera-dpi -n tigera-dpi")
    pod = daemon_set["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert (pod["hostNetwork"], pod["hostPID"], pod["dnsPolicy"]) == (True, True, "ClusterFirstWithHostNet")
    assert pod["tolerations"] == [{"operator": "Exists"}]
    security = container["securityContext"]
    assert security["allowPrivilegeEscalation"] is False
    assert security["readOnlyRootFilesystem"] is True
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert security["capabilities"]["drop"] == ["ALL"]
    assert set(security["capabilities"]["add"]) == {"NET_RAW", "SETUID", "SETGID"}
    environment = {each["name"]: each for each in container["env"]}
    assert environment["DPI_NODENAME"]["valueFrom"]["fieldRef"]["fieldPath"] == "spec.nodeName"


def test_operator_and_manager_live_under_restricted(monitored: Shop):
    (namespace,) = objects("namespace podlynx-system")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    (sensors,) = objects("namespace tigera-dpi")
    assert sensors["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"


def test_who_may_not_read_alerts_gets_none(monitored: Shop, manager: Manager):
    token = kubectl("create token default -n default").strip()
    page = json.loads(manager.call("GET", "/api/v1/alerts", token=token))
    assert page["items"] == []
    with pytest.raises(urllib.error.HTTPError) as refused:
        manager.call("GET", "/api/v1/sensors", token=token)
    assert refused.value.code == 403
    with pytest.raises(urllib.error.HTTPError) as unknown:
        manager.call("GET", "/api/v1/alerts", token="none")
    assert unknown.value.code == 401
