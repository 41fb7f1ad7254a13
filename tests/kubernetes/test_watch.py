"""A watch tells everything once, whatever the API server does in between."""

import asyncio
from collections import deque

import httpx2
import msgspec
import pytest
from tests.kubernetes.api_server import running
from tests.kubernetes.waiting import until

from podlynx.kubernetes import watch as module
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.kinds import CONFIG_MAPS, PODS
from podlynx.kubernetes.watch import watch

pytestmark = pytest.mark.anyio


class Pod(msgspec.Struct):
    class Meta(msgspec.Struct):
        name: str

    metadata: Meta


def pod(name, version):
    return {"metadata": {"name": name, "resourceVersion": version}}


def line(kind, item):
    return msgspec.json.encode({"type": kind, "object": item}) + b"\n"


def page(*items, version, more=""):
    return httpx2.Response(200, json={"metadata": {"resourceVersion": version, "continue": more}, "items": list(items)})


def refused(code):
    return httpx2.Response(code, json={"kind": "Status", "code": code, "reason": "Gone", "message": "too old"})


class Pieces(httpx2.AsyncByteStream):
    """An answer in these pieces; an exception among them is raised there, and at the end the connection stays open."""

    def __init__(self, *pieces, ends=False):
        self.pieces, self.ends = pieces, ends

    async def __aiter__(self):
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece
        if not self.ends:
            await asyncio.Event().wait()


def stream(*pieces, ends=False):
    return httpx2.Response(200, stream=Pieces(*pieces, ends=ends))


