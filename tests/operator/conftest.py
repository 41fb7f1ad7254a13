"""The API server of tests/kubernetes, and an operator that does not take its time."""

import pytest
from tests.kubernetes.conftest import anyio_backend, api_server, client
from tests.operator.running import clean

from podlynx.operator import manager_reports, statuses

__all__ = ["anyio_backend", "api_server", "client"]


@pytest.fixture
def impatient(monkeypatch):
    """Reports are read and statuses written ten times as often."""
    monkeypatch.setattr(statuses, "WRITE_SECONDS", 0.2)
    monkeypatch.setattr(manager_reports, "EVERY_SECONDS", 0.1)


@pytest.fixture
async def cluster(client):
    yield client
    await clean(client)
