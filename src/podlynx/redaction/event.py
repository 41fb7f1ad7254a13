"""An event without secrets, in every copy of what was on the wire: payload, packets, buffers, matches, request.

Overwritten bytes keep their place, so that offsets and lengths hold. A secret is overwritten even where the rule matched in it;
what is only taken for one, because a header's name may be missing, leaves the match readable.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import msgspec

from podlynx._engine import may_hold_secrets
from podlynx.models.engine_event import Capture, CapturedPacket, EngineEvent, HttpSummary, Match
from podlynx.redaction.frames import carried
from podlynx.redaction.http2 import SERVICE as HTTP2
from podlynx.redaction.http2 import header_blocks
from podlynx.redaction.logins import MAIL
from podlynx.redaction.secrets import Range, credentials_of, masked, secrets_of
from podlynx.redaction.streams import KNOWN, Frame, Marks, parts_of, secrets_in, values_in

E = TypeVar("E", bound=EngineEvent)

WHOLE: Final = frozenset({"http_cookie", "http_raw_cookie"})
"""Buffers that are nothing but the value of a secret field."""
_PAYLOAD: Final = frozenset({"pkt_data", "raw_data"})
HTTP: Final = "http"
_DECODED: Final = "base64_data"
"""What a rule decoded: of a field with a credential, it is the credential."""


VERSION: Final = 2
"""Of what is overwritten. Who has done as much, or more, says so (`SensorEvent.redacted`) and is not asked to again."""


def redacted(event: E, *, guess: bool = True) -> E:
    """The event with every secret overwritten; itself where there is none.

    `guess`: overwrite what goes on after missing packets too; where somebody has done that before, it is not needed.
    """
    until = _frames(event)
    frames = [*until, *_after(event)]
    marks, values = secrets_in(frames, event.service, _values(event), guess=guess)
    changes = _texts(event, values, _of_packet(event, marks[len(until) - 1]) if event.packet else [])
    if any(sure or unsure for sure, unsure in marks):
        changes |= _packets(event, [_masked(frame.data, mark, event.matches) for frame, mark in zip(frames, marks, strict=True)])
    return msgspec.structs.replace(event, **changes) if changes else event


def redacted_again(event: E) -> E:
    """The event of another's sensor, or of an older one, with what it left of secrets overwritten; cheap where there is none."""
    return redacted(event, guess=False) if event.service in (*MAIL, HTTP2) or may_hold_secrets(_wire(event)) else event


def captured_again(capture: Capture) -> Capture:
    """Packets after an event, which is not known here, of another's sensor or of an older one."""
    if not may_hold_secrets(b"\n".join(each.bytes for each in capture.after)):
        return capture
    marks, _ = secrets_in([Frame(each.bytes, capture.link_type) for each in capture.after], None, guess=False)
    packets = [_replaced(each, _masked(each.bytes, mark, ())) for each, mark in zip(capture.after, marks, strict=True)]
    return msgspec.structs.replace(capture, after=packets)


def _wire(event: EngineEvent) -> bytes:
    """All that the event holds of what was on the wire."""
    parts = [event.packet, event.payload, *event.buffers.values(), *(each.bytes for each in event.matches)]
    if event.http is not None:
        text = f"{event.http.request_line}\n{event.http.host}\n{event.http.user_agent}"
        parts.append(text.encode("utf-8", "surrogateescape"))
    if event.capture is not None:
        parts += [each.bytes for each in event.capture.before] + [each.bytes for each in event.capture.after]
    return b"\n".join(parts)


def redacted_after(event: EngineEvent, after: Capture) -> Capture:
    """The packets after an event (`event`: as it was before it was redacted), which may go on where those before were cut."""
    before = _frames(event)
    frames = [*before, *(Frame(each.bytes, after.link_type) for each in after.after)]
    marks, _ = secrets_in(frames, event.service, _values(event))
    marked = zip(after.after, marks[len(before) :], strict=True)
    packets = [_replaced(each, _masked(each.bytes, mark, ())) for each, mark in marked]
    return msgspec.structs.replace(after, after=packets)


def without_payload(event: E) -> E:
    """The event without anything that was on the wire but headers and request line."""
    matches = [msgspec.structs.replace(match, bytes=b"") for match in event.matches]
    http = msgspec.structs.replace(event.http, request_line=_without_query(event.http.request_line)) if event.http else None
    return msgspec.structs.replace(
        event, packet=b"", payload=b"", buffers={}, buffer_offsets={}, matches=matches, http=http, capture=None
    )


def _without_query(request_line: str) -> str:
    """Method, path and version: what follows the `?` is as good as a body, and holds tokens often enough."""
    path, asked, rest = request_line.partition("?")
    version = rest.rpartition(" ")[2] if " " in rest else ""
    return f"{path}?… {version}".rstrip() if asked else request_line


def _values(event: EngineEvent) -> list[bytes]:
    """Credentials that any copy shows whole."""
    cookies = [data.strip() for name, data in event.buffers.items() if name in WHOLE and len(data) > 5]
    return [*dict.fromkeys([*cookies, *values_in([event.payload, *event.buffers.values()], event.service)])][:KNOWN]


