"""Sessions: sealed, shared by managers with the same keys, ended by time, disuse and logging out; and told in the audit log."""

import json

import httpx2
import msgspec
import pytest
from cryptography.fernet import Fernet

from podlynx.kubernetes.reviews import User
from podlynx.manager.access import Credential, Principal
from podlynx.manager.app import app_of
from podlynx.manager.audit import STRANGERS, Entry, audit_log
from podlynx.manager.cookies import cookie_name, session_cookies, session_secret
from podlynx.manager.errors import ApiError
from podlynx.manager.sealing import Seal
from podlynx.manager.services import Services
from podlynx.manager.sessions import RENEW_SECONDS, Sessions
from podlynx.manager.settings import Settings
from podlynx.models.session_keys import SessionKey, SessionKeyring

from .conftest import ADDRESS, Clock

pytestmark = pytest.mark.anyio
ALICE = Principal("token", user=User("alice", "u", ["sec"]), credential=Credential("her-own-token"))


def keyring(*keys):
    return msgspec.json.encode(SessionKeyring("00c0ffee", [SessionKey(n, key) for n, key in enumerate(keys)]))


def loaded(path):
    seal = Seal(path)
    seal.load()
    return seal


def test_another_manager_with_the_same_keys_opens_a_session_also_after_they_were_renewed(tmp_path):
    path, old, new = tmp_path / "keys.json", Fernet.generate_key().decode(), Fernet.generate_key().decode()
    path.write_bytes(keyring(old))
    one, other = loaded(path), loaded(path)
    secret = Sessions(Settings(), one).open(ALICE)
    assert "alice" not in secret
    assert "her-own-token" not in secret
    path.write_bytes(keyring(new, old))
    assert other.load()
    assert not other.load(), "nothing changed since"
    found = Sessions(Settings(), other).find(secret)
    assert (found.name, found.user.groups, found.credential.token) == ("alice", ["sec"], "her-own-token")
    assert Sessions(Settings(), Seal()).find(secret) is None
    for broken in (b"", b"{}", keyring("x" * 44)):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match=r".+"):
            other.load()
        assert Sessions(Settings(), other).find(secret), "what it had stays"


def test_a_session_ends_when_it_is_not_used_and_at_the_latest_after_hours():
    clock, settings = Clock(), Settings(session_seconds=10_000, session_idle_seconds=1_000)
    sessions = Sessions(settings, Seal(), clock)
    secret = sessions.open(ALICE)
    assert sessions.find(secret).renewal == ""
    clock.now += RENEW_SECONDS
    renewed = sessions.find(secret).renewal
    clock.now += 999
    assert sessions.find(secret) is None
    assert sessions.find(renewed)
    for _ in range(8):
        renewed = sessions.find(renewed).renewal
        clock.now += 999
    assert sessions.find(renewed)
    clock.now += 999
    assert sessions.find(renewed) is None, "used all the time, and over all the same"


def test_logging_out_ends_what_was_copied_too():
    sessions = Sessions(Settings(), Seal())
    secret, other = sessions.open(ALICE), sessions.open(ALICE)
    found = sessions.find(secret)
    assert sessions.alive(found)
    sessions.close(found)
    assert (sessions.alive(found), sessions.find(secret)) == (False, None)
    assert sessions.find(other).session != found.session


@pytest.mark.parametrize("secret", ["", "x", "é", "A" * 200, "1.2"])
def test_what_nobody_sealed_opens_nothing(secret):
    assert Sessions(Settings(), Seal()).find(secret) is None


@pytest.mark.parametrize(
    ("secure", "host", "prefix"), [(True, "dpi.example", "__Host-"), (True, "localhost", ""), (False, "dpi", "")]
)
def test_the_cookies_name_binds_it_to_the_host_where_there_is_tls(secure, host, prefix):
    settings = Settings(cookie_secure=secure)
    assert cookie_name(settings, host) == f"{prefix}podlynx_session"
    (cookie,) = session_cookies(settings, host, "secret")
    assert (cookie.secure, cookie.httponly, cookie.samesite, cookie.path, cookie.domain) == (secure, True, "strict", "/", None)


