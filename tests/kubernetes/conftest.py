"""A real API server for the whole session, and a client of it."""

import pytest
from tests.kubernetes.api_server import running

from podlynx.kubernetes.client import Client


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def api_server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("api-server")) as server:
        yield server


@pytest.fixture
async def client(anyio_backend, api_server, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", str(api_server.kubeconfig))
    async with Client.connect() as client:
        yield client
