"""The manager may read exactly what webhooks name: by a Role that the operator keeps, without holding that right itself."""

import pytest

from podlynx.kubernetes.crds import OURS
from podlynx.operator.webhook_rights import keep_rights, rules_for

pytestmark = pytest.mark.anyio


def webhook(*sources):
    return {"spec": {"config": [{"name": "x", "valueFrom": source} for source in sources]}}


def secret(name):
    return {"secretKeyRef": {"name": name, "key": "k"}}


def config_map(name):
    return {"configMapKeyRef": {"name": name, "key": "k"}}


def rule(resource, *names):
    return {"apiGroups": [""], "resources": [resource], "resourceNames": list(names), "verbs": ["get"]}


@pytest.mark.parametrize(
    ("webhooks", "rules"),
    [
        ([], []),
        ([webhook()], []),
        ([{"spec": {}}, {}, {"spec": {"config": [3, {"valueFrom": 7}, {"valueFrom": {"secretKeyRef": "x"}}]}}], []),
        ([webhook(secret("b"), secret("a")), webhook(secret("a"))], [rule("secrets", "a", "b")]),
        ([webhook(secret("a"), config_map("c"))], [rule("secrets", "a"), rule("configmaps", "c")]),
    ],
)
def test_rules(webhooks, rules):
    assert rules_for(webhooks) == rules


class Kept:
    """The Role as the API server keeps it."""

    def __init__(self, labels):
        self.role = {"metadata": {"name": "podlynx-webhooks", "labels": labels, "resourceVersion": "7"}}
        self.patches = []

    async def find(self, *_):
        return self.role

    async def merge(self, _resource, patch, *_):
        self.patches.append(patch)
        self.role = {**self.role, "rules": patch["rules"]}


async def test_it_is_written_on_change_only():
    kept = Kept(OURS)
    for _ in range(2):
        assert await keep_rights(kept, "hooks", [webhook(secret("a"))]) == ""
    assert [patch["rules"] for patch in kept.patches] == [[rule("secrets", "a")]]
    await keep_rights(kept, "hooks", [])
    assert kept.role["rules"] == []


async def test_a_role_of_somebody_else_is_left_alone():
    kept = Kept({})
    await keep_rights(kept, "hooks", [webhook(secret("a"))])
    assert kept.patches == []
