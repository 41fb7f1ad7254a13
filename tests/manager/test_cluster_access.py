"""Tokens and rights of a cluster, against an API server that is a table."""

import base64
import json

import httpx2
import pytest

from podlynx.kubernetes.errors import Unreachable
from podlynx.kubernetes.reviews import NODE_NAME, User
from podlynx.manager import cluster_access
from podlynx.manager.app import app_of
from podlynx.manager.cluster_access import AUDIENCE, ClusterAccess, audiences_of
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings
from podlynx.models.engine_event import Capture, CapturedPacket, SensorCapture
from podlynx.models.identity import fingerprint, whole_id
from podlynx.store import Search

from ..engine_events import event_document
from .conftest import ADDRESS, Clock
from .observed import lines, sensor_event

pytestmark = pytest.mark.anyio

SENSOR = "system:serviceaccount:tigera-dpi:tigera-dpi"


def token(name, *audiences):
    claims = base64.urlsafe_b64encode(json.dumps({"sub": name, "aud": list(audiences)}).encode()).decode().rstrip("=")
    return f"header.{claims}.signature-of-{name}"


class Cluster:
    """`users`: token to (audience, user); `rights`: (user name, verb, resource, namespace or "" for all)."""

    def __init__(self):
        self.users, self.rights, self.reviews, self.down = {}, set(), 0, False

    def add(self, name, *rights, audience="", node=""):
        held = token(f"{name}-{len(self.users)}", audience or "https://kubernetes.default.svc")
        extra = {NODE_NAME: [node]} if node else {}
        self.users[held] = (audience, User(name, f"uid-{name}", ["system:authenticated"], extra))
        self.rights |= {(name, *right.split()) if len(right.split()) == 3 else (name, *right.split(), "") for right in rights}
        return held

    async def review_token(self, held, audiences):
        self._asked()
        audience, user = self.users.get(held, (None, None))
        return user if (audience in audiences if audiences else not audience) else None

    async def allowed(self, user, verb, resource, namespace):
        self._asked()
        return bool({(user.username, verb, resource, ""), (user.username, verb, resource, namespace)} & self.rights)

    def _asked(self):
        self.reviews += 1
        if self.down:
            raise Unreachable("no route to host")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cluster():
    return Cluster()


@pytest.fixture
def services(store, settings, cluster, clock):
    return Services(store, settings, access=ClusterAccess(settings, cluster, "tigera-dpi/tigera-dpi", clock))


@pytest.fixture
def ask(services):
    app = app_of(services)

    async def ask(method, path, held=None, **sent):
        headers = {"Authorization": f"Bearer {held}"} if held else {}
        client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url=ADDRESS, headers=headers, cookies=sent.pop("cookies", None)
        )
        async with client as http:
            return await http.request(method, path if path.startswith("/") else f"/api/v1/{path}", **sent)

    return ask


ALICE = ("get alerts shop", "get alerts/packets shop", "update alerts shop")


async def test_a_token_that_nobody_knows(ask):
    answer = await ask("GET", "alerts", "made.up.token")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_authenticated")


async def test_answers_are_remembered_for_a_while_and_no_longer(ask, cluster, clock):
    held = cluster.add("alice", "get alerts")
    for _ in range(5):
        assert (await ask("GET", "alerts", held)).status_code == 200
    assert cluster.reviews == 2
    del cluster.users[held]
    clock.now += cluster_access.TOKEN_SECONDS + 1
    assert (await ask("GET", "alerts", held)).status_code == 401


async def test_a_right_that_is_taken_away_is_gone_within_half_a_minute(ask, cluster, clock, store):
    held = cluster.add("alice", "get alerts")
    await store.ingest([event_document(dest="shop/web")])
    assert len((await ask("GET", "alerts", held)).json()["items"]) == 1
    cluster.rights.clear()
    clock.now += cluster_access.RIGHT_SECONDS + 1
    assert (await ask("GET", "alerts", held)).json()["items"] == []


