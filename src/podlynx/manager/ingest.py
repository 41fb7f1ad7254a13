"""Takes engine events in: makes documents, stores them, and tells the live readers once they are durable."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Annotated, Final, NamedTuple

import anyio
import msgspec

from podlynx.expressions.values import address_key
from podlynx.manager.bodies import unpacked
from podlynx.manager.errors import ApiError, ErrorDetail
from podlynx.manager.live import Live
from podlynx.manager.metrics import ManagerMetrics
from podlynx.models.decoding import decoded
from podlynx.models.engine_event import EngineEvent, SensorCapture, SensorEvent
from podlynx.models.event import EventDocument, document
from podlynx.models.identity import EventKey, capped, fingerprint, is_of_host
from podlynx.models.selftest import is_selftest
from podlynx.redaction.event import VERSION, captured_again, redacted_again
from podlynx.store.errors import StoreError
from podlynx.store.protocol import EventStore, Ingested, Observation

_SENSOR_EVENT: Final = msgspec.json.Decoder(SensorEvent)
_SENSOR_CAPTURE: Final = msgspec.json.Decoder(SensorCapture)
_MAX_SHOWN: Final = 10
MAX_REDACTED: Final = 4_096
"""Events that were overwritten here and may still be followed by packets."""
_AT_ONCE: Final = 100
"""Documents that are made without a break: some three milliseconds."""
_DECODERS: Final = 2
"""Batches that are unpacked and read at once: one thread runs Python at a time, and people wait for their turn too."""


class RefusedLine(msgspec.Struct, frozen=True):
    """A line that is no event. It would never become one, so a sensor should drop it rather than send it again."""

    line: Annotated[int, msgspec.Meta(ge=1)]
    message: str


class IngestAnswer(msgspec.Struct, frozen=True):
    """What became of a batch. `accepted` and `duplicates` are durable; of `refused` lines the first ten are shown."""

    accepted: int
    duplicates: int
    refused: int = 0
    refused_lines: list[RefusedLine] = []


Document = Callable[[SensorEvent], EventDocument]
Take = Callable[[Sequence[EventDocument]], Awaitable[Ingested]]


class Ingest:
    """The one way into the store.

    In a cluster `document` is given, which names both ends of an event, and `take`, which merges what two nodes saw before it
    comes back here to be kept.
    """

    def __init__(self, store: EventStore, live: Live, cluster: str = "", metrics: ManagerMetrics | None = None) -> None:
        self._store = store
        self._live = live
        self._cluster = cluster
        self._metrics = metrics or ManagerMetrics()
        self._decoders = anyio.CapacityLimiter(_DECODERS)
        self._turn = anyio.Lock()
        """Held for what keeps the event loop busy for milliseconds: one batch at a time, so that others come in between."""
        self.document: Document = self._plain_document
        self.take: Take = self.keep
        self.passing: Callable[[Sequence[EventDocument], str], None] = lambda _documents, _stage: None
        """Told of documents as they are delivered and stored."""
        self.wrong_node = 0
        """Lines that were refused singly, because they are of another node than who sent them."""
        self.stored: Callable[[Sequence[EventDocument]], None] = _nobody
        """Told of documents that are stored."""
        self.redacted = 0
        """Events that held secrets which their sensor had not overwritten."""
        self._redacted: dict[bytes, bytes] = {}
        self.captures_late = 0
        """Packets after an event that is not stored (any more)."""

    async def events(self, events: Sequence[EngineEvent], *, host: str, origin: str) -> Ingested:
        """Stores events of one sensor in this process."""
        return await self.keep([self._document(event, host, origin) for event in events])

    async def lines(self, body: bytes, max_lines: int, node: str = "", encoding: str = "") -> IngestAnswer:
        """Stores JSON lines that a sensor sent, as compressed; refuses single lines, or the batch where none can be taken.

        Where `node` is given, a sensor speaks for that node only: lines of another are refused, ApiError 403 where all are.
        """
        read = partial(self._read, body, max_lines, node, encoding)
        events, captures, refused, changed = await anyio.to_thread.run_sync(read, limiter=self._decoders)
        self._remember(changed)
        if refused and not events and not captures:
            raise _none_taken(refused[0])
        self.wrong_node += sum(each.wrong_node for each in refused)
        result = await self.take(await self._documents(events))
        added = await self.follow(captures)
        shown = [RefusedLine(each.line, each.message) for each in refused[:_MAX_SHOWN]]
        return IngestAnswer(result.accepted + added, result.duplicates + len(captures) - added, len(refused), shown)

    async def _documents(self, events: Sequence[SensorEvent]) -> list[EventDocument]:
        """A large batch steps aside now and then, so that people who ask meanwhile are answered, and small batches come by."""
        documents: list[EventDocument] = []
        for begin in range(0, len(events), _AT_ONCE):
            async with self._turn:
                documents += [self.document(event) for event in events[begin : begin + _AT_ONCE]]
        return documents

    async def follow(self, captures: Sequence[SensorCapture]) -> int:
        """Adds what was captured after events to them, durably; answers to how many. Of an event that went nothing is kept."""
        if not captures:
            return 0
        known = await self.observe([Observation(self._key(each), after=each.after) for each in captures])
        self.captures_late += known.count(False)
        return known.count(True)

    def _key(self, capture: SensorCapture) -> EventKey:
        return EventKey(capped(capture.event_id), self._redacted.get(capture.fingerprint, capture.fingerprint))

    def _remember(self, changed: Mapping[bytes, bytes]) -> None:
        """By what a sensor knows an event that was overwritten here, for the packets that may follow it."""
        self.redacted += len(changed)
        self._redacted |= changed
        for oldest in list(islice(self._redacted, max(len(self._redacted) - MAX_REDACTED, 0))):
            del self._redacted[oldest]

    async def keep(self, documents: Sequence[EventDocument]) -> Ingested:
        """Stores what is not there yet, and tells the live readers."""
        if not documents:
            return Ingested(0, 0, [])
        self.passing(documents, "delivered")
        begun = time.monotonic()
        try:
            result = await self._store.ingest(documents, told=self._live.read)
        except StoreError:
            self._metrics.not_stored()
            raise
        seconds = time.monotonic() - begun
        self.passing(documents, "stored")
        self._live.publish(result.changes)
        async with self._turn:
            self._metrics.stored(documents, result.accepted, seconds)
            self.stored([each for each in documents if not is_selftest(each.podlynx)])  # a test of ours is nobody's alert
        return result

    async def observe(self, observations: Sequence[Observation]) -> list[bool]:
        """Notes further sightings of stored events."""
        return await self._store.observe(observations)

    def _plain_document(self, event: SensorEvent) -> EventDocument:
        return self._document(event, event.host, event.origin)

    def _document(self, event: EngineEvent, host: str, origin: str) -> EventDocument:
        return document(event, host=host, origin=origin, cluster=self._cluster, generated_time=datetime.now(UTC))

    def _read(self, body: bytes, max_lines: int, node: str, encoding: str = "") -> "_Lines":
        lines = unpacked(body, encoding).split(b"\n")
        if len(lines) > max_lines + 1:
            hint = f"Send at most {max_lines} at once."
            raise ApiError(413, ErrorDetail("too_large", f"The batch has {len(lines)} lines.", hint))
        read = _Lines([], [], [], {})
        for number, line in enumerate(lines, 1):
            if line.strip():
                _read_line(number, line, node, read)
        return read


def _nobody(_: Sequence[EventDocument]) -> None:
    """Nobody is told."""


class _Refusal(msgspec.Struct, frozen=True):
    line: int
    message: str
    wrong_node: bool = False


class _Lines(NamedTuple):
    events: list[SensorEvent]
    captures: list[SensorCapture]
    refused: list[_Refusal]
    changed: dict[bytes, bytes]
    """Fingerprints of events before and after they were overwritten here."""


def _read_line(number: int, line: bytes, node: str, read: _Lines) -> None:
    try:
        event = decoded(_SENSOR_EVENT, line)
        address_key(event.src_ip), address_key(event.dst_ip)
    except ValueError as error:  # msgspec's DecodeError is one, and so is a bad address
        if (capture := _capture(line)) is None:
            read.refused.append(_Refusal(number, str(error)[:300]))
        elif (node and capture.host != node) or not is_of_host(capture.event_id, capture.host):
            message = f"the token is of node {node!r}, the packets are of an event of {capture.event_id[:80]!r}"
            read.refused.append(_Refusal(number, message, wrong_node=True))
        else:
            read.captures.append(capture if capture.redacted >= VERSION else _captured_without_secrets(capture))
        return
    wrong = next((host for host in _hosts(event) if host != node), None) if node else None
    if wrong is None:
        read.events.append(_without_secrets(event, read.changed))
    else:
        message = f"the token is of node {node!r}, the event of {wrong[:80]!r}"
        read.refused.append(_Refusal(number, message, wrong_node=True))


def _without_secrets(event: SensorEvent, changed: dict[bytes, bytes]) -> SensorEvent:
    """The sensor may be older than this manager, or no sensor of ours."""
    if event.redacted >= VERSION:
        return event
    shown = redacted_again(event)
    if shown is not event:
        changed[fingerprint(event)] = fingerprint(shown)
    return shown


def _captured_without_secrets(capture: SensorCapture) -> SensorCapture:
    return msgspec.structs.replace(capture, after=captured_again(capture.after))


def _capture(line: bytes) -> SensorCapture | None:
    try:
        return decoded(_SENSOR_CAPTURE, line)
    except ValueError:
        return None


def _hosts(event: SensorEvent) -> list[str]:
    return [event.host, *(each.host for each in event.observers)]


def _none_taken(first: _Refusal) -> ApiError:
    if first.wrong_node:
        hint = "`host` of each event and observer has to be the node that the token is bound to."
        return ApiError(403, ErrorDetail("wrong_node", f"Line {first.line}: {first.message}.", hint))
    hint = "Send one JSON object a line: an engine event with `host` and `origin`."
    return ApiError(400, ErrorDetail("bad_events", f"Line {first.line} is no event: {first.message}", hint))
