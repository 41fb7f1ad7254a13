"""Secrets that a foreign or an older sensor left in what it posts: the manager overwrites them before anything is stored."""

import msgspec
import pytest

from podlynx.manager.ingest import Ingest
from podlynx.manager.live import Live
from podlynx.models.engine_event import Capture, CapturedPacket, SensorCapture, SensorEvent
from podlynx.models.identity import fingerprint, whole_id
from podlynx.redaction.event import VERSION
from podlynx.store import Search

from ..engine_events import START, sensor_event

pytestmark = pytest.mark.anyio
BODY = b"user=alice&password=hunter2-more"
SHOWN = b"user=alice&password=************"


@pytest.fixture
def ingest(store):
    return Ingest(store, Live(max_readers=1, max_each=1, queue=1))


def posted(**changed) -> SensorEvent:
    return sensor_event(payload=BODY, packet=BODY, link_type=0, buffers={"pkt_data": BODY}, matches=[], http=None, **changed)


async def stored(store):
    (row,) = (await store.alerts(Search())).items
    return (await store.alert(row.event_id)).podlynx


async def test_what_a_sensor_left_is_overwritten_with_the_packets_that_follow(ingest, store):
    event = posted()
    packet = CapturedPacket(START, 40, b"POST / HTTP/1.1\r\n\r\n" + BODY)
    whole = whole_id(event, host=event.host, origin=event.origin)
    own = SensorCapture(
        event_id=whole, fingerprint=fingerprint(event), host=event.host, after=Capture(link_type=0, after=[packet])
    )
    await ingest.lines(msgspec.json.encode(event), 10)
    await ingest.lines(msgspec.json.encode(own), 10)
    found = await stored(store)
    assert (found.payload, found.packet, found.buffers["pkt_data"]) == (SHOWN, SHOWN, SHOWN)
    assert found.capture.after[0].bytes.endswith(SHOWN)
    assert (ingest.redacted, ingest.captures_late) == (1, 0)


async def test_a_sensor_that_did_so_itself_is_not_asked_twice(ingest, store):
    await ingest.lines(msgspec.json.encode(posted(redacted=VERSION)), 10)
    assert ((await stored(store)).payload, ingest.redacted) == (BODY, 0)
