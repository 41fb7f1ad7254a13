"""A store on a fresh file or fresh indices, in the asyncio event loop; every test that asks for one runs against each kind."""

import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from podlynx.store import EventStore, open_store
from podlynx.store.search.address import Engine as Address
from podlynx.store.search.store import SearchStore
from podlynx.store.sqlite.store import SqliteStore

from ..absent import absent
from . import engines

Opened = Callable[[Path], EventStore]
KINDS = [kind for kind in os.environ.get("PODLYNX_STORES", "").split(",") if kind] or ["sqlite", *engines.installed()]
"""`PODLYNX_STORES=opensearch-3` runs the tests against one kind alone."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each kind of store in turn; where a test asks for an engine, those alone."""
    if "kind" in metafunc.fixturenames:
        engines_here = [kind for kind in KINDS if kind != "sqlite"]
        kinds = (engines_here or KINDS) if "engine" in metafunc.fixturenames else KINDS
        metafunc.parametrize("kind", kinds, indirect=True, scope="session")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture(scope="session")
def kind(request: pytest.FixtureRequest) -> Iterator[str | engines.Engine]:
    """`sqlite`, or a running search engine; one at a time."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    engine = engines.Engine(request.param).start()
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def opened(kind: str | engines.Engine) -> Opened:
    """Opens the store that belongs to a path: the same again for the same path."""

    def opening(path: Path) -> EventStore:
        return open_store(path) if isinstance(kind, str) else SearchStore(Address(url=kind.url, index=index_of(path)))

    return opening


@pytest.fixture
async def store(anyio_backend: str, path: Path, kind: str | engines.Engine, opened: Opened) -> AsyncIterator[EventStore]:
    store = opened(path)
    yield store
    await store.close()
    if not isinstance(kind, str):
        forget(kind, path)


@pytest.fixture
async def embedded(anyio_backend: str, path: Path) -> AsyncIterator[SqliteStore]:
    """The embedded store alone, for what only it has."""
    store = SqliteStore(path)
    yield store
    await store.close()


@pytest.fixture(scope="session")
def engine(kind: str | engines.Engine) -> engines.Engine:
    """A search engine alone, for what only they have."""
    if isinstance(kind, str):
        absent("no search engine is here: make search-engines")
    return kind


def index_of(path: Path) -> str:
    """The index that stands for a path."""
    return "events-" + hashlib.sha256(str(path).encode()).hexdigest()[:16]


def forget(engine: engines.Engine, path: Path) -> None:
    """Removes the indices, so that many tests do not pile them up."""
    name = index_of(path)
    engine.ask("DELETE", f"/{name}.podlynx-000001,podlynx-absorbed-{name},podlynx-state-{name}?ignore_unavailable=true")
    engine.send("DELETE", f"/_index_template/{name}.podlynx")  # there is none where the store was never used
