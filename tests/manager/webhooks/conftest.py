"""A webhook at work over a real store and a real receiver; only the cluster's objects are a dictionary."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from podlynx.kubernetes.errors import ApiError
from podlynx.manager.webhooks.figures import WebhookFigures
from podlynx.manager.webhooks.guard import Allowed, Guard
from podlynx.manager.webhooks.ledger import Ledger
from podlynx.manager.webhooks.sending import BadTarget, Sender
from podlynx.manager.webhooks.teller import Means, Teller

from .receiver import receiving


class Objects:
    """One ConfigMap, as the API server keeps it."""

    def __init__(self):
        self.data = None

    async def find(self, *_):
        return None if self.data is None else {"data": dict(self.data)}

    async def merge(self, _resource, patch, *_):
        if self.data is None:
            raise ApiError(404, "NotFound", "it is not there")
        self.data |= patch["data"]
        self.data = {key: value for key, value in self.data.items() if value is not None}

    async def create(self, _resource, manifest, *_):
        self.data = dict(manifest["data"])


class Secrets(dict):
    async def read(self, kind, name, key):
        try:
            return self[kind, name, key]
        except KeyError:
            raise BadTarget(f"the {kind} {name} has no key {key}") from None


class Bench:
    """`pauses` are what the webhook would have waited; it waits a moment instead."""

    def __init__(self, store):
        self.store, self.objects, self.secrets = store, Objects(), Secrets()
        self.hidden, self.pauses = (), []
        self.figures = WebhookFigures()
        self.arriving = []
        """Stored one by one, one in each pause."""
        self.guard = Guard(Allowed.of(["127.0.0.1"]))
        self.ledger = Ledger(self.objects, "podlynx-system")

    async def sleep(self, seconds):
        self.pauses.append(seconds)
        if self.arriving:
            await self.store.ingest(self.arriving.pop(0))
        await asyncio.sleep(0.01)

    @property
    def means(self):
        given = (self.store, lambda: self.hidden, Sender(self.guard), self.secrets, self.ledger)
        return Means(*given, sleep=self.sleep, figures=self.figures)

    @property
    def told(self):
        """What Prometheus is told that is not nothing: (metric, consumer, outcome) and number."""
        samples = (
            (metric.name, labels, number) for metric, reading in self.figures.readings() for labels, number in reading.items()
        )
        return {(name.removeprefix("podlynx_webhook_"), *labels): number for name, labels, number in samples if number}

    @property
    def state(self):
        (entry,) = self.ledger.entries.values()
        return entry.state

    @asynccontextmanager
    async def at_work(self, manifest):
        """From when it has noted where it begins until the block ends; its ledger is written then, as by a manager that stops."""
        put, begun = self.ledger.put, asyncio.Event()
        self.ledger.put = lambda entry: (put(entry), begun.set())
        task = asyncio.create_task(Teller(self.means, manifest).run())
        try:
            while not begun.is_set():
                await asyncio.sleep(0.01)
                if task.done():
                    task.result()
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.ledger.write()
            self.ledger = Ledger(self.objects, "podlynx-system")
            await self.ledger.load()


@pytest.fixture
async def bench(store):
    return Bench(store)


@pytest.fixture
def receiver():
    with receiving() as found:
        yield found


def webhook(url, consumer="Generic", state="Enabled", query="", generation=1, labels="", **config):
    given = [
        {"name": name, **({"valueFrom": value} if isinstance(value, dict) else {"value": value})}
        for name, value in config.items()
    ]
    metadata = {"name": "w", "uid": "u1", "generation": generation}
    if labels:
        metadata["annotations"] = {"webhooks.projectcalico.org/labels": labels}
    spec = {"consumer": consumer, "state": state, "query": query, "config": [{"name": "url", "value": url}, *given]}
    return {"metadata": metadata, "spec": spec}
