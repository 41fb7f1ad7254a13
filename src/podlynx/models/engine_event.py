"""The engine's `Event`: one JSON object a line, as `_engine.Replay.step` and `_engine.Live.poll` answer it.

Sizes are capped here, at the edge, because an event may also come from another process over the network. Fields that a
newer engine adds are ignored, so an older manager still takes the events of a newer sensor.
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

import msgspec

from podlynx.models.decoding import decoded
from podlynx.models.endpoint import Observer, PodRef

MAX_PACKET: Final = 65_535
"""Bytes of one wire packet."""
MAX_PAYLOAD: Final = 16_384
"""Bytes of the inspected payload that an event carries."""
MAX_BUFFER: Final = 4_096
"""Bytes of one named buffer, around its matches."""
MAX_TEXT: Final = 16_384
"""Characters of any text field (the longest is the rule)."""
MAX_LIST: Final = 256
"""Entries of any list or table of an event."""
MAX_SNAP: Final = 1_518
"""Bytes of one packet that was captured around an event."""
MAX_CAPTURED: Final = 64
"""Packets captured before an event, and as many after it."""

Nanoseconds = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1, description="Nanoseconds since the epoch (UTC)")]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Word = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
Short = Annotated[str, msgspec.Meta(max_length=255)]
Address = Annotated[str, msgspec.Meta(max_length=45, description="IPv4 or IPv6 address, no brackets")]
PacketBytes = Annotated[bytes, msgspec.Meta(max_length=MAX_PACKET)]
PayloadBytes = Annotated[bytes, msgspec.Meta(max_length=MAX_PAYLOAD)]
BufferBytes = Annotated[bytes, msgspec.Meta(max_length=MAX_BUFFER)]
SnapBytes = Annotated[bytes, msgspec.Meta(max_length=MAX_SNAP)]
Texts = Annotated[list[Text], msgspec.Meta(max_length=MAX_LIST)]


class Match(msgspec.Struct, frozen=True):
    """Why one option of the rule matched: `length` bytes at `offset` of the named buffer."""

    option: Text
    keyword: Short
    buffer: Short
    offset: int
    length: int
    bytes: BufferBytes = b""


class FlowSummary(msgspec.Struct, frozen=True):
    """The flow of the inspected packet, with its counters at that moment."""

    id: int
    client_ip: Address
    server_ip: Address
    client_port: Port | None = None
    server_port: Port | None = None
    community_id: Short = ""
    start: Nanoseconds = 0
    client_packets: Count = 0
    client_bytes: Count = 0
    server_packets: Count = 0
    server_bytes: Count = 0


class HttpSummary(msgspec.Struct, frozen=True):
    """The HTTP request that the event belongs to, as far as it was seen."""

    request_line: Text = ""
    host: Text = ""
    user_agent: Text = ""


class Headers(msgspec.Struct, frozen=True, omit_defaults=True):
    """Header fields of the packet that triggered the event; those that do not apply are absent."""

    eth_src: Short | None = None
    eth_dst: Short | None = None
    eth_type: int | Short | None = None
    ttl: Word | None = None
    tos: Word | None = None
    ip_id: Word | None = None
    ip_len: Word | None = None
    tcp_flags: Word | Short | None = None
    tcp_seq: Word | None = None
    tcp_ack: Word | None = None
    tcp_win: Word | None = None
    tcp_len: Word | None = None
    udp_len: Word | None = None
    icmp_type: Word | None = None
    icmp_code: Word | None = None
    icmp_id: Word | None = None
    icmp_seq: Word | None = None


class CapturedPacket(msgspec.Struct, frozen=True):
    """The first bytes of one packet of the flow; `length`: bytes that it had on the wire."""

    time: Nanoseconds
    length: Word
    bytes: SnapBytes = b""


CapturedPackets = Annotated[list[CapturedPacket], msgspec.Meta(max_length=MAX_CAPTURED)]


class Capture(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Packets of the flow around the one that triggered an event, oldest first; that one stands in `EngineEvent.packet`.

    `after` is known only a while after the event, and comes as a record of its own (`SensorCapture`).
    """

    link_type: Word = 1
    before: CapturedPackets = []
    after: CapturedPackets = []

    def followed_by(self, later: "Capture") -> "Capture":
        """With what came after; where that is known already, as it is."""
        return self if self.after else msgspec.structs.replace(self, after=later.after)


class EngineEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One rule that fired on one packet or PDU. `src_*` and `dst_*` are those of what was inspected, not of the flow."""

    time: Nanoseconds
    packet_number: Count = 0
    gid: Word
    sid: Word
    rev: Word = 0
    msg: Text = ""
    classtype: Short = ""
    class_text: Short = ""
    priority: Word = 3
    references: Texts = []
    metadata: Texts = []
    rule_text: Annotated[str, msgspec.Meta(max_length=65_536)] = ""
    sequence: Word | None = None
    """TCP sequence number of the first byte inspected: the same wherever on its way the segment is seen (RFC 9293)."""
    protocol: Literal["TCP", "UDP", "ICMP", "IP"]
    generator: Short = "raw"
    direction: Literal["C2S", "S2C", "UNK"] = "UNK"
    service: Short | None = None
    src_ip: Address
    src_port: Port | None = None
    dst_ip: Address
    dst_port: Port | None = None
    vlan: Word = 0
    packet_length: Count = 0
    interface: Short | None = None
    ifindex: Word | None = None
    towards_pod: bool | None = None
    packet: PacketBytes = b""
    packet_time: Nanoseconds = 0
    """Of `packet`; `time` is that of the first byte inspected, which came earlier where a message spans packets."""
    link_type: Word = 1
    payload: PayloadBytes = b""
    matches: Annotated[list[Match], msgspec.Meta(max_length=MAX_LIST)] = []
    buffers: Annotated[dict[Short, BufferBytes], msgspec.Meta(max_length=MAX_LIST)] = {}
    buffer_offsets: Annotated[dict[Short, int], msgspec.Meta(max_length=MAX_LIST)] = {}
    flow: FlowSummary | None = None
    http: HttpSummary | None = None
    headers: Headers = Headers()
    incomplete: bool = False
    """Not everything was seen: when it was raised packets were being shed or dropped, or some of its flow had been shed."""
    event_number: Count = 0
    """Of this engine, from 1: what the engine says later of the packets after an event (`Aftermath`) names it by this."""
    capture: Capture | None = None

    def followed_by(self, later: Capture) -> Self:
        """The event with what came after it."""
        return msgspec.structs.replace(self, capture=self.capture.followed_by(later) if self.capture else later)

    @property
    def rule(self) -> str:
        """`gid:sid:rev`, as Snort writes it."""
        return f"{self.gid}:{self.sid}:{self.rev}"


class SensorEvent(EngineEvent, frozen=True, kw_only=True, gc=False):
    """An `EngineEvent` as a sensor ships it to the manager: with the node it was seen on and the resource that asked."""

    host: Short
    origin: Annotated[str, msgspec.Meta(max_length=512, description="dpi.<namespace>/<name of the resource>")]
    source: PodRef | None = None
    """The pod of this node that had `src_ip` at packet time; none where it was no pod of this node."""
    destination: PodRef | None = None
    observers: Annotated[list[Observer], msgspec.Meta(max_length=16)] = []
    """Every monitored end that saw it on this node, the owner of the document first."""
    redacted: Count = 0
    """Version of what the sensor overwrote of secrets (`podlynx.redaction`); 0: nobody says that it did."""


class Aftermath(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine captured after one of its events (`_engine.Live.aftermaths`)."""

    event_number: Count
    link_type: Word = 1
    packets: CapturedPackets = []


class SensorCapture(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a sensor ships of the packets after an event that it shipped before: `event_id` (before any cap) and `fingerprint`.

    `priority` is the least of all, so that a full spool drops these before any alert.
    """

    event_id: Annotated[str, msgspec.Meta(max_length=2048)]
    fingerprint: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
    host: Short
    after: Capture
    priority: Word = 255
    redacted: Count = 0
    """As in `SensorEvent`."""


_ENGINE_EVENT: Final = msgspec.json.Decoder(EngineEvent)


def decode_events(lines: bytes) -> Iterator[EngineEvent]:
    """The events of JSON lines. Raises `msgspec.DecodeError` on a line that is no event."""
    return (decoded(_ENGINE_EVENT, line) for line in lines.splitlines() if line.strip())


_AFTERMATH: Final = msgspec.json.Decoder(Aftermath)


def decode_aftermaths(lines: bytes) -> Iterator[Aftermath]:
    """What was captured after events, of JSON lines. Raises `msgspec.DecodeError` on a line that is none."""
    return (decoded(_AFTERMATH, line) for line in lines.splitlines() if line.strip())
