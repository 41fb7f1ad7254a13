"""On a real API server: one of two managers tells, the place is durable, Secrets are read, what is not ours is left alone."""

import asyncio
from base64 import b64encode
from contextlib import asynccontextmanager

import pytest
from tests.engine_events import START, event_document
from tests.kubernetes.conftest import api_server, client  # noqa: F401 fixtures
from tests.kubernetes.waiting import until

from podlynx.kubernetes import leases
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import EXCEPTION, WEBHOOK, definition
from podlynx.kubernetes.kinds import CONFIG_MAPS, DEFINITIONS, NAMESPACES, SECRETS
from podlynx.manager.exceptions import Exceptions
from podlynx.manager.live import Live
from podlynx.manager.webhooks.config import ClusterValues
from podlynx.manager.webhooks.guard import Allowed, Guard
from podlynx.manager.webhooks.ledger import NAME, Ledger
from podlynx.manager.webhooks.sending import Sender
from podlynx.manager.webhooks.teller import Means
from podlynx.manager.webhooks.webhooks import Webhooks

pytestmark = pytest.mark.anyio
SYSTEM, SECRET = "podlynx-system", "hooks"


@pytest.fixture
async def cluster(client, monkeypatch):  # noqa: F811
    monkeypatch.setattr(leases, "RETRY", 0.1)
    for name in (SYSTEM, SECRET):
        if await client.find(NAMESPACES, name) is None:
            await client.create(NAMESPACES, {"metadata": {"name": name}})
    for kind in (WEBHOOK, EXCEPTION):
        if await client.find(DEFINITIONS, kind.resource.definition) is None:
            await client.create(DEFINITIONS, definition(kind))
        await until(lambda kind=kind: served(client, kind), 30)
    yield client
    for kind in (WEBHOOK, EXCEPTION):
        for each in await client.list_all(kind.resource):
            await client.delete(kind.resource, each["metadata"]["name"])
    await client.delete(CONFIG_MAPS, NAME, SYSTEM)
    await client.delete(leases.LEASES, NAME, SYSTEM)


async def served(client, kind):  # noqa: F811
    from podlynx.kubernetes.errors import ApiError  # noqa: PLC0415

    try:
        await client.list_all(kind.resource)
    except ApiError:
        return False
    return True


@asynccontextmanager
async def manager(client, store):  # noqa: F811
    """The webhooks of one manager."""
    means = Means(
        store, lambda: (), Sender(Guard(Allowed.of(["127.0.0.1"]))), ClusterValues(client, SECRET), Ledger(client, SYSTEM)
    )
    webhooks = Webhooks(client, means, SYSTEM)
    task = asyncio.create_task(webhooks.run())
    try:
        yield webhooks
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def hook(name, receiver, **spec):
    secret = {"secretKeyRef": {"name": "hook", "key": "headers"}}
    config = [{"name": "url", "value": receiver.url}, {"name": "headers", "valueFrom": secret}]
    spec = {"consumer": "Generic", "state": "Enabled", "query": "", "config": config, **spec}
    return {"apiVersion": "projectcalico.org/v3", "kind": "SecurityEventWebhook", "metadata": {"name": name}, "spec": spec}


async def test_one_of_two_managers_tells_and_the_other_goes_on(cluster, store, receiver):
    data = {"headers": b64encode(b"X-Key: from-the-secret").decode()}
    await cluster.create(SECRETS, {"metadata": {"name": "hook"}, "data": data}, SECRET)
    await cluster.create(WEBHOOK.resource, hook("one", receiver))
    async with Client.connect() as other, manager(cluster, store) as second:
        async with manager(other, store) as first:
            leading = await until(lambda: next((each for each in (first, second) if each.leading), None), 60)
            await until(lambda: leading.states().webhooks and leading.states().webhooks[0].reason == "Waiting", 60)
            await store.ingest([event_document(sid=1, msg="rule 1")])
            await receiver.gets(1)
            waiting = second if leading is first else first
            await until(lambda: waiting.states().webhooks and waiting.states().webhooks[0].delivered == 1, 60)
            assert not waiting.leading
            assert (await waiting.test("one")).taken
            assert await waiting.test("none") is None
        await until(lambda: second.leading, 60)
        await store.ingest([event_document(sid=2, msg="rule 2", time=START + 1)])
        bodies = await receiver.gets(3)
    titles = [body["title"] for body in bodies]
    assert [title for title in titles if title.startswith("rule")] == ["rule 1", "rule 2"]
    assert {headers["X-Key"] for _, headers, _ in receiver.posts} == {"from-the-secret"}


async def test_what_goes_leaves_nothing_and_what_is_wrong_says_so(cluster, store, receiver):
    await cluster.create(WEBHOOK.resource, hook("wrong", receiver, config=[]))
    await cluster.create(WEBHOOK.resource, hook("good", receiver, config=[{"name": "url", "value": receiver.url}]))
    async with manager(cluster, store) as webhooks:
        await until(
            lambda: (
                {each.name: each.reason for each in webhooks.states().webhooks} == {"good": "Waiting", "wrong": "InvalidConfig"}
            ),
            60,
        )
        await until(lambda: written(cluster), 60)
        await cluster.delete(WEBHOOK.resource, "good")
        await until(lambda: [each.name for each in webhooks.states().webhooks] == ["wrong"], 60)

        async def gone():
            return not await written(cluster)

        await until(gone, 60)


async def written(client):  # noqa: F811
    return ((await client.find(CONFIG_MAPS, NAME, SYSTEM)) or {}).get("data")


async def test_exceptions_follow_the_cluster(cluster, store):
    exceptions = Exceptions(store, Live(max_readers=1, max_each=1, queue=1))
    following = asyncio.create_task(exceptions.run(cluster))
    spec = {"description": "d", "selector": "sid = 1", "startTime": "2026-01-01T00:00:00Z"}
    made = {"apiVersion": "projectcalico.org/v3", "kind": "AlertException", "metadata": {"name": "quiet"}, "spec": spec}
    await cluster.create(EXCEPTION.resource, made)
    await until(lambda: exceptions.hidden, 60)
    await cluster.delete(EXCEPTION.resource, "quiet")
    await until(lambda: not exceptions.hidden, 60)
    labels = {"metadata": {"labels": {"app.kubernetes.io/part-of": None}}}
    following.cancel()
    try:
        await cluster.merge(DEFINITIONS, labels, EXCEPTION.resource.definition)
        other = Exceptions(store, Live(max_readers=1, max_each=1, queue=1))
        await cluster.create(EXCEPTION.resource, made)
        following = asyncio.create_task(other.run(cluster))
        await asyncio.sleep(1)
        assert other.states == [], "the CRD is somebody else's, and so are its objects"
    finally:
        following.cancel()
        await cluster.merge(
            DEFINITIONS, {"metadata": {"labels": definition(EXCEPTION)["metadata"]["labels"]}}, EXCEPTION.resource.definition
        )
