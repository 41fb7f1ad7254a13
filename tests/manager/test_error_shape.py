"""Every error has one shape, wherever it comes from."""

import json
import re

import pytest

from podlynx.manager.openapi import OPENAPI_FILE
from podlynx.store.errors import QueryTooSlow, StoreBusy

pytestmark = pytest.mark.anyio

OPERATIONS = [
    (method.upper(), re.sub(r"{\w+}", "nothing", path), operation["operationId"], operation.get("security"))
    for path, methods in json.loads(OPENAPI_FILE.read_text())["paths"].items()
    for method, operation in methods.items()
]
GUARDED = [operation for operation in OPERATIONS if operation[3] != []]
OF_SENSORS = [operation for operation in GUARDED if operation[3] == [{"ingest": []}]]
OF_PEOPLE = [operation for operation in GUARDED if operation not in OF_SENSORS]


def check(answer, status, code=None):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert set(error) <= {"code", "message", "hint", "span"}
    assert error["code"]
    assert error["message"]
    assert "hint" in error
    assert code in (None, error["code"])


@pytest.mark.parametrize(("method", "path"), [o[:2] for o in GUARDED], ids=[o[2] for o in GUARDED])
async def test_without_a_token(nobody, method, path):
    answer = await nobody.request(method, path)
    check(answer, 401, "not_authenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), [o[:2] for o in OF_PEOPLE], ids=str)
async def test_with_the_token_of_sensors(sensor, method, path):
    check(await sensor.request(method, path), 403, "wrong_scope")


@pytest.mark.parametrize(("method", "path"), [o[:2] for o in OF_SENSORS], ids=str)
async def test_delivery_with_the_token_of_people(client, method, path):
    check(await client.request(method, path), 403, "wrong_scope")


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api", "/assets/none.js", "/api/v1/alerts/nothing", "/openapi.yaml", "/schema"]
)
async def test_what_is_not_there(client, path):
    check(await client.get(path), 404, "not_found")


@pytest.mark.parametrize(("method", "path"), sorted({("PUT", path) for _, path, *_ in OPERATIONS}))
async def test_a_method_that_is_not_taken(client, method, path):
    check(await client.request(method, path), 405, "method_not_allowed")


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": 0}, {"limit": 501}, {"limit": "x"}, {"severity_min": 101}, {"dismissed": "maybe"}, {"cursor": "x"},
        {"query": "x" * 3000}, {"query": "("}, {"group": "2"},
    ],
    ids=str,
)  # fmt: skip
async def test_parameters_that_make_no_sense(client, parameters):
    check(await client.get("/api/v1/alerts", params=parameters), 400)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"token": 1}', b'{"token": ""}', b"\xff\xfe", b'{"token":"' + b"a" * 20_000 + b'"}']
)
async def test_bodies_that_make_no_sense(nobody, body):
    check(await nobody.post("/api/v1/session", content=body, headers={"Content-Type": "application/json"}), 400, "bad_request")


async def test_a_body_that_is_too_large(nobody, settings):
    check(await nobody.post("/api/v1/session", content=b" " * (settings.max_body + 1)), 413, "too_large")


async def test_a_cursor_of_the_stream_that_is_none(client):
    check(await client.get("/api/v1/alerts/stream", headers={"Last-Event-ID": "abc"}), 400)
    check(await client.get("/api/v1/alerts/stream", params={"after": "-1"}), 400)


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [(StoreBusy("Busy."), 503, "1"), (QueryTooSlow("Slow."), 503, "5"), (RuntimeError("secret"), 500, None)],
)
async def test_failures_inside(client, services, monkeypatch, error, status, retry):
    async def fails(*_):
        raise error

    monkeypatch.setattr(services.store, "alerts", fails)
    answer = await client.get("/api/v1/alerts")
    check(answer, status)
    assert answer.headers.get("retry-after") == retry
    assert "secret" not in answer.text
