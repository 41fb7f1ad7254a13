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
from podlynx.store import Search

from ..engine_events import START, event_document
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
    assert (await ask("GET", "session", cookies=cookies)).json() == {"authenticated": True, "method": "session", "user": "alice"}
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


async def test_a_sensor_speaks_for_its_node_only(ask, cluster, store):
    held = cluster.add(SENSOR, audience=AUDIENCE, node="node-server")
    answer = await ask("POST", "events", held, content=lines(sensor_event("server"), sensor_event("client")))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong_node")
    assert await store.cursor() == 0
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


async def alerts_of_three(store):
    """In shop, between shop and pay, in pay, and of nobody that is known."""
    ends = [("shop/a", "shop/b"), ("shop/checkout", "pay/gateway"), ("pay/x", "pay/y"), ("", "")]
    await store.ingest([event_document(sid=n, time=START + n, source=s, dest=d) for n, (s, d) in enumerate(ends)])
    return {row.rule.sid: row for row in (await store.alerts(Search())).items}


async def listed(ask, held, **parameters):
    answer = (await ask("GET", "alerts", held, params=parameters)).json()
    return {row["rule"]["sid"]: row for row in answer["items"]}, answer["total"]


@pytest.mark.parametrize("group", ["true", "false"])
async def test_who_may_not_see_a_namespace_does_not_see_its_alerts(ask, cluster, store, group):
    await alerts_of_three(store)
    people = {"everything": ("get alerts",), "shop": ALICE, "pay": ("get alerts pay",), "none": ()}
    seen = {name: await listed(ask, cluster.add(name, *rights), group=group) for name, rights in people.items()}
    assert {name: sorted(rows) for name, (rows, _) in seen.items()} == {
        "everything": [0, 1, 2, 3],
        "shop": [0, 1],
        "pay": [1, 2],
        "none": [],
    }
    assert [total for _, total in seen.values()] == [4, 2, 2, 0]
    assert seen["shop"][0][1]["destination"] == {"ip": "10.0.0.2", "port": 8080, "name": "", "namespace": ""}
    assert seen["shop"][0][1]["source"]["name"] == "checkout"
    assert seen["pay"][0][1]["source"] == {"ip": "10.0.0.1", "port": 51234, "name": "", "namespace": ""}


@pytest.mark.parametrize("query", ["dest_name:gate*", "namespace:pay", "pod:gateway", "gateway", "dest_namespace:*", "pay"])
async def test_searching_does_not_tell_what_is_not_shown(ask, cluster, store, query):
    await alerts_of_three(store)
    assert sorted((await listed(ask, cluster.add("shop", *ALICE), query=query))[0]) == (
        [0] if query == "dest_namespace:*" else []
    )
    assert 1 in (await listed(ask, cluster.add("everything", "get alerts"), query=query))[0]
    assert sorted((await listed(ask, cluster.add("shop", *ALICE), query=f"NOT {query}"))[0]) == (
        [1] if query == "dest_namespace:*" else [0, 1]
    )


async def test_the_detail_shows_the_other_end_as_an_address_and_packets_by_right(ask, cluster, store):
    rows = await alerts_of_three(store)
    shop, pay = cluster.add("shop", *ALICE), cluster.add("pay", "get alerts pay")
    mine = (await ask("GET", f"alerts/{rows[1].event_id}", shop)).json()
    assert (mine["source_name"], mine["dest_name"], mine["dest_namespace"], mine["dest_ip"]) == ("checkout", "", "", "10.0.0.2")
    assert mine["podlynx"]["packet"]
    assert mine["podlynx"]["payload"]
    theirs = (await ask("GET", f"alerts/{rows[1].event_id}", pay)).json()
    assert (theirs["source_name"], theirs["dest_name"]) == ("", "gateway")
    event = theirs["podlynx"]
    assert (event["packet"], event["payload"], event["buffers"], event["matches"][0]["bytes"]) == ("", "", {}, "")
    assert event["matches"][0]["offset"] == 0
    assert (await ask("GET", f"alerts/{rows[2].event_id}", shop)).status_code == 404
    assert (await ask("GET", f"alerts/{rows[3].id}", shop)).status_code == 404


async def test_dismissing_needs_its_right_in_the_namespace(ask, cluster, store):
    rows = await alerts_of_three(store)
    pay = cluster.add("pay", "get alerts pay")
    refused = await ask("POST", f"alerts/{rows[1].id}/dismiss", pay)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    shop = cluster.add("shop", *ALICE)
    assert (await ask("POST", f"alerts/{rows[2].id}/dismiss", shop)).status_code == 404
    for verb in ("dismiss", "restore"):
        assert (await ask("POST", f"alerts/{rows[1].id}/{verb}", shop)).status_code == 204


async def test_totals_of_the_store_are_for_who_may_see_all(ask, cluster, store):
    await alerts_of_three(store)
    assert (await ask("GET", "status", cluster.add("everything", "get alerts"))).json()["store"]["events"] == 4
    assert (await ask("GET", "status", cluster.add("shop", *ALICE))).json()["store"]["events"] == 0


@pytest.mark.parametrize(
    ("held", "audiences"),
    [(token("x", "a", "b"), ["a", "b"]), ("opaque", []), ("a.b.c", []), ("a.%%%.c", []), ("a.WzFd.c", [])],
)
def test_the_audience_that_a_token_claims(held, audiences):
    assert audiences_of(held) == audiences
