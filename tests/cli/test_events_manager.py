"""`podlynx events` of a manager: at an address with a token, in a cluster with the caller's own, over streams that break off."""

import asyncio
import json
import os
from contextlib import asynccontextmanager

import httpx2
import pytest
from tests.cli.cluster import certificate, install_kubectl
from tests.kubernetes.waiting import until
from tests.ports import free_port

from podlynx.cli import run
from podlynx.cli.events import manager_source
from podlynx.cli.events.manager_source import ManagerSource
from podlynx.cli.events.server_events import Frame, frames
from podlynx.cli.events.source import Asked
from podlynx.expressions.query import parse_query
from podlynx.manager.certificates import Certificates
from podlynx.manager.server import Manager
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings
from podlynx.store import open_store

from ..engine_events import HOST, ORIGIN, START, engine_event, event_document
from ..outputs.read_pcapng import read

pytestmark = pytest.mark.anyio
TOKEN = "the-callers-own"


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def store(anyio_backend, tmp_path):
    store = open_store(tmp_path / "events.db")
    await store.ingest([event_document(sid=n, time=START + n) for n in range(1, 4)])
    yield store
    await store.close()


@asynccontextmanager
async def running(store, port=0, certificates=None):
    services = Services(store, Settings(token=TOKEN, heartbeat_seconds=0.2))
    manager = Manager(store, services=services, certificates=certificates)
    await manager.start(port=port)
    try:
        yield manager
    finally:
        await manager.stop()


async def called(*arguments):
    return await asyncio.to_thread(run, ["events", *map(str, arguments)])


def printed(capsys):
    """The objects; the manager of this process writes its log between them."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


async def test_at_an_address(store, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PODLYNX_TOKEN", TOKEN)
    async with running(store) as manager:
        assert await called("list", "sid:>1", "--json", "--url", manager.url) == 0
        rows = printed(capsys)
        assert [row["rule"]["sid"] for row in rows] == [3, 2]
        assert await called("show", rows[0]["id"], "--url", manager.url) == 0
        assert 'content:"X-CMD"' in capsys.readouterr().out
        assert await called("export", "--format", "pcapng", "-o", tmp_path / "x.pcapng", "--url", manager.url) == 0
        assert len(read((tmp_path / "x.pcapng").read_bytes()).packets) == 3
        assert await called("pcap", rows[0]["id"], "-o", tmp_path / "y.pcapng", "--url", manager.url) == 0
        assert await called("dismiss", rows[0]["id"], "--url", manager.url) == 0
        assert await called("dismiss", "--undo", rows[0]["id"], "--url", manager.url) == 0
        assert await called("dismiss", "--query", "sid:<3", "--yes", "--url", manager.url) == 0
        capsys.readouterr()
        assert await called("list", "--json", "--url", manager.url) == 0
        assert [row["rule"]["sid"] for row in printed(capsys)] == [3]
        assert await called("show", "nothing/../x", "--url", manager.url) == 1


@pytest.mark.parametrize(
    ("token", "code", "said"), [("wrong", 4, "No valid token"), ("two words", 4, "token"), ("é", 2, "characters")]
)
async def test_a_token_that_is_not_good(store, tmp_path, capsys, token, code, said):
    file = tmp_path / "token"
    file.write_text(token)
    async with running(store) as manager:
        assert await called("list", "--url", manager.url, "--token-file", file) == code
    assert said in capsys.readouterr().err


async def test_in_a_cluster_with_the_callers_own_token(store, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("PODLYNX_TOKEN", raising=False)
    authority, key = certificate()
    for name, text in (("tls.crt", authority), ("tls.key", key)):
        (tmp_path / name).write_text(text)
    certificates = Certificates(tmp_path / "tls.crt", tmp_path / "tls.key")
    certificates.load()
    async with running(store, certificates=certificates) as manager:
        answers = {
            "get configmap podlynx-ca": (0, json.dumps({"data": {"ca.crt": authority}}), ""),
            "config view": (0, json.dumps({"users": [{"name": "me", "user": {"token": TOKEN}}], "clusters": []}), ""),
            "port-forward": (0, f"Forwarding from 127.0.0.1:{manager.url.rpartition(':')[2]} -> 8443\n", ""),
        }
        install_kubectl(tmp_path, answers)
        assert await called("list", "--json") == 0
        assert len(printed(capsys)) == 3
        install_kubectl(tmp_path, answers | {"get configmap podlynx-ca": (1, "", "Error from server (Forbidden): configmaps\n")})
        assert await called("list") == 4
        assert "podlynx-open" in capsys.readouterr().err


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(manager_source, "AGAIN_SECONDS", (0.02,))


async def test_following_goes_on_over_a_manager_that_is_started_again(store, capsys, quick):
    port = free_port()

    @asynccontextmanager
    async def connect():
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as http:
            yield http

    seen = []

    async def follow():
        async with connect() as http:
            documents = ManagerSource(http, connect).follow(Asked(query="NOT sid:7"), 3)
            async for document in documents:
                seen.extend([document.podlynx.sid])

    async with running(store, port) as manager:
        following = asyncio.create_task(follow())
        await manager.ingest([engine_event(sid=4)], host=HOST, origin=ORIGIN)
        await until(lambda: seen == [4], 20)
    await store.ingest([event_document(sid=n) for n in (5, 7, 6)])
    async with running(store, port) as manager:
        await until(lambda: seen == [4, 5, 6], 20)
        await manager.ingest([engine_event(sid=8)], host=HOST, origin=ORIGIN)
        await until(lambda: seen == [4, 5, 6, 8], 20)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert capsys.readouterr().err.count("broke off") >= 1


async def pieces(*texts):
    for text in texts:
        yield text


STREAMS = [
    ((b"id: 1\nevent: event\ndata: {}\n\n",), [Frame("1", "event", b"{}")]),
    ((b"id: 1\nev", b"ent: event\nda", b"ta: {}\n", b"\n"), [Frame("1", "event", b"{}")]),
    ((b": still here\n\nid: 2\n\n",), [Frame("2", "", b"")]),
    (("data: a\u2028b\x0bc\x85\n\n".encode(),), [Frame(None, "", "a\u2028b\x0bc\x85".encode())]),
    ((b"data: a\ndata: b\n\ndata: cut",), [Frame(None, "", b"a\nb")]),
]


@pytest.mark.parametrize(("texts", "read"), STREAMS)
async def test_server_sent_events(texts, read):
    assert [frame async for frame in frames(pieces(*texts))] == read


async def test_what_exceptions_hide_is_counted_and_shown_on_demand(store, capsys, monkeypatch):
    monkeypatch.setenv("PODLYNX_TOKEN", TOKEN)
    async with running(store) as manager:
        manager._services.exceptions.hidden = (parse_query("sid:2"),)
        assert await called("list", "--json", "--url", manager.url) == 0
        said = capsys.readouterr()
        assert [json.loads(line)["rule"]["sid"] for line in said.out.splitlines() if line.startswith("{")] == [3, 1]
        assert "1 more are hidden by exceptions" in said.err
        assert await called("export", "--show-excepted", "--url", manager.url) == 0
        assert len(printed(capsys)) == 3
        assert await called("export", "--url", manager.url) == 0
        assert len(printed(capsys)) == 2