class Script:
    """Answers requests one after another, and keeps what was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = deque(answers), []

    def __call__(self, request):
        self.asked.append(dict(request.url.params))
        answer = self.answers.popleft() if self.answers else stream()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self):
        return Client(httpx2.AsyncClient(transport=httpx2.MockTransport(self), base_url="http://api"))


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "BACKOFF", (0.001, 0.01))


async def told(script, count, **options):
    """The first changes: their kinds and names, syncs left out."""
    found = []
    async with asyncio.timeout(5), script.client() as client:
        async for change in watch(client, PODS, of=Pod, **options):
            if change.kind != "sync":
                found.append((change.kind, *(each.metadata.name for each in change.objects)))
            if len(found) == count:
                break
    return found


async def test_first_everything_then_each_change():
    changes = [line("ADDED", pod("b", "2")), line("MODIFIED", pod("a", "3")), line("DELETED", pod("a", "4"))]
    script = Script(page(pod("a", "1"), version="1"), stream(*changes))
    assert await told(script, 4) == [("replace", "a"), ("set", "b"), ("set", "a"), ("delete", "a")]
    assert script.asked[1]["resourceVersion"] == "1"
    assert script.asked[1]["allowWatchBookmarks"] == "true"


async def test_a_long_list_is_read_in_pages():
    script = Script(page(pod("a", "1"), version="5", more="next"), page(pod("b", "1"), version="5"))
    assert await told(script, 1) == [("replace", "a", "b")]
    assert script.asked[1]["continue"] == "next"


async def test_lines_may_come_in_any_pieces():
    whole = line("ADDED", pod("a", "2")) + line("ADDED", pod("b", "3"))
    script = Script(page(version="1"), stream(*(whole[at : at + 7] for at in range(0, len(whole), 7))))
    assert await told(script, 3) == [("replace",), ("set", "a"), ("set", "b")]


async def test_a_lost_connection_resumes_where_it_was():
    first = stream(line("ADDED", pod("a", "2")), line("BOOKMARK", pod("", "9")), httpx2.ReadError("reset"))
    script = Script(page(version="1"), first, httpx2.ConnectError("refused"), stream(line("ADDED", pod("b", "10"))))
    assert await told(script, 3) == [("replace",), ("set", "a"), ("set", "b")]
    assert [asked["resourceVersion"] for asked in script.asked] == ["0", "1", "9", "9"]


@pytest.mark.parametrize(
    "gone", [refused(410), stream(line("ERROR", {"code": 410, "message": "too old"}))], ids=["answer", "line"]
)
async def test_gone_reads_everything_again(gone):
    script = Script(page(pod("a", "1"), version="1"), gone, page(pod("b", "7"), version="7"))
    assert await told(script, 2) == [("replace", "a"), ("replace", "b")]
    again = script.asked[2]
    assert (again["resourceVersion"], again["resourceVersionMatch"]) == ("1", "NotOlderThan"), "not from an older cache"


async def test_gone_while_pages_are_read_begins_the_list_anew():
    script = Script(page(pod("a", "1"), version="1", more="next"), refused(410), page(pod("b", "7"), version="7"))
    assert await told(script, 1) == [("replace", "b")]


@pytest.mark.parametrize("code", [410, 504], ids=["gone", "too large"])
async def test_a_database_that_was_restored_to_an_earlier_state(code):
    script = Script(page(pod("a", "900"), version="900"), refused(410), refused(code), page(pod("b", "7"), version="7"))
    assert await told(script, 2) == [("replace", "a"), ("replace", "b")]
    assert "resourceVersion" not in script.asked[3]


async def test_an_overloaded_api_server_does_not_cost_a_list():
    script = Script(page(version="1"), refused(429), refused(503), stream(line("ADDED", pod("a", "2"))))
    assert await told(script, 2) == [("replace",), ("set", "a")]


async def test_a_resource_that_is_not_served_yet_is_nothing_and_is_waited_for():
    script = Script(refused(404), refused(404), page(pod("a", "1"), version="1"))
    assert await told(script, 2) == [("replace",), ("replace", "a")]


async def test_a_resource_that_vanishes_for_a_moment_is_not_taken_for_gone():
    script = Script(page(pod("a", "1"), version="1"), refused(404), refused(404), page(pod("a", "1"), version="1"))
    assert await told(script, 2) == [("replace", "a"), ("replace", "a")]


async def test_what_cannot_be_read_is_left_out():
    odd = {"metadata": {"name": 5, "resourceVersion": "2"}}
    script = Script(page(pod("a", "1"), odd, version="1"), stream(line("ADDED", odd), b"no json\n"), page(version="3"))
    assert await told(script, 2) == [("replace", "a"), ("replace",)]


async def test_selectors_are_sent_with_every_request():
    script = Script(page(version="1"), stream(line("ADDED", pod("a", "2"))))
    await told(script, 2, fields={"spec.nodeName": "n1"}, labels={"a": "b", "c": "d"})
    assert {(asked["fieldSelector"], asked["labelSelector"]) for asked in script.asked} == {("spec.nodeName=n1", "a=b,c=d")}


async def test_a_line_without_an_end_is_cut_short(monkeypatch):
    monkeypatch.setattr(module, "MAX_LINE", 1000)
    script = Script(page(version="1"), stream(b"x" * 1001), page(pod("a", "2"), version="2"))
    assert await told(script, 2) == [("replace",), ("replace", "a")]


async def test_a_real_api_server_that_crashes_and_returns(tmp_path, monkeypatch):
    names: list[str] = []
    with running(tmp_path) as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig))

        async def follow(client):
            async for change in watch(client, CONFIG_MAPS, namespace="default", labels={"test": "watch"}):
                names.extend(each["metadata"]["name"] for each in change.objects if change.kind == "set")

        async def make(client, name):
            await client.create(CONFIG_MAPS, {"metadata": {"name": name, "labels": {"test": "watch"}}}, "default")

        async with Client.connect() as client:
            following = asyncio.create_task(follow(client))
            await asyncio.sleep(0.5)
            await make(client, "before")
            await asyncio.sleep(0.3)
            server.kill_api()
            await asyncio.sleep(0.5)
            await asyncio.to_thread(server.start_api)
            await make(client, "after")
            await until(lambda: names == ["before", "after"])
            following.cancel()
