"""Logging in by a provider that is one: discovery, code with PKCE, keys, claims; and all that may be wrong with its answer."""

import re
import time
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
import oidc_provider_mock
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from podlynx.manager.app import app_of
from podlynx.manager.cluster_access import ClusterAccess
from podlynx.manager.desk_access import DeskAccess
from podlynx.manager.oidc.claims import groups_of, user_of, verified
from podlynx.manager.oidc.login import LOGIN_SECONDS, Oidc, safe_place
from podlynx.manager.oidc.provider import OidcError, Provider
from podlynx.manager.oidc.settings import BadOidc, OidcSettings, read_oidc
from podlynx.manager.roles import BadRole, read_roles
from podlynx.manager.sealing import Seal
from podlynx.manager.services import Services

from ..engine_events import START, event_document
from .conftest import ADDRESS, Clock
from .test_cluster_access import Cluster

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")]  # of the provider's own


@pytest.fixture(scope="module")
def issuer():
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


def settings_of(issuer, **changed):
    fields = {"username_claim": "email", "groups_claim": "groups", "groups_prefix": "oidc:", "name": "Example"} | changed
    return OidcSettings(issuer=issuer, client_id="podlynx", **fields)


@pytest.fixture
def wall():
    clock = Clock()
    clock.now = time.time()
    return clock


@pytest.fixture
def cluster():
    return Cluster()


@pytest.fixture
def seal():
    return Seal()


@pytest.fixture
def provided(issuer, tmp_path):
    """The settings of a confidential client."""
    (tmp_path / "client-secret").write_text("s3cret\n")
    return settings_of(issuer, client_secret=tmp_path / "client-secret")


@pytest.fixture
def services(store, settings, cluster, provided, seal, wall):
    access = ClusterAccess(settings, cluster, "tigera-dpi/tigera-dpi", Clock(), wall, seal=seal)
    return Services(store, settings, access=access, oidc=Oidc(provided, seal, wall))