def _frames(event: EngineEvent) -> list[Frame]:
    capture = event.capture
    before = [Frame(each.bytes, capture.link_type) for each in capture.before] if capture else []
    return [*before, Frame(event.packet, event.link_type)] if event.packet else before


def _after(event: EngineEvent) -> list[Frame]:
    return [Frame(each.bytes, event.capture.link_type) for each in event.capture.after] if event.capture else []


def _of_packet(event: EngineEvent, marks: Marks) -> list[Range]:
    """Where the payload holds what the packet's marks say; where the payload is a message put together, that is not known."""
    part = carried(event.packet, event.link_type)
    if not event.generator.startswith("raw") or not event.packet.startswith(event.payload, part.start):
        return []
    sure, unsure = marks
    hidden = [*sure, *(each for start, end in unsure for each in _beside(event.packet, start, end, event.matches))]
    return [(start - part.start, end - part.start) for start, end in hidden]


def _texts(event: EngineEvent, values: Sequence[bytes], own: Sequence[Range]) -> dict[str, object]:
    """New values of the fields that hold text of the stream, where they hold a secret. `own`: ranges of the payload."""
    changes: dict[str, object] = {}
    hidden = [*own, *secrets_of(event.payload, event.service), *parts_of(values, event.payload)]
    if event.service == HTTP2:
        hidden += header_blocks(event.payload)
    if hidden:
        changes["payload"] = masked(event.payload, hidden)
    ranges = {name: [*_of_buffer(event, name, data, values), *_shifted(event, name, own)] for name, data in event.buffers.items()}
    if any(ranges.values()):
        changes["buffers"] = {name: masked(data, ranges[name]) for name, data in event.buffers.items()}
    matches = [_match(match, ranges.get(match.buffer, []), event) for match in event.matches]
    if matches != event.matches:
        changes["matches"] = matches
    if event.http is not None and (http := _request(event.http, values)) != event.http:
        changes["http"] = http
    return changes


def _of_buffer(event: EngineEvent, name: str, data: bytes, values: Sequence[bytes]) -> Iterable[Range]:
    if name in WHOLE or (name == _DECODED and _has_credentials(event)):
        return [(0, len(data))]
    return [*secrets_of(data, event.service), *parts_of(values, data)]


def _shifted(event: EngineEvent, name: str, own: Sequence[Range]) -> list[Range]:
    """Ranges of the payload in a buffer that is the payload."""
    offset = event.buffer_offsets.get(name, 0)
    return [(start - offset, end - offset) for start, end in own] if name in _PAYLOAD else []


def _has_credentials(event: EngineEvent) -> bool:
    return any(credentials_of(text, event.service) for text in (event.payload, *event.buffers.values()))


def _match(match: Match, hidden: Sequence[Range], event: EngineEvent) -> Match:
    """`hidden`: ranges of the buffer's excerpt, which begins at an offset of the buffer."""
    shift = event.buffer_offsets.get(match.buffer, 0) - match.offset
    own = [(start + shift, end + shift) for start, end in hidden]
    whole = [(0, len(match.bytes))] if match.buffer in WHOLE else secrets_of(match.bytes, event.service)
    data = masked(match.bytes, [*own, *whole])
    return match if data == match.bytes else msgspec.structs.replace(match, bytes=data)


def _request(http: HttpSummary, values: Sequence[bytes]) -> HttpSummary:
    return HttpSummary(*(_text(text, values) for text in (http.request_line, http.host, http.user_agent)))


def _text(text: str, values: Sequence[bytes]) -> str:
    data = text.encode("utf-8", "surrogateescape")
    hidden = masked(data, [*secrets_of(data, HTTP), *parts_of(values, data)])
    return text if hidden == data else hidden.decode("utf-8", "replace")


def _masked(data: bytes, marks: tuple[list[Range], list[Range]], matches: Sequence[Match]) -> bytes:
    sure, unsure = marks
    shown = [part for start, end in unsure for part in _beside(data, start, end, matches)]
    return masked(data, [*sure, *shown])


def _beside(data: bytes, start: int, end: int, matches: Sequence[Match]) -> list[Range]:
    """The range without what the rule matched in it."""
    parts = [(start, end)]
    for low, high in (
        (at, at + len(each.bytes)) for each in matches if each.bytes and (at := data.find(each.bytes, start, end)) >= 0
    ):
        parts = [piece for a, b in parts for piece in ((a, min(b, low)), (max(a, high), b)) if piece[0] < piece[1]]
    return parts


def _packets(event: EngineEvent, frames: Sequence[bytes]) -> dict[str, object]:
    """New values of what holds packets. `frames`: those before, the event's own where it has one, those after."""
    changes: dict[str, object] = {}
    capture, rest = event.capture, iter(frames)
    before = [_replaced(each, next(rest)) for each in capture.before] if capture else []
    if event.packet:
        changes["packet"] = next(rest)
    if capture is not None:
        after = [_replaced(each, next(rest)) for each in capture.after]
        changes["capture"] = msgspec.structs.replace(capture, before=before, after=after)
    return changes


def _replaced(packet: CapturedPacket, data: bytes) -> CapturedPacket:
    return packet if data == packet.bytes else msgspec.structs.replace(packet, bytes=data)