@pytest.mark.parametrize("length", [1, 3_800, 3_801, 15_200])
def test_a_long_session_goes_into_several_cookies(length):
    settings, secret = Settings(), "s" * length
    sent = "; ".join(f"{each.key}={each.value}" for each in session_cookies(settings, "h", secret))
    assert session_secret(settings, "h", sent) == secret
    assert max(map(len, sent.split("; "))) < 4_096
    assert session_secret(settings, "h", sent.rpartition(";")[0] or "x=y") is None


def test_one_that_is_too_long_is_said():
    with pytest.raises(ApiError, match="does not fit"):
        session_cookies(Settings(), "h", "s" * 15_201)


async def test_a_page_of_another_site_does_not_ask_with_a_visitors_session(nobody, settings):
    await nobody.post("/api/v1/session", json={"token": settings.token})
    for site, status in (("same-origin", 200), ("none", 200), ("cross-site", 403), ("same-site", 403)):
        assert (await nobody.get("/api/v1/alerts", headers={"Sec-Fetch-Site": site})).status_code == status, site


@pytest.fixture
def told(store, settings, tmp_path):
    """A client of a manager that keeps an audit log, and what that holds."""
    log = audit_log(str(tmp_path / "audit" / "log"))
    services = Services(store, settings, audit=log)

    def lines():
        log.close()
        return [json.loads(line) for line in (tmp_path / "audit" / "log").read_text().splitlines()]

    client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app_of(services)), base_url=ADDRESS)
    yield client, lines
    log.close()


async def test_every_change_and_log_in_is_told_without_secrets(told, settings):
    client, lines = told
    bearer = {"Authorization": f"Bearer {settings.token}"}
    assert (await client.get("/api/v1/alerts", headers=bearer)).status_code == 200
    assert (await client.post("/api/v1/alerts/nothing/dismiss", headers=bearer)).status_code == 404
    assert (await client.get("/api/v1/alerts", headers={"Authorization": "Bearer guessed-token"})).status_code == 401
    assert (await client.post("/api/v1/session", json={"token": "guessed-token"})).status_code == 401
    assert (await client.post("/login", data={"token": settings.token})).status_code == 303
    assert (await client.get("/api/v1/events/export", headers=bearer)).status_code == 200
    assert (await client.delete("/api/v1/session", headers={"Origin": ADDRESS})).status_code == 200
    found = lines()
    assert [(each["audit"], each.get("who", ""), each["result"], each.get("why", "")) for each in found] == [
        ("dismissAlert", "owner", "refused", "not_found"),
        ("log-in", "", "refused", "not_authenticated"),
        ("log-in", "", "refused", "wrong_token"),
        ("log-in", "owner", "done", ""),
        ("exportEvents", "owner", "done", ""),
        ("log-out", "owner", "done", ""),
    ]
    assert found[0]["target"] == {"alert_id": "nothing"}
    assert all(each["time"] and each["from"] and each["path"] for each in found)
    written = json.dumps(found)
    assert settings.token not in written
    assert "guessed-token" not in written


def test_the_audit_log_is_turned_over_and_strangers_do_not_fill_it(tmp_path):
    log = audit_log(str(tmp_path / "log"), bytes_each=5_000, files=2)
    for n in range(STRANGERS + 5):
        log.write(Entry(audit="log-in", path=f"/{n}"))
    log.write(Entry(audit="dismissAlert", who="alice"))
    assert log.lost == 5
    log.close()
    files = sorted(tmp_path.iterdir())
    assert [each.name for each in files] == ["log", "log.1", "log.2"]
    assert all(each.stat().st_size <= 5_000 for each in files)
    assert json.loads(files[0].read_text().splitlines()[-1])["lost"] == 5
    assert files[0].stat().st_mode & 0o077 == 0
