"""Rules on their way to the nodes: where they come from, what is served, what a person may upload."""

import asyncio
import contextlib
import errno
import gzip
import hashlib
import http.server
import io
import tarfile
import threading

import httpx2
import msgspec
import pytest

from podlynx.manager.app import app_of
from podlynx.manager.rule_library import RuleLibrary
from podlynx.manager.rule_refresh import DAY_SECONDS, refresh_rules
from podlynx.manager.services import Services
from podlynx.models.rule_bundle import RuleBundle, version_of
from podlynx.rules import sources
from podlynx.rules.errors import RuleSourceError

from .conftest import ADDRESS

pytestmark = pytest.mark.anyio


def rule(sid, extra=""):
    return f'alert tcp any any -> any any ( msg:"test {sid}"; content:"evil-{sid}"; {extra}sid:{sid}; rev:1; )\n'


def archive(*sids):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        text = "".join(rule(sid) for sid in sids).encode()
        info = tarfile.TarInfo("community/snort3-community.rules")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text))
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PODLYNX_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sources, "CHECKOUT_RULES", tmp_path / "none")
    return tmp_path / "data" / "rules"


@pytest.fixture
async def library(anyio_backend, folder):
    library = RuleLibrary(folder)
    await library.load()
    return library


@pytest.fixture
def services(store, settings, library):
    return Services(store, settings, rules=library)


async def fetched(sensor, client):
    version = (await client.get("/api/v1/sensors")).json()["rules_version"]
    answer = await sensor.get(f"/api/v1/rules/{version}")
    assert (answer.status_code, answer.headers["content-type"], answer.headers["etag"]) == (
        200,
        "application/gzip",
        f'"{version}"',
    )
    return msgspec.json.decode(gzip.decompress(answer.content), type=RuleBundle)


async def test_what_comes_with_podlynx_is_served_by_its_hash(sensor, client):
    bundle = await fetched(sensor, client)
    assert bundle.version == version_of(bundle.files)
    assert [name for name, _ in bundle.files] == ["starter.rules"]
    state = (await client.get("/api/v1/rules")).json()
    assert (state["kind"], state["version"], state["refused"]) == ("bundled", bundle.version, 0)
    assert state["loaded"] > 0


async def test_an_upload_outranks_all_until_it_is_deleted_and_outlives_the_manager(sensor, client, library, folder):
    before = library.state.version
    answer = await client.post("/api/v1/rules", content=archive(1, 2))
    assert (answer.status_code, answer.json()["kind"], answer.json()["loaded"]) == (200, "uploaded", 2)
    assert "evil-1" in (await fetched(sensor, client)).files[0][1]
    again = RuleLibrary(folder)
    await again.load()
    assert again.state == library.state
    assert (await sensor.get(f"/api/v1/rules/{before}")).status_code == 404
    assert (await client.delete("/api/v1/rules")).json()["version"] == before


async def test_a_set_on_disk_that_is_no_good_any_more_is_passed_over_and_said(client, library, folder):
    before = library.state.version
    await client.post("/api/v1/rules", content=archive(1))
    for path in (folder / "uploaded").glob("*.rules"):
        path.write_text("damaged")
    await library.load()
    assert (library.state.kind, library.state.version) == ("bundled", before)
    assert "uploaded" in library.state.error


