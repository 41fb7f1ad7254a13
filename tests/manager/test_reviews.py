"""TokenReview and SubjectAccessReview as they go over the wire."""

import httpx2
import msgspec
import pytest

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.reviews import NODE_NAME, User, allowed, review_token
from podlynx.manager.reviewer import ClusterReviewer

pytestmark = pytest.mark.anyio


class Server:
    """Answers one status, and keeps what it was asked."""

    def __init__(self, status, code=201):
        self.status, self.code, self.asked = status, code, []

    def client(self):
        def answer(request):
            self.asked.append((request.url.path, msgspec.json.decode(request.content)["spec"]))
            return httpx2.Response(self.code, content=msgspec.json.encode({"kind": "Review", "status": self.status}))

        return Client(httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://api"))


ALICE = {"username": "alice", "uid": "7", "groups": ["dev"], "extra": {NODE_NAME: ["n1"]}}


@pytest.mark.parametrize(
    ("status", "audiences", "known"),
    [
        ({"authenticated": True, "user": ALICE}, [], True),
        ({"authenticated": True, "user": ALICE, "audiences": ["ours"]}, ["ours"], True),
        ({"authenticated": True, "user": ALICE, "audiences": ["theirs"]}, ["ours"], False),
        ({"authenticated": True, "user": ALICE}, ["ours"], False),
        ({"authenticated": False, "error": "expired"}, [], False),
        ({}, [], False),
    ],
)
async def test_whose_token_it_is(status, audiences, known):
    server = Server(status)
    user = await review_token(server.client(), "secret", audiences)
    assert (user is not None) is known
    if user:
        assert (user.username, user.groups, user.node) == ("alice", ["dev"], "n1")
    wanted = {"token": "secret"} | ({"audiences": audiences} if audiences else {})
    assert server.asked == [("/apis/authentication.k8s.io/v1/tokenreviews", wanted)]


async def test_what_they_may_do():
    user = User("alice", "7", ["dev"], {"k": ["v"]})
    server = Server({"allowed": True})
    assert await allowed(server.client(), user, "get", "podlynx.io", "alerts", "packets", "shop")
    asked = {"verb": "get", "group": "podlynx.io", "resource": "alerts", "subresource": "packets", "namespace": "shop"}
    who = {"user": "alice", "uid": "7", "groups": ["dev"], "extra": {"k": ["v"]}}
    assert server.asked == [("/apis/authorization.k8s.io/v1/subjectaccessreviews", {**who, "resourceAttributes": asked})]
    assert not await allowed(Server({"allowed": False, "denied": True}).client(), user, "get", "podlynx.io", "alerts")


async def test_our_own_resources_in_all_namespaces():
    server = Server({"allowed": True})
    await ClusterReviewer(server.client()).allowed(User("alice"), "get", "alerts/packets", "")
    asked = {"verb": "get", "group": "podlynx.io", "resource": "alerts", "subresource": "packets"}
    assert server.asked[0][1]["resourceAttributes"] == asked


async def test_an_api_server_that_refuses_or_talks_nonsense():
    with pytest.raises(ApiError):
        await review_token(Server({}, 403).client(), "secret")
    with pytest.raises(ApiError, match="cannot be read"):
        await review_token(Server("nonsense").client(), "secret")
