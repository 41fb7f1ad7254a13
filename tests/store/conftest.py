"""A store on a fresh file, in the asyncio event loop."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from podlynx.store import EventStore, open_store


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture
async def store(anyio_backend: str, path: Path) -> AsyncIterator[EventStore]:
    store = open_store(path)
    yield store
    await store.close()
