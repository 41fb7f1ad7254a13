"""Pods that nobody selects, and their labels changing all the time."""

import asyncio
import itertools
import random

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.kinds import PODS

NAMESPACE = "scale"
TOGETHER = 20
MERGE = "application/merge-patch+json"


def _pod(number: int, node: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"idle-{number:05}", "namespace": NAMESPACE, "labels": {"app": "idle", "flap": "0"}},
        "spec": {
            "nodeName": node,
            "tolerations": [{"operator": "Exists"}],
            "automountServiceAccountToken": False,
            "containers": [{"name": "idle", "image": "localhost/idle:1"}],
        },
    }


async def set_pods(client: Client, have: int, want: int, nodes: list[str]) -> None:
    """From `have` pods to `want`, spread over the nodes."""

    async def one(number: int) -> None:
        await client.create(PODS, _pod(number, nodes[number % len(nodes)]), NAMESPACE)

    for first in range(have, want, TOGETHER):
        await asyncio.gather(*(one(number) for number in range(first, min(first + TOGETHER, want))))


async def flap(client: Client, pods: int, each_second: float) -> int:
    """Changes a label of some pod so many times a second, until cancelled; there are `pods` of them."""
    chosen, done = random.Random(1), 0
    for turn in itertools.count(1):
        number = chosen.randrange(pods)
        await client.merge(PODS, {"metadata": {"labels": {"flap": str(turn)}}}, f"idle-{number:05}", NAMESPACE)
        done += 1
        await asyncio.sleep(1 / each_second)
    return done