async def test_guessing_tokens_is_slowed_but_who_is_known_comes_in(ask, cluster, settings):
    held = cluster.add("alice", "get alerts")
    assert (await ask("GET", "alerts", held)).status_code == 200
    for n in range(settings.login_failures):
        assert (await ask("GET", "alerts", f"guess-{n}")).status_code == 401
    assert (await ask("GET", "alerts", "one more")).status_code == 429
    assert (await ask("GET", "alerts", held)).status_code == 200
    assert cluster.reviews == settings.login_failures + 2


async def test_who_guesses_at_their_address_does_not_lock_good_tokens_out(ask, cluster, settings, clock):
    held = cluster.add(SENSOR, audience=AUDIENCE, node="node-server")
    person = cluster.add("alice", "get alerts")
    heartbeat = lines(sensor_event("server"))
    assert (await ask("POST", "events", held, content=heartbeat)).status_code == 200
    assert (await ask("GET", "alerts", person)).status_code == 200
    clock.now += cluster_access.TOKEN_SECONDS + 1
    for n in range(settings.login_failures):
        assert (await ask("GET", "alerts", f"guess-{n}")).status_code == 401
    renewed = cluster.add(SENSOR, audience=AUDIENCE, node="node-server")
    assert (await ask("GET", "alerts", "one more")).status_code == 429
    assert (await ask("GET", "alerts", person)).status_code == 200
    assert [(await ask("POST", "events", each, content=heartbeat)).status_code for each in (held, renewed)] == [200, 200]


async def test_guesses_that_claim_to_be_a_sensors_are_slowed_too(ask, cluster, settings):
    most = settings.login_failures * cluster_access.SENSOR_FAILURES
    for n in range(most):
        assert (await ask("POST", "events", token(f"guess-{n}", AUDIENCE), content=b"")).status_code == 401
    assert (await ask("POST", "events", token("one more", AUDIENCE), content=b"")).status_code == 429
    assert cluster.reviews == most


async def test_a_cluster_that_does_not_answer_is_said(ask, cluster):
    held = cluster.add("alice", "get alerts")
    cluster.down = True
    answer = await ask("GET", "alerts", held)
    assert (answer.status_code, answer.json()["error"]["code"], answer.headers["retry-after"]) == (
        503,
        "cluster_unreachable",
        "2",
    )


async def test_a_session_is_its_users_and_ends_with_their_token(ask, cluster, clock):
    held = cluster.add("alice", *ALICE)
    cookies = (await ask("POST", "session", json={"token": held})).cookies
    assert (await ask("GET", "session", cookies=cookies)).json() == {
        "authenticated": True,
        "method": "session",
        "user": "alice",
        "by": "token",
    }
    del cluster.users[held]
    clock.now += cluster_access.TOKEN_SECONDS + 1
    assert (await ask("GET", "session", cookies=cookies)).status_code == 401


async def test_a_link_of_ones_own_opens_ones_own_session(ask, cluster):
    held = cluster.add("alice", *ALICE)
    path = (await ask("POST", "session/code", held)).json()["path"]
    cookies = (await ask("GET", path)).cookies
    assert (await ask("GET", "session", cookies=cookies)).json()["user"] == "alice"
    assert (await ask("GET", path)).status_code == 401


async def test_sensors_have_tokens_of_their_own_audience_and_paths_of_their_own(ask, cluster):
    held = cluster.add(SENSOR, audience=AUDIENCE, node="node-server")
    assert (await ask("POST", "events", held, content=lines(sensor_event("server")))).json()["accepted"] == 1
    for path in ("alerts", "sensors", "rules", "status", "session"):
        assert (await ask("GET", path, held)).json()["error"]["code"] == "wrong_scope"
    assert (await ask("POST", "session", json={"token": held})).status_code == 401
    for_the_api_server = cluster.add(SENSOR)
    assert (await ask("POST", "events", for_the_api_server, content=b"")).status_code == 401
    someone = cluster.add("system:serviceaccount:default:default", audience=AUDIENCE, node="node-server")
    assert (await ask("POST", "events", someone, content=b"")).json()["error"]["code"] == "wrong_scope"


