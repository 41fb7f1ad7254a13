"""Who gets in, and who does not: tokens, links, sessions, foreign pages and foreign names."""

from urllib.parse import urlsplit

import httpx2
import pytest

from podlynx.manager.desk_access import DeskAccess
from podlynx.manager.limits import FailureLimiter
from podlynx.manager.server import Manager
from podlynx.manager.settings import Settings

from .conftest import ADDRESS, Clock

pytestmark = pytest.mark.anyio
OWN = {"Origin": ADDRESS}


async def logged_in(client, services):
    answer = await client.get("/login", params={"code": services.access.login_code()})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return answer.headers["set-cookie"]


async def test_probes_need_nothing(nobody):
    for path in ("/livez", "/readyz"):
        assert (await nobody.get(path, headers={"Host": "10.1.2.3"})).json() == {"status": "ok"}
        assert (await nobody.get(path, headers={"Host": "anything.example"})).status_code == 200


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Basic abc", "", "Bearer é"])
async def test_a_wrong_token(nobody, header):
    assert (await nobody.get("/api/v1/status", headers={"Authorization": header.encode("latin-1")})).status_code == 401


async def test_a_link_logs_in_once(nobody, services):
    code = services.access.login_code()
    cookie = (await nobody.get("/login", params={"code": code})).headers["set-cookie"].lower()
    assert cookie.startswith("podlynx_session=")
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/"))
    assert (await nobody.get("/api/v1/session")).json() == {"authenticated": True, "method": "session", "user": "", "by": "token"}
    nobody.cookies.clear()
    again = await nobody.get("/login", params={"code": code})
    assert again.status_code == 401
    assert "used already" in again.text
    assert "set-cookie" not in again.headers


async def test_the_token_opens_a_session_and_logging_out_ends_it(nobody, settings):
    answer = await nobody.post("/api/v1/session", json={"token": settings.token})
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await nobody.get("/api/v1/status")).status_code == 200
    old = dict(nobody.cookies)
    assert (await nobody.delete("/api/v1/session", headers=OWN)).json() == {"provider": ""}
    assert not nobody.cookies
    nobody.cookies.update(old)
    assert (await nobody.get("/api/v1/status")).status_code == 401


async def test_the_form_works_without_scripts(nobody, settings):
    page = await nobody.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert 'action="/login"' in page.text
    assert "<script" not in page.text
    wrong = await nobody.post("/login", data={"token": "wrong"}, headers=OWN)
    assert (wrong.status_code, "not the token" in wrong.text) == (401, True)
    right = await nobody.post("/login", data={"token": settings.token}, headers=OWN)
    assert (right.status_code, right.headers["location"]) == (303, "/")
    assert (await nobody.get("/", headers={"Accept": "text/html"})).status_code == 200


async def test_the_token_of_sensors_opens_no_session(nobody, settings):
    answer = await nobody.post("/api/v1/session", json={"token": settings.ingest_token})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "wrong_token")


async def test_guessing_is_slowed_down(nobody, settings, services):
    clock = Clock()
    services.access.limiter = FailureLimiter(settings.login_failures, settings.login_window_seconds, 16, clock)
    for _ in range(settings.login_failures):
        assert (await nobody.post("/api/v1/session", json={"token": "guess"})).status_code == 401
    refused = await nobody.post("/api/v1/session", json={"token": settings.token})
    assert (refused.status_code, refused.json()["error"]["code"], refused.headers["retry-after"]) == (
        429,
        "too_many_attempts",
        "60",
    )
    for way in (nobody.get("/login", params={"code": services.access.login_code()}), nobody.post("/login", data={"token": "x"})):
        assert (await way).status_code == 429
    assert services.access.limiter.refused == 3
    clock.now += settings.login_window_seconds
    assert (await nobody.post("/api/v1/session", json={"token": settings.token})).status_code == 204


def test_the_limiter_remembers_a_bounded_number_of_addresses():
    clock = Clock()
    limiter = FailureLimiter(1, 60, 2, clock)
    for address in ("a", "b", "c"):
        limiter.failed(address)
    assert [limiter.wait(address) > 0 for address in ("a", "b", "c")] == [False, True, True]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8843", "", "[::1", "user@evil"]
)
async def test_a_foreign_name_is_not_served(client, host):
    answer = await client.get("/api/v1/status", headers={"Host": host})
    assert (answer.status_code, answer.json()["error"]["code"]) == (421, "host_not_allowed")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8843", "127.0.0.1", "[::1]:8843", "10.20.30.40:8843"])
async def test_addresses_and_loopback_are_served(client, host):
    assert (await client.get("/api/v1/status", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OWN, 404),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "http://evil.example/127.0.0.1:8843"}, 403),
    ],
    ids=["own page", "no origin", "opaque", "another site", "another port", "look-alike"],
)
async def test_changes_of_a_session_come_from_our_own_page(nobody, services, headers, status):
    await logged_in(nobody, services)
    assert (await nobody.post("/api/v1/alerts/nothing/dismiss", headers=headers)).status_code == status


async def test_a_foreign_page_cannot_log_its_visitor_in(nobody, settings):
    answer = await nobody.post("/api/v1/session", json={"token": settings.token}, headers={"Origin": "http://evil.example"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong_origin")


async def test_codes_run_out_and_are_bounded():
    clock = Clock()
    settings = Settings(max_login_codes=2)
    access = DeskAccess(settings, clock)
    codes = [access.login_code() for _ in range(3)]
    assert [await access.redeem(code) is not None for code in codes] == [False, True, True]
    late = access.login_code()
    clock.now += settings.login_code_seconds
    assert await access.redeem(late) is None


async def test_secrets_are_not_logged(store, capfd, caplog):
    caplog.set_level(0)
    manager = Manager(store)
    await manager.start()
    link = manager.login_link()
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {manager.token}"}) as client:
        await client.get(f"{manager.url}/api/v1/status")
    async with httpx2.AsyncClient() as client:
        cookie = (await client.get(link)).headers["set-cookie"]
        await client.get(link)
    await manager.stop()
    ours = (record.getMessage() for record in caplog.records if not record.name.startswith("http"))  # those are the client's
    written = "".join([*capfd.readouterr(), *ours])
    code = urlsplit(link).query.removeprefix("code=")
    for secret in (manager.token, manager.ingest_token, code, cookie.split("=")[1].split(";")[0]):
        assert secret not in written


async def test_every_answer_carries_the_headers_that_protect_it(client, nobody):
    for answer in [
        await client.get("/"),
        await client.get("/api/v1/status"),
        await nobody.get("/api/v1/status"),
        await nobody.get("/login"),
    ]:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert (await client.get("/api/v1/status")).headers["cache-control"] == "no-store"
