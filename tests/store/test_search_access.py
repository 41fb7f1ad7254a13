"""How a search engine lets the manager in: TLS with an authority of one's own, passwords, API keys, and rotated ones."""

import base64
import random

import pytest

from podlynx.store import StoreError
from podlynx.store.search.address import engine_of
from podlynx.store.search.store import SearchStore

from ..engine_events import event_document
from ..manager.test_certificates import pair
from .conftest import index_of
from .engines.faulty import FaultyEngine

pytestmark = pytest.mark.anyio


@pytest.fixture
async def guarded(anyio_backend, engine, tmp_path):
    """The engine behind HTTPS, that asks who comes."""
    certificate, key = pair("search")
    (tmp_path / "ca.crt").write_bytes(certificate)
    (tmp_path / "tls.key").write_bytes(key)
    async with FaultyEngine(engine.url, random.Random(1), tls=(tmp_path / "ca.crt", tmp_path / "tls.key"), faults=()) as front:
        yield front


def opened(front, path, seconds=60, **said):
    variables = {f"PODLYNX_STORE_{name.upper()}": str(value) for name, value in said.items()}
    engine = engine_of(f"https://localhost:{front.port}", {"PODLYNX_STORE_INDEX": index_of(path), **variables})
    return SearchStore(engine, write_seconds=seconds, read_seconds=seconds)


async def accepted(store):
    try:
        return (await store.ingest([event_document()])).accepted
    finally:
        await store.close()


async def test_basic_authentication_with_a_password_that_is_rotated(guarded, path, tmp_path):
    password = tmp_path / "password"
    password.write_text("first\n")
    store = opened(guarded, path, ca=tmp_path / "ca.crt", username="podlynx", password_file=password)
    guarded.wants = "Basic " + base64.b64encode(b"podlynx:first").decode()
    assert (await store.ingest([event_document(sid=1)])).accepted == 1
    guarded.wants = "Basic " + base64.b64encode(b"podlynx:second").decode()
    with pytest.raises(StoreError, match="401") as caught:
        await store.ingest([event_document(sid=2)])
    assert "PODLYNX_STORE_PASSWORD_FILE" in caught.value.hint
    assert "first" not in str(caught.value)
    password.write_text("second")
    assert (await store.ingest([event_document(sid=2)])).accepted == 1
    await store.close()


async def test_an_api_key(guarded, path, tmp_path):
    (tmp_path / "key").write_text("aWQ6a2V5\n")
    guarded.wants = "ApiKey aWQ6a2V5"
    assert await accepted(opened(guarded, path, ca=tmp_path / "ca.crt", api_key_file=tmp_path / "key")) == 1


async def test_an_engine_whose_certificate_nobody_vouches_for_is_sent_nothing(guarded, path, tmp_path):
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        await accepted(opened(guarded, path, seconds=1, username="podlynx", password="secret"))
    assert "PODLYNX_STORE_CA" in caught.value.hint
    assert guarded.asked == 0


async def test_an_authority_that_is_no_certificate_is_said(guarded, path, tmp_path):
    (tmp_path / "none").write_text("no certificate")
    with pytest.raises(StoreError, match="certificate authority"):
        await accepted(opened(guarded, path, ca=tmp_path / "none"))