def capture_of(event, **changed):
    whole = whole_id(event, host=event.host, origin=event.origin)
    after = Capture(after=[CapturedPacket(event.time + 1, 60, b"answer")])
    return SensorCapture(**{"event_id": whole, "fingerprint": fingerprint(event), "host": event.host, "after": after} | changed)


async def test_packets_after_an_event_come_later_and_only_from_its_node(ask, cluster, store):
    held = cluster.add(SENSOR, audience=AUDIENCE, node="node-server")
    event, other = sensor_event("server"), sensor_event("client")
    answer = (await ask("POST", "events", held, content=lines(event, capture_of(event)))).json()
    assert (answer["accepted"], answer["refused"]) == (2, 0)
    (row,) = (await store.alerts(Search())).items
    assert (await store.alert(row.event_id)).podlynx.capture.after[0].bytes == b"answer"
    for foreign in (capture_of(other), capture_of(other, host="node-server")):
        refused = await ask("POST", "events", held, content=lines(foreign))
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "wrong_node")
    unknown = capture_of(event, fingerprint=b"x" * 16)
    answer = (await ask("POST", "events", held, content=lines(unknown))).json()
    assert (answer["accepted"], answer["duplicates"], answer["refused"]) == (0, 1, 0), "it is not sent again"


async def test_a_sensor_speaks_for_its_node_only(ask, cluster, store):
    held = cluster.add(SENSOR, audience=AUDIENCE, node="node-server")
    answer = await ask("POST", "events", held, content=lines(sensor_event("client"), sensor_event("client")))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong_node")
    assert await store.cursor() == 0
    mixed = (await ask("POST", "events", held, content=lines(sensor_event("client"), sensor_event("server")))).json()
    assert (mixed["accepted"], mixed["refused"], mixed["refused_lines"][0]["line"]) == (1, 1, 1)
    assert "'node-client'" in mixed["refused_lines"][0]["message"]
    assert [row.host for row in (await store.alerts(Search())).items] == ["node-server"]
    foreign = sensor_event("server", observers=sensor_event("client").observers)
    assert (await ask("POST", "events", held, content=lines(foreign))).json()["error"]["code"] == "wrong_node"
    unbound = cluster.add(f"{SENSOR}", audience=AUDIENCE)
    answer = await ask("POST", "events", unbound, content=lines(sensor_event("server")))
    assert answer.json()["error"]["code"] == "unbound_token"


async def test_the_sensors_list_needs_its_right(ask, cluster):
    operator = cluster.add("system:serviceaccount:podlynx-system:podlynx-operator", "get sensors", audience=AUDIENCE)
    assert (await ask("GET", "sensors", operator)).json()["sensors"] == []
    alice = cluster.add("alice", "get sensors shop")
    answer = await ask("GET", "sensors", alice)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert "podlynx-viewer" in answer.json()["error"]["hint"]


@pytest.mark.parametrize("settings", [Settings(max_login_codes_each=2, max_streams_each=2)])
async def test_nobody_uses_up_what_is_for_all(ask, cluster, services):
    alice, mallory = cluster.add("alice", *ALICE), cluster.add("mallory")
    her_code = (await ask("POST", "session/code", alice)).json()["path"]
    codes = [(await ask("POST", "session/code", mallory)).json()["path"] for _ in range(5)]
    assert [(await ask("GET", each)).status_code for each in codes] == [401] * 3 + [303] * 2
    assert (await ask("GET", her_code)).status_code == 303
    assert services.access.evicted == 3
    async with services.live.reader("mallory"), services.live.reader("mallory"):
        assert (services.live.full("mallory"), services.live.full("alice")) == (True, False)


@pytest.mark.parametrize(
    ("held", "audiences"),
    [(token("x", "a", "b"), ["a", "b"]), ("opaque", []), ("a.b.c", []), ("a.%%%.c", []), ("a.WzFd.c", [])],
)
def test_the_audience_that_a_token_claims(held, audiences):
    assert audiences_of(held) == audiences
