"""Deliveries beyond what the manager can hold are refused before they are read, and told when to come again."""

import asyncio
import gzip

import msgspec
import pytest
import zstandard

from podlynx.manager.admission import Admission
from podlynx.manager.errors import ApiError
from podlynx.manager.settings import Settings

from ..engine_events import START, sensor_event

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings() -> Settings:
    return Settings(max_deliveries=3, max_delivery_bytes=20_000)


def batch(count, first=0):
    return b"\n".join(msgspec.json.encode(sensor_event(time=START + first + n)) for n in range(count))


class Slow:
    """A body that comes when the test says so."""

    def __init__(self, content):
        self.go, self.begun, self._content = asyncio.Event(), asyncio.Event(), content

    async def __aiter__(self):
        self.begun.set()
        await self.go.wait()
        yield self._content


async def status(client):
    return (await client.get("/api/v1/status")).json()["counters"]


def refused(answer):
    return answer.status_code, answer.json()["error"]["code"], answer.headers.get("Retry-After")


REFUSED = (503, "too_many_deliveries", "1")


async def test_no_more_at_once_than_may_be(sensor, services, client, connect, settings):
    waiting = [Slow(batch(1, n)) for n in range(3)]
    senders = [connect(settings.ingest_token, **{"Content-Length": "900"}) for _ in waiting]
    under_way = [
        asyncio.create_task(each.post("/api/v1/events", content=body)) for each, body in zip(senders, waiting, strict=True)
    ]
    for body in waiting:
        await body.begun.wait()
    assert refused(await sensor.post("/api/v1/events", content=batch(1, 9))) == REFUSED
    for body in waiting:
        body.go.set()
    assert [(await each).json()["accepted"] for each in under_way] == [1, 1, 1]
    assert (await sensor.post("/api/v1/events", content=batch(1, 9))).json()["accepted"] == 1
    counters = await status(client)
    assert (counters["deliveries_refused_many"], counters["deliveries_refused_bytes"]) == (1, 0)
    assert (services.admission.deliveries, services.admission.bytes) == (0, 0)
    for each in senders:
        await each.aclose()


@pytest.mark.parametrize(("compress", "encoding"), [(bytes, ""), (gzip.compress, "gzip"), (zstandard.compress, "zstd")])
async def test_no_more_bytes_than_may_be_packed_or_not(sensor, client, connect, settings, compress, encoding):
    """A batch that is too large for the room that is left is refused; alone it is taken."""
    slow, large = Slow(batch(1)), compress(batch(20, 1))
    async with connect(settings.ingest_token, **{"Content-Length": "900"}) as other:
        under_way = asyncio.create_task(other.post("/api/v1/events", content=slow))
        await slow.begun.wait()
        headers = {"Content-Encoding": encoding} if encoding else {}
        assert refused(await sensor.post("/api/v1/events", content=large, headers=headers)) == REFUSED
        slow.go.set()
        assert (await under_way).status_code == 200
    assert (await sensor.post("/api/v1/events", content=large, headers=headers)).json()["accepted"] == 20
    assert (await status(client))["deliveries_refused_bytes"] == 1


async def test_a_body_that_does_not_say_its_length_may_be_of_any(sensor, connect, settings):
    silent, known = Slow(batch(1)), Slow(batch(1, 1))
    async with connect(settings.ingest_token) as one, connect(settings.ingest_token, **{"Content-Length": "900"}) as other:
        first = asyncio.create_task(one.post("/api/v1/events", content=silent))
        await silent.begun.wait()
        known.go.set()
        assert refused(await other.post("/api/v1/events", content=known)) == REFUSED
        silent.go.set()
        assert (await first).json()["accepted"] == 1


async def test_what_fails_leaves_its_place(sensor, services):
    for body, headers in (
        (b"{}", {}),
        (b"no gzip", {"Content-Encoding": "gzip"}),
        (b"\x1f\x8b" * 9, {"Content-Encoding": "gzip"}),
    ):
        assert (await sensor.post("/api/v1/events", content=body, headers=headers)).status_code == 400
    assert (services.admission.deliveries, services.admission.bytes) == (0, 0)


def test_one_node_does_not_take_the_places_of_others():
    admission = Admission(most=10, most_each=2, most_bytes=1000)
    with admission.delivery("one", 1), admission.delivery("one", 1), admission.delivery("", 1), admission.delivery("", 1):
        with pytest.raises(ApiError, match="2 of this node"), admission.delivery("one", 1):
            pass
        with admission.delivery("other", 1), admission.delivery("", 1):  # a shared token tells no nodes apart
            pass
    assert (admission.deliveries, admission.bytes, admission.refused_many) == (0, 0, 1)
