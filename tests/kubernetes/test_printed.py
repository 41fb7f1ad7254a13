"""A watch that has objects printed: the selector and no status, on a real API server."""

import asyncio
import contextlib

import pytest
from tests.kubernetes.waiting import until

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import COPY, SELECTOR_COLUMN, V3_INSPECTION, definition
from podlynx.kubernetes.kinds import DEFINITIONS, Resource
from podlynx.kubernetes.watch import watch

pytestmark = pytest.mark.anyio
V3 = V3_INSPECTION.resource
ODD = 'app == "a" && name in {"\'",\n "ü"}'


def inspection(name, selector, **metadata):
    return {
        "apiVersion": V3.api_version,
        "kind": V3.kind,
        "metadata": {"name": name, "namespace": "default", **metadata},
        "spec": {"selector": selector},
    }


class Watching:
    """Everything that a watch told, and the bytes that it took."""

    def __init__(self, client, resource=V3, **how):
        self.client, self.resource, self.how = client, resource, {"without": COPY, "printed": SELECTOR_COLUMN, **how}
        self.changes, self.bytes = [], 0

    async def __aenter__(self):
        stream = self.client.stream

        @contextlib.asynccontextmanager
        async def counted(*asked, **more):
            async with stream(*asked, **more) as pieces:

                async def each():
                    async for piece in pieces:
                        self.bytes += len(piece)
                        yield piece

                yield each()

        self.client.stream = counted
        self.task = asyncio.create_task(self.run())
        await until(lambda: any(each.kind == "sync" for each in self.changes), 20)
        return self

    async def run(self):
        async for change in watch(self.client, self.resource, **self.how):
            self.changes.append(change)

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def objects(self, kind):
        return [each for change in self.changes if change.kind == kind for each in change.objects]


@pytest.fixture
async def served(client):
    """A client of our own, whose streams are counted."""
    await client.apply(DEFINITIONS, definition(V3_INSPECTION), manager="test")

    async def is_served():
        found = await client.get(DEFINITIONS, V3.definition)
        conditions = found.get("status", {}).get("conditions") or []  # null, right after it was made
        return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)

    await until(is_served, 20)
    async with Client.connect() as own:
        yield own
    for each in await client.list_all(V3):
        await client.delete(V3, each["metadata"]["name"], each["metadata"]["namespace"])


async def test_selector_and_metadata_come_as_written_and_nothing_else(served):
    made = await served.create(V3, inspection("odd", ODD), "default")
    await served.create(V3, inspection("copied", "all()", labels={COPY: "true"}), "default")
    async with Watching(served) as told:
        (found,) = told.objects("replace")
        assert (found["metadata"]["uid"], found["spec"]) == (made["metadata"]["uid"], {"selector": ODD})
        await served.merge(V3, {"spec": {"selector": "has(b)"}}, "odd", "default")
        await until(lambda: told.objects("set"), 20)
        (changed,) = told.objects("set")
        assert (changed["metadata"]["generation"], changed["spec"]["selector"]) == (2, "has(b)")
        await served.create(V3, inspection("late", "all()"), "default")
        await served.merge(V3, {"metadata": {"labels": {COPY: "true"}}}, "late", "default")
        await served.delete(V3, "odd", "default")
        await until(lambda: len(told.objects("delete")) == 2, 20)
        assert {each["metadata"]["name"] for each in told.objects("delete")} == {"odd", "late"}


async def test_what_a_change_of_status_costs_does_not_grow_with_the_nodes(served):
    await served.create(V3, inspection("wide", "all()"), "default")
    cost = []
    async with Watching(served) as told:
        for nodes in (1, 500):
            entries = [{"node": f"node-{number}", "active": {"success": True}} for number in range(nodes)]
            before, seen = told.bytes, len(told.objects("set"))
            await served.merge(V3, {"status": {"nodes": entries}}, "wide", "default", subresource="status")
            await until(lambda seen=seen: len(told.objects("set")) > seen, 20)
            cost.append(told.bytes - before)
    assert cost[1] < cost[0] + 100


async def test_where_the_column_is_not_printed_the_objects_themselves_come(served):
    """As of a definition of somebody else's."""
    resource = Resource("example.org", "v3", V3.plural, V3.kind)
    foreign = definition(V3_INSPECTION)
    foreign["metadata"] = {"name": resource.definition}
    foreign["spec"] = {**foreign["spec"], "group": resource.group}
    for version in foreign["spec"]["versions"]:
        version.pop("additionalPrinterColumns", None)
    await served.apply(DEFINITIONS, foreign, manager="test")
    try:
        async with Watching(served, resource) as told:
            await served.create(resource, {**inspection("theirs", ODD), "apiVersion": resource.api_version}, "default")
            await until(lambda: told.objects("set"), 20)
            assert told.objects("set")[0]["spec"]["selector"] == ODD
    finally:
        await served.delete(DEFINITIONS, resource.definition)
