"""kill -9 at random moments, of sensor, manager and search engine: every event that was spooled is stored exactly once."""

import asyncio
import random

import apsw
import pytest
from tests.chaos.processes import KILLS, SEED, Process, drained, killed, prepared, spooled, stored_once, until
from tests.chaos.source import START
from tests.store import engines
from tests.store.engines.faulty import FaultyEngine

from podlynx.store.protocol import Selection
from podlynx.store.search.address import Engine
from podlynx.store.search.store import SearchStore

pytestmark = pytest.mark.anyio
ENGINE = "opensearch-2"
ENGINE_KILLS = 2


@pytest.fixture
def folder(tmp_path):
    return prepared(tmp_path)


@pytest.fixture
def started(folder):
    """Starts sensor and manager."""
    running = []

    def start():
        running.extend(Process(kind, folder) for kind in ("manager", "sensor"))
        return running

    yield start
    for process in running:
        process.kill()


async def test_every_spooled_event_is_stored_once_whoever_is_killed(folder, started):
    processes = started()
    await until(lambda: spooled(folder) > 0, "the sensor does not begin")
    await killed(random.Random(SEED), processes, KILLS)
    last = await drained(folder)
    connection = apsw.Connection(str(folder / "events.db"))
    numbers = [time - START for (time,) in connection.execute("SELECT time FROM events ORDER BY time")]
    stored_once(numbers, last)
    assert (
        connection.execute("SELECT events FROM totals").get
        == len(numbers)
        == connection.execute("SELECT sum(count) FROM groups").get
    )
    assert connection.pragma("integrity_check") == "ok"


@pytest.fixture(scope="module")
def engine():
    if missing := engines.missing(ENGINE):
        pytest.skip(missing)
    running = engines.Engine(ENGINE).start()
    yield running
    running.stop()


class Dying:
    """The engine as a victim: its data stays."""

    def __init__(self, engine):
        self.kill, self.start = engine.kill, engine.start


async def test_an_engine_that_is_busy_half_fails_loses_answers_and_dies_holds_each_event_once(folder, started, engine):
    """429, 503, bulks of which every other document is refused, answers that get lost; and kills of all three."""
    chance = random.Random(SEED)
    async with FaultyEngine(engine.url, chance) as faulty:
        (folder / "store").write_text(faulty.url)
        processes = started()
        await until(lambda: spooled(folder) > 0, "the sensor does not begin")
        for _ in range(ENGINE_KILLS):
            await killed(chance, processes, max(KILLS // 8, 2))
            await killed(chance, [Dying(engine)], 1)
        last = await drained(folder)
        assert faulty.faults > 5
    stored_once(await numbers(engine), last)
    letters = folder / "letters" / "dead-letters.jsonl"
    assert not letters.exists() or not letters.read_bytes(), "what the engine had no room for is not refused for good"


async def numbers(engine):
    """Of every document in the index, whatever its group."""
    await asyncio.to_thread(engine.ask, "POST", "/_refresh")  # what was stored last is searchable only after the next one
    store = SearchStore(Engine(url=engine.url))
    try:
        return [event.podlynx.packet_number async for page in store.scan(Selection(dismissed=None)) for event in page]
    finally:
        await store.close()