@pytest.fixture
async def browser(services, anyio_backend):
    """What a browser is to us: it keeps cookies, and goes on by itself where it is told to."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app_of(services)), base_url=ADDRESS) as client:
        yield client


async def at_provider(issuer, address, **form):
    """Somebody logs in there (or declines); answers where the browser is sent back to, below our own address."""
    async with httpx2.AsyncClient() as http:
        answer = await http.post(address, data=form or {"action": "deny"})
    assert answer.status_code in (302, 303), answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}" == ADDRESS
    return f"{back.path}?{back.query}"


async def person(issuer, sub, **claims):
    async with httpx2.AsyncClient() as http:
        assert (await http.put(f"{issuer}/users/{quote(sub)}", json=claims)).status_code == 204


async def begun(browser, place="/"):
    answer = await browser.get("/login/oidc", params={"place": place})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def logged_in(browser, issuer, sub="alice", place="/", **claims):
    await person(issuer, sub, **({"email": f"{sub}@example.com", "groups": ["sec"]} | claims))
    return await browser.get(await at_provider(issuer, await begun(browser, place), sub=sub))


async def test_the_way_there_and_back_opens_a_session_with_the_rights_of_user_and_groups(browser, issuer, cluster, store):
    asked = []
    allowed = cluster.allowed

    async def watched(user, *right):
        asked.append((user.username, user.groups))
        return await allowed(user, *right)

    cluster.allowed = watched
    cluster.rights = {("alice@example.com", "get", "alerts", "shop")}
    await store.ingest([event_document(sid=1, dest="shop/web"), event_document(sid=2, dest="pay/web", time=START + 1)])
    answer = await logged_in(browser, issuer, place="/alerts/x?query=sid:1")
    assert answer.status_code == 200, answer.text
    assert 'content="0;url=/alerts/x?query=sid:1"' in answer.text, "a redirect would come without the strict cookie"
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    session = (await browser.get("/api/v1/session")).json()
    assert session == {"authenticated": True, "method": "session", "user": "alice@example.com", "by": "oidc"}
    assert [row["rule"]["sid"] for row in (await browser.get("/api/v1/alerts")).json()["items"]] == [1]
    assert asked[0] == ("alice@example.com", ["oidc:sec", "system:authenticated"])


async def test_what_is_asked_of_the_provider(browser, issuer):
    address = urlsplit(await begun(browser))
    asked = {name: value[0] for name, value in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}" == issuer
    assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", "podlynx", "S256")
    assert (asked["redirect_uri"], asked["scope"]) == (f"{ADDRESS}/login/oidc/callback", "openid profile email")
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 32
    other = parse_qs(urlsplit(await begun(browser)).query)
    assert all(other[name][0] != asked[name] for name in ("state", "nonce", "code_challenge"))


async def test_the_page_says_how_one_may_log_in(browser):
    assert (await browser.get("/api/v1/session/ways")).json() == {"oidc": "Example"}
    page = await browser.get("/", headers={"Accept": "text/html"})
    assert (page.status_code, "Log in with Example" in page.text, "<script" in page.text) == (401, True, False)


async def test_logging_out_ends_the_session_and_names_the_providers_own_end(browser, issuer):
    await logged_in(browser, issuer)
    old = dict(browser.cookies)
    ended = (await browser.delete("/api/v1/session", headers={"Origin": ADDRESS})).json()["provider"]
    assert ended.startswith(f"{issuer}/oauth2/end_session?client_id=podlynx&post_logout_redirect_uri=")
    browser.cookies.update(old)
    assert (await browser.get("/api/v1/session")).status_code == 401


async def test_who_declines_is_told_what_to_do(browser, issuer):
    state = parse_qs(urlsplit(await begun(browser)).query)["state"][0]
    answer = await browser.get("/login/oidc/callback", params={"error": "access_denied", "state": state})
    assert (answer.status_code, "did not let you in. Log in again" in answer.text) == (401, True)
    assert (await browser.get("/api/v1/session")).status_code == 401


@pytest.mark.parametrize(
    "fault", ["state of another", "no state", "another browser", "a code twice", "a made-up code", "too late"]
)
async def test_an_answer_that_is_not_ours_opens_nothing(browser, issuer, services, wall, fault):
    await person(issuer, "alice", email="alice@example.com")
    back = await at_provider(issuer, await begun(browser), sub="alice")
    match fault:
        case "state of another":
            await begun(browser)
        case "no state":
            back = re.sub(r"state=[^&]+&?", "", back)
        case "another browser":
            browser.cookies.clear()
        case "a code twice":
            kept = dict(browser.cookies)
            assert (await browser.get(back)).status_code == 200
            browser.cookies.clear()
            browser.cookies.update(kept)
        case "a made-up code":
            back = re.sub(r"code=[^&]+", "code=made-up", back)
        case "too late":
            wall.now += LOGIN_SECONDS + 1
    answer = await browser.get(back)
    assert answer.status_code == 401, fault
    assert "Begin again" in answer.text or "Log in again" in answer.text
    assert "set-cookie" not in answer.headers or "session=;" not in answer.headers["set-cookie"]
    assert (await browser.get("/api/v1/session")).status_code == 401
    assert services.access.limiter._failed, "it counts as a failed log-in"


async def test_a_provider_that_is_away_is_said_and_a_token_still_opens(store, settings, cluster, seal):
    access = ClusterAccess(settings, cluster, "a/b", Clock(), seal=seal)
    services = Services(store, settings, access=access, oidc=Oidc(settings_of("http://127.0.0.1:9"), seal))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app_of(services)), base_url=ADDRESS) as browser:
        answer = await browser.get("/login/oidc")
        assert (answer.status_code, "log in with a token" in answer.text) == (503, True)
        held = cluster.add("alice", "get alerts")
        assert (await browser.post("/api/v1/session", json={"token": held})).status_code == 204


async def test_without_a_provider_there_is_no_such_way(nobody_at_desk):
    assert (await nobody_at_desk.get("/login/oidc")).status_code == 404
    assert (await nobody_at_desk.get("/login/oidc/callback")).status_code == 404
    assert (await nobody_at_desk.get("/api/v1/session/ways")).json() == {"oidc": ""}


@pytest.fixture
async def nobody_at_desk(store, settings, anyio_backend):
    app = app_of(Services(store, settings))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ADDRESS) as client:
        yield client


async def test_outside_of_a_cluster_roles_say_what_groups_may(store, settings, issuer, provided, seal, wall):
    await store.ingest([event_document(sid=1, dest="shop/web"), event_document(sid=2, dest="pay/web", time=START + 1)])
    roles = read_roles("viewer@shop=oidc:shop-team, analyst=oidc:sec")
    access = DeskAccess(settings, Clock(), wall, seal=seal, roles=roles)
    services = Services(store, settings, access=access, oidc=Oidc(provided, seal, wall))
    seen = {}
    for sub, groups in (("shopper", ["shop-team"]), ("analyst", "sec"), ("stranger", [])):
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app_of(services)), base_url=ADDRESS) as browser:
            assert (await logged_in(browser, issuer, sub, groups=groups)).status_code == 200
            rows = (await browser.get("/api/v1/alerts")).json()["items"]
            dismissed = [
                (await browser.post(f"/api/v1/alerts/{row['id']}/dismiss", headers={"Origin": ADDRESS})).status_code
                for row in rows
            ]
            seen[sub] = sorted(row["rule"]["sid"] for row in rows), dismissed
    assert seen == {"shopper": ([1], [403]), "analyst": ([1, 2], [204, 204]), "stranger": ([], [])}


class Keys(Provider):
    """A provider whose keys the test holds."""

    def __init__(self, settings, clock):
        super().__init__(settings, clock)
        self.current = RSAKey.generate_key(2048, {"kid": "one"})
        self.asked = 0

    async def _answer(self, method, address, of, **named):
        if address.endswith("openid-configuration"):
            base = self._settings.issuer
            return of(issuer=base, authorization_endpoint=f"{base}/a", token_endpoint=f"{base}/t", jwks_uri=f"{base}/k")
        self.asked += 1
        strange = {"kty": "oct", "k": "c2VjcmV0", "kid": "one"}
        return {"keys": [strange, {"kty": "RSA", "use": "enc", "kid": "one"}, self.current.as_dict(private=False)]}


NOW = 1_800_000_000
SETTINGS = settings_of("http://localhost:1")


def signed(keys, key=None, algorithm="RS256", **changed):
    claims = {"iss": SETTINGS.issuer, "aud": "podlynx", "sub": "alice", "nonce": "n", "iat": NOW, "exp": NOW + 300} | changed
    key = key or keys.current
    return jwt.encode({"alg": algorithm, "kid": key.kid}, {n: v for n, v in claims.items() if v is not None}, key, [algorithm])


async def check(keys, token):
    return await verified(keys, SETTINGS, token, "n", lambda: NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "http://localhost:2"}, {"aud": "somebody"}, {"aud": ["podlynx", "x"]}, {"azp": "x"}, {"nonce": "m"},
        {"nonce": None}, {"exp": NOW - 61}, {"exp": None}, {"iat": NOW + 61}, {"nbf": NOW + 61}, {"sub": None}, {"sub": ""},
        {"exp": "soon"},
    ],
    ids=str,
)  # fmt: skip
async def test_a_token_that_is_not_of_this_log_in_is_refused(changed):
    keys = Keys(SETTINGS, Clock())
    with pytest.raises(OidcError) as refused:
        await check(keys, signed(keys, **changed))
    assert refused.value.hint


@pytest.mark.parametrize("changed", [{"exp": NOW - 59}, {"iat": NOW + 59}, {"aud": ["podlynx", "x"], "azp": "podlynx"}], ids=str)
async def test_clocks_may_differ_a_little(changed):
    keys = Keys(SETTINGS, Clock())
    assert (await check(keys, signed(keys, **changed)))["sub"] == "alice"


async def test_new_keys_of_the_provider_are_taken_up_and_made_up_ones_do_not_make_us_ask(monkeypatch):
    clock = Clock()
    keys = Keys(SETTINGS, clock)
    for _ in range(3):
        await check(keys, signed(keys))
    assert keys.asked == 1
    old, keys.current = keys.current, RSAKey.generate_key(2048, {"kid": "two"})
    for _ in range(5):
        with pytest.raises(OidcError):
            await check(keys, signed(keys))
    assert keys.asked == 1, "asked a moment ago"
    clock.now += 11
    assert (await check(keys, signed(keys)))["sub"] == "alice"
    assert keys.asked == 2
    with pytest.raises(OidcError):
        await check(keys, signed(keys, old))


@pytest.mark.parametrize("token", ["", "a.b.c", "x" * 5000, "eyJhbGciOiJub25lIn0.e30."])
async def test_what_is_no_token_at_all_is_refused(token):
    with pytest.raises(OidcError):
        await check(Keys(SETTINGS, Clock()), token)


async def test_another_algorithm_than_the_configured_ones_is_refused():
    keys = Keys(SETTINGS, Clock())
    with pytest.raises(OidcError):
        await check(keys, signed(keys, algorithm="RS512"))


@pytest.mark.parametrize(
    ("changed", "claims", "name"),
    [
        ({"username_claim": "sub", "username_prefix": None}, {}, "http://localhost:1#alice"),
        ({"username_claim": "sub", "username_prefix": ""}, {}, "alice"),
        ({"username_claim": "preferred_username", "username_prefix": "kc:"}, {"preferred_username": "al"}, "kc:al"),
        ({"username_claim": "email"}, {"email": "a@b", "email_verified": True}, "a@b"),
        ({"username_claim": "email"}, {"email": "a@b", "email_verified": False}, "email_not_verified"),
        ({"username_claim": "email"}, {}, "no_username"),
        ({"username_claim": "sub", "username_prefix": "system:"}, {}, "reserved_name"),
        ({"required_claims": {"hd": "example.com"}}, {"email": "a@b", "hd": "example.org"}, "not_admitted"),
        ({"required_claims": {"hd": "example.com"}}, {"email": "a@b", "hd": "example.com"}, "a@b"),
    ],
)
def test_who_the_claims_name(changed, claims, name):
    settings = settings_of("http://localhost:1", **changed)
    if "_" not in name:
        assert user_of({"sub": "alice", **claims}, settings).username == name
        return
    with pytest.raises(OidcError) as refused:
        user_of({"sub": "alice", **claims}, settings)
    assert (refused.value.code, bool(refused.value.hint), refused.value.status) == (name, True, 403)


def test_groups_that_are_the_clusters_own_are_nobodys_to_give():
    settings = settings_of("http://localhost:1", groups_prefix="")
    assert groups_of({"groups": ["a", "system:masters", 7, "", "a", "b"]}, settings) == ["a", "b"]
    assert groups_of({"groups": {"a": 1}}, settings) == []


@pytest.mark.parametrize(
    "place", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/login?code=x", "/a\r\nb", "/" * 2000]
)
def test_nobody_is_sent_to_another_site(place):
    assert safe_place(place) == "/"


@pytest.mark.parametrize(
    ("variables", "fault"),
    [
        ({"ISSUER_URL": "https://a"}, "CLIENT_ID"),
        ({"ISSUER_URL": "http://a.example", "CLIENT_ID": "x"}, "https://"),
        ({"ISSUER_URL": "https://a", "CLIENT_ID": "x", "SIGNING_ALGS": "none"}, "RS256"),
        ({"ISSUER_URL": "https://a", "CLIENT_ID": "x", "SIGNING_ALGS": "HS256"}, "RS256"),
        ({"ISSUER_URL": "https://a", "CLIENT_ID": "x", "REQUIRED_CLAIMS": "hd"}, "claim=value"),
        ({"ISSUER_URL": "https://a", "CLIENT_ID": "x", "REDIRECT_URL": "http://b"}, "REDIRECT_URL"),
    ],
)
def test_settings_that_cannot_be_used_say_which(variables, fault):
    with pytest.raises(BadOidc, match=fault):
        read_oidc({f"PODLYNX_OIDC_{name}": value for name, value in variables.items()})


@pytest.mark.parametrize("text", ["viewer", "owner=x", "viewer@=x", "viewer="])
def test_roles_that_cannot_be_read_say_how_they_are_written(text):
    with pytest.raises(BadRole, match="viewer=GROUP"):
        read_roles(text)
