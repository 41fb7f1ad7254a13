"""The way from spool to store in one process: what sleeps moves a clock of its own, and nothing is lost on a network."""

import asyncio

from tests.chaos.source import NODE, line
from tests.engine_events import START

from podlynx.manager.bodies import unpacked
from podlynx.manager.errors import ApiError
from podlynx.manager.ingest import Ingest
from podlynx.manager.live import Live
from podlynx.sensor.spool.shipping import IngestAnswer, ManagerUnavailable
from podlynx.store import Search
from podlynx.store.errors import StoreError


class Clock:
    """Moves only when something sleeps, or a test says so."""

    now = 1_000_000.0

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds
        await asyncio.sleep(0)


class Direct:
    """The manager's own ingest without a network; `refuses` says when it is away."""

    def __init__(self, store, refuses=lambda: False):
        self.ingest, self.refuses, self.tries = Ingest(store, Live(max_readers=1, max_each=1, queue=1)), refuses, 0

    async def events(self, body, encoding):
        self.tries += 1
        if self.refuses():
            raise ManagerUnavailable("HTTP 503: the store is away")
        try:
            answer = await self.ingest.lines(unpacked(body, encoding), 5000, NODE)
        except (ApiError, StoreError) as error:
            raise ManagerUnavailable(str(error)) from error
        return IngestAnswer(answer.accepted, answer.duplicates, answer.refused)


async def numbers(store):
    found, cursor = [], None
    while True:
        page = await store.alerts(Search(grouped=False, limit=500, cursor=cursor, dismissed=None))
        found += [int(row.last_time) - START for row in page.items if row.rule.gid == 1]
        if (cursor := page.next_cursor) is None:
            return sorted(found)


def append(spool, start, end):
    """Spools the events of these numbers, a few at once."""
    for number in range(start, end, 20):
        spool.append([line(each) for each in range(number, min(number + 20, end))])
