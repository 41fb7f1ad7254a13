"""The OpenAPI document is the committed one, and the API keeps what it says."""

import json

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, settings as hypothesis_settings
from schemathesis.specs.openapi.checks import negative_data_rejection, unsupported_method

from podlynx.manager.app import create_app
from podlynx.manager.openapi import OPENAPI_FILE, openapi
from podlynx.manager.settings import Settings
from podlynx.store import open_store

from ..engine_events import START, event_document


def test_the_committed_document_is_that_of_the_api():
    assert OPENAPI_FILE.read_text() == openapi(), "run `python -m podlynx.manager.openapi > src/podlynx/manager/openapi.json`"


@pytest.mark.anyio
async def test_the_served_document_is_the_committed_one(client):
    assert (await client.get("/openapi.json")).text == OPENAPI_FILE.read_text()


def test_every_operation_says_what_it_answers_and_who_may_ask():
    for path, methods in json.loads(OPENAPI_FILE.read_text())["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["description"], path
            assert any(status < "400" for status in operation["responses"]), path
            assert operation.get("security") == [] or "401" in operation["responses"], path
