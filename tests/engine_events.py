"""Engine events for tests: one that is whole, changed by what a test names."""

from typing import Any

import msgspec

from podlynx.models.engine_event import EngineEvent, FlowSummary, HttpSummary, Match, SensorEvent
from podlynx.models.event import Endpoint, EventDocument, document

HOST, ORIGIN = "node-1", "dpi.default/sample-dpi-frontend"
START = 1_700_000_000_000_000_000
"""2023-11-14 22:13:20 UTC."""

WHOLE = EngineEvent(
    time=START,
    packet_number=17,
    gid=1,
    sid=57461,
    rev=1,
    msg="MALWARE-BACKDOOR back door reached",
    classtype="trojan-activity",
    class_text="A Network Trojan was detected",
    priority=1,
    references=["cve,2021-1234", "url,example.com/advisory"],
    metadata=["policy security-ips drop"],
    rule_text='alert tcp any any -> any any ( msg:"back door"; sid:57461; )',
    protocol="TCP",
    generator="stream_tcp",
    direction="C2S",
    service="http",
    src_ip="10.0.0.1",
    src_port=51234,
    dst_ip="10.0.0.2",
    dst_port=8080,
    packet_length=123,
    interface="lo",
    ifindex=1,
    packet=b"\x45\x00packet",
    payload=b"POST /secid_canceltoken.cgi HTTP/1.1\r\nX-CMD: Test\r\n\r\n",
    matches=[Match('content:"X-CMD"', "content", "http_header", 0, 5, b"X-CMD")],
    buffers={"http_header": b"X-CMD: Test\r\n"},
    buffer_offsets={"http_header": 0},
    flow=FlowSummary(id=3, client_ip="10.0.0.1", client_port=51234, server_ip="10.0.0.2", server_port=8080),
    http=HttpSummary("POST /secid_canceltoken.cgi HTTP/1.1", "shop.example", "curl/8.0"),
)


def engine_event(**changed: Any) -> EngineEvent:
    """The whole event, with some fields changed."""
    return msgspec.structs.replace(WHOLE, **changed)


def sensor_event(**changed: Any) -> SensorEvent:
    """The same as a sensor ships it."""
    values = {name: getattr(WHOLE, name) for name in EngineEvent.__struct_fields__}
    return SensorEvent(**{**values, "host": HOST, "origin": ORIGIN, **changed})


def event_document(*, host: str = HOST, origin: str = ORIGIN, source: str = "", dest: str = "", **changed: Any) -> EventDocument:
    """Its document; `source` and `dest` are `namespace/pod`."""
    ends = {name: _end(text) for name, text in (("source", source), ("destination", dest))}
    return document(engine_event(**changed), host=host, origin=origin, **ends)


def _end(text: str) -> Endpoint:
    namespace, _, name = text.partition("/")
    return Endpoint(name=name, namespace=namespace)
