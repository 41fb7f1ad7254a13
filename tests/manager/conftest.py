"""A manager in this process, asked without a network; and a client that knows its token."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from podlynx.manager.app import app_of
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings
from podlynx.store import EventStore, open_store

ADDRESS = "http://127.0.0.1:8843"


class Clock:
    """Stands still until a test moves it."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def store(anyio_backend: str, tmp_path: Path) -> AsyncIterator[EventStore]:
    store = open_store(tmp_path / "events.db")
    yield store
    await store.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The defaults, with a web page of two files."""
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html><title>Alerts</title>")
    (web / "assets" / "index-1a2b.js").write_text("'use strict'")
    (tmp_path / "secret.txt").write_text("not for the web")
    return Settings(web_folder=web)


@pytest.fixture
def services(store: EventStore, settings: Settings) -> Services:
    return Services(store, settings)


@pytest.fixture
def connect(services: Services) -> Callable[..., httpx2.AsyncClient]:
    """Makes clients; without arguments, one that is nobody."""
    app = app_of(services)

    def client(token: str | None = None, **headers: str) -> httpx2.AsyncClient:
        sent: dict[str, Any] = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ADDRESS, headers={**sent, **headers})

    return client


@pytest.fixture
async def client(connect: Callable[..., httpx2.AsyncClient], settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """The one who holds the token."""
    async with connect(settings.token) as client:
        yield client


@pytest.fixture
async def nobody(connect: Callable[..., httpx2.AsyncClient]) -> AsyncIterator[httpx2.AsyncClient]:
    async with connect() as client:
        yield client


@pytest.fixture
async def sensor(connect: Callable[..., httpx2.AsyncClient], settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    async with connect(settings.ingest_token) as client:
        yield client
