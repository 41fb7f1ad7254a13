"""Which workload made a pod, as far as the pod tells."""

import pytest

from podlynx.manager.identity.workload import name_aggr, workload_of

from .objects import NOON, pod

HASH = {"pod-template-hash": "5686494cb8"}
SCHEDULED = NOON // 60


@pytest.mark.parametrize(
    ("labels", "owner", "expected"),
    [
        (HASH, ("ReplicaSet", "front-5686494cb8"), ("Deployment", "front")),
        (HASH, ("ReplicaSet", "front"), ("ReplicaSet", "front")),
        ({}, ("ReplicaSet", "front-5686494cb8"), ("ReplicaSet", "front-5686494cb8")),
        ({"pod-template-hash": ""}, ("ReplicaSet", "front-"), ("ReplicaSet", "front-")),
        (None, ("StatefulSet", "db"), ("StatefulSet", "db")),
        (None, ("DaemonSet", "agent"), ("DaemonSet", "agent")),
        (None, ("Job", f"backup-{SCHEDULED}"), ("CronJob", "backup")),
        (None, ("Job", "backup-20240101"), ("Job", "backup-20240101")),
        (None, ("Job", "migrate"), ("Job", "migrate")),
        (None, ("Rollout", "canary"), ("Rollout", "canary")),
        (None, None, ("", "")),
    ],
)
def test_owner(labels, owner, expected):
    assert workload_of(pod("x", labels=labels, owner=owner).metadata) == expected


def test_the_random_part_of_a_name():
    assert name_aggr(pod("front-56-x2", owner=("ReplicaSet", "front-56")).metadata) == "front-56-*"
    assert name_aggr(pod("by-hand").metadata) == "by-hand"
