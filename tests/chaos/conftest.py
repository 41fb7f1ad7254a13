"""A store on a clock of its own, in the asyncio event loop."""

import pytest
from tests.chaos.direct import Clock

from podlynx.store.sqlite.store import SqliteStore


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def store(tmp_path, clock):
    store = SqliteStore(tmp_path / "events.db", clock=clock)
    yield store
    await store.close()
