"""The OpenAPI document is the committed one, and the API keeps what it says."""

import asyncio
import json
from urllib.parse import unquote, urlsplit

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from podlynx.manager.app import create_app
from podlynx.manager.openapi import OPENAPI_FILE, openapi
from podlynx.manager.settings import Settings
from podlynx.store import open_store

from ..engine_events import START, event_document
from . import fuzz_hooks  # noqa: F401 registers itself


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


SETTINGS = Settings(token="people", ingest_token="sensors", login_failures=10**9)


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
schema = schemathesis.openapi.from_dict(json.loads(OPENAPI_FILE.read_text()))


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """A manager with two alerts in it, asked in this process by generated requests."""
    with asyncio.Runner() as runner:

        async def opened():
            store = open_store(tmp_path_factory.mktemp("contract") / "events.db")
            await store.ingest([event_document(), event_document(sid=2, time=START + 1)])
            return store

        store = runner.run(opened())
        transport = httpx2.ASGITransport(app=create_app(store, SETTINGS), raise_app_exceptions=True)
        client = httpx2.AsyncClient(transport=transport, base_url="http://localhost")
        yield lambda *arguments, **named: runner.run(client.request(*arguments, **named))
        runner.run(client.aclose())
        runner.run(store.close())


@schema.exclude(operation_id=["streamAlerts", "streamEvents"]).parametrize()
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_generated_requests_get_documented_answers(api, case):
    """The streams are left out: they do not end. `test_stream` and `test_event_stream` read them."""
    operation = case.operation.definition.raw
    token = SETTINGS.ingest_token if operation.get("security") == [{"ingest": []}] else SETTINGS.token
    request = requests.Request(**case.as_transport_kwargs(base_url="http://localhost")).prepare()
    answer = api(
        request.method, request.url, content=request.body, headers={**request.headers, "Authorization": f"Bearer {token}"}
    )
    if request.method.lower() != case.operation.method or unquote(urlsplit(request.url).path).count("/") != case.path.count("/"):
        # OPTIONS is answered by 204; a slash in a parameter is another path; what sensors may is bound to the method.
        assert answer.status_code in (204, 403, 404, 405)
        return
    case.validate_response(answer, checks=CHECKS)
    if answer.status_code >= 400 and answer.headers["content-type"] == "application/json":
        assert set(answer.json()) == {"error"}


@pytest.mark.anyio
async def test_options_name_every_method_of_a_path(client):
    for path, methods in json.loads(OPENAPI_FILE.read_text())["paths"].items():
        answer = await client.options(path.replace("{", "").replace("}", ""))
        assert answer.status_code == 204
        allowed = set(answer.headers["allow"].split(", "))
        assert {method.upper() for method in methods} <= allowed <= {*map(str.upper, methods), "HEAD", "OPTIONS"}, path
    assert (await client.options("/api/v1/nothing")).status_code == 404
