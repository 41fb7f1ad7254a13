"""Events as a capture file: the packets before an event, the one that triggered it, those after it.

Format: pcapng (draft-ietf-opsawg-pcapng), little endian, times in nanoseconds. The packet that triggered the event carries a
comment with the event's rule, message and id, which Wireshark shows in its packet comments.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from podlynx.models.engine_event import MAX_PACKET, CapturedPacket, EngineEvent

MEDIA_TYPE: Final = "application/x-pcapng"
COMMENT_BYTES: Final = 2_048
"""Of one comment; an option holds at most 65,535."""

_SECTION, _INTERFACE, _ENHANCED = 0x0A0D0D0A, 1, 6
_COMMENT, _NAME, _RESOLUTION, _APPLICATION = 1, 2, 9, 4
_MAGIC: Final = 0x1A2B3C4D
_NANOSECONDS: Final = b"\x09"


class _Interface(NamedTuple):
    link_type: int
    name: str


class PcapngWriter:
    """One section, written piece by piece: `begin`, then `alert` as often as there are events."""

    def __init__(self) -> None:
        self._interfaces: dict[_Interface, int] = {}

    def begin(self, comment: str = "") -> bytes:
        """The section's header."""
        options = _option(_COMMENT, _text(comment)) if comment else b""
        head = struct.pack("<IHHq", _MAGIC, 1, 0, -1)
        return _block(_SECTION, head + _options(options + _option(_APPLICATION, b"Podlynx")))

    def alert(self, event: EngineEvent, event_id: str) -> bytes:
        """The packets of one event, and its interfaces where they are new."""
        return b"".join(self._alert(event, comment_of(event, event_id)))

    def _alert(self, event: EngineEvent, comment: str) -> Iterator[bytes]:
        capture = event.capture
        before = list(capture.before) if capture else []
        # A flow that ended without a packet of its own (it was idle for long) has its alert told on the last one there is.
        last = before.pop() if before and not event.packet else None
        around = capture.link_type if capture else event.link_type
        for each in before:
            yield self._packet(event, around, each)
        if last is not None:
            yield self._packet(event, around, last, comment)
        elif event.packet:
            whole = CapturedPacket(event.packet_time or event.time, len(event.packet), event.packet)
            yield self._packet(event, event.link_type, whole, comment)
        for each in capture.after if capture else ():
            yield self._packet(event, around, each)

    def _packet(self, event: EngineEvent, link_type: int, packet: CapturedPacket, comment: str = "") -> bytes:
        interface = _Interface(link_type, event.interface or "")
        new = b""
        if interface not in self._interfaces:
            self._interfaces[interface] = len(self._interfaces)
            new = _interface_block(interface)
        high, low = divmod(packet.time, 1 << 32)
        length = max(packet.length, len(packet.bytes))
        head = struct.pack("<IIIII", self._interfaces[interface], high, low, len(packet.bytes), length)
        options = _options(_option(_COMMENT, _text(comment))) if comment else b""
        return new + _block(_ENHANCED, head + _padded(packet.bytes) + options)


def comment_of(event: EngineEvent, event_id: str) -> str:
    """What stands on the packet that triggered the event."""
    return f"Podlynx alert {event.rule} {event.msg} (priority {event.priority}, {event_id})"


def pcapng(event: EngineEvent, event_id: str) -> bytes:
    """A whole file for one event. Without packets (they were not kept) it is a section with no packet in it, and says so."""
    writer = PcapngWriter()
    packets = writer.alert(event, event_id)
    return writer.begin(f"{comment_of(event, event_id)}{'' if packets else ': no packets are kept of it'}") + packets


def _interface_block(interface: _Interface) -> bytes:
    options = _option(_NAME, _text(interface.name)) if interface.name else b""
    head = struct.pack("<HHI", interface.link_type & 0xFFFF, 0, MAX_PACKET)
    return _block(_INTERFACE, head + _options(options + _option(_RESOLUTION, _NANOSECONDS)))


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _options(options: bytes) -> bytes:
    """With the end of options behind them."""
    return options + b"\0\0\0\0"


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def _text(text: str) -> bytes:
    """UTF-8, cut between characters."""
    return text.encode()[:COMMENT_BYTES].decode(errors="ignore").encode()