async def test_a_single_rule_file_is_taken_too(client):
    assert (await client.post("/api/v1/rules", content=rule(7).encode())).json()["loaded"] == 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no Snort rules"),
        (b"hello", "no Snort rules"),
        (gzip.compress(b"x")[:-4], "damaged"),
        (b"alert tcp any any -> any any ( nonsense; sid:1; )", "none of the archive's rules"),
    ],
)
async def test_what_cannot_be_used_changes_nothing_and_says_why(client, library, body, says):
    before = library.state
    answer = await client.post("/api/v1/rules", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_rules")
    assert says in answer.json()["error"]["message"]
    assert answer.json()["error"]["hint"]
    assert library.state == before


async def test_rules_that_are_refused_are_shown(client):
    state = (await client.post("/api/v1/rules", content=(rule(1) + rule(2, "nonsense; ")).encode())).json()
    assert (state["loaded"], state["refused"]) == (1, 1)
    assert (state["faults"][0]["file"], state["faults"][0]["line"]) == ("fetched.rules", 2)


async def test_a_manager_without_rules_says_so(store, settings):
    transport = httpx2.ASGITransport(app=app_of(Services(store, settings)))
    async with httpx2.AsyncClient(
        transport=transport, base_url=ADDRESS, headers={"Authorization": f"Bearer {settings.token}"}
    ) as client:
        answer = await client.post("/api/v1/rules", content=archive(1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_rules_served")


class Mirror(http.server.BaseHTTPRequestHandler):
    body = b""

    def do_GET(self):
        self.send_response(200 if self.body else 503)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_):
        pass


@pytest.fixture
def mirror(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Mirror,), {"body": archive(1, 2, 3)}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.RequestHandlerClass, f"http://user:secret@127.0.0.1:{server.server_port}/rules.tar.gz"
    server.shutdown()
    server.server_close()
    thread.join()


async def test_fetching_from_a_mirror(mirror, library, client):
    handler, url = mirror
    await library.fetch(url, hashlib.sha256(handler.body).hexdigest())
    state = (await client.get("/api/v1/rules")).json()
    assert (state["kind"], state["loaded"], state["source"]) == ("fetched", 3, "community rules from 127.0.0.1")
    assert state["fetched"].startswith("20")
    assert "secret" not in str(state)


async def test_another_sum_or_a_mirror_that_fails_keeps_what_there_was_and_says_so(mirror, library, client):
    handler, url = mirror
    before = library.state.version
    for break_it, sum_ in ((lambda: None, "0" * 64), (lambda: setattr(handler, "body", b""), "")):
        break_it()
        with pytest.raises(RuleSourceError):
            await library.fetch(url, sum_)
        assert library.state.version == before
        assert library.state.error
    assert (await client.get("/api/v1/sensors")).json()["rules_error"]


class Ended(Exception):
    pass


async def waits(library, url, count, clock=lambda: 0.0):
    """The first waits, in seconds, without waiting."""
    told = []

    async def sleep(seconds):
        told.append(seconds)
        if len(told) == count:
            raise Ended
        await asyncio.sleep(0)

    with contextlib.suppress(Ended):
        await refresh_rules(library, url, clock=clock, sleep=sleep)
    return told


async def test_it_is_fetched_at_the_start_and_daily_and_after_a_failure_sooner(mirror, library):
    handler, url = mirror
    good, handler.body = handler.body, b""
    failed = await waits(library, url, 8)
    assert [
        0.9 * most <= wait <= 1.1 * most for wait, most in zip(failed, [60, 120, 240, 480, 960, 1920, 3600, 3600], strict=True)
    ]
    assert all(0.9 * 60 <= wait <= 1.1 * 3600 for wait in failed)
    handler.body = good
    (daily,) = await waits(library, url, 1)
    assert 0.9 * DAY_SECONDS <= daily <= 1.1 * DAY_SECONDS
    fetched_at = (library._fetched / "source.json").stat().st_mtime
    (rest,) = await waits(library, url, 1, clock=lambda: fetched_at + 3_600)
    assert rest == pytest.approx(DAY_SECONDS - 3_600)


async def test_a_full_disk_is_waited_out_like_any_other_failure(mirror, library, client, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        assert len(await waits(library, mirror[1], 3)) == 3
        answer = await client.post("/api/v1/rules", content=rule(1))
    assert (answer.status_code, "no space left" in answer.json()["error"]["message"]) == (400, True)
    assert "no space left" in (await client.get("/api/v1/rules")).json()["error"]


async def test_never(library):
    assert await waits(library, "none", 1) == []
