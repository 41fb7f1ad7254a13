"""Takes engine events in: makes documents, stores them, and tells the live readers once they are durable."""

from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, Final

import anyio
import msgspec

from podlynx.manager.errors import ApiError, ErrorDetail
from podlynx.manager.live import Live
from podlynx.models.engine_event import EngineEvent, SensorEvent
from podlynx.models.event import EventDocument, document
from podlynx.store.protocol import EventStore, Ingested

_SENSOR_EVENT: Final = msgspec.json.Decoder(SensorEvent)
_MAX_SHOWN: Final = 10


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


class Ingest:
    """The one way into the store."""

    def __init__(self, store: EventStore, live: Live, cluster: str = "") -> None:
        self._store = store
        self._live = live
        self._cluster = cluster

    async def events(self, events: Sequence[EngineEvent], *, host: str, origin: str) -> Ingested:
        """Stores events of one sensor in this process."""
        return await self._documents([self._document(event, host, origin) for event in events])

    async def lines(self, body: bytes, max_lines: int) -> IngestAnswer:
        """Stores JSON lines that a sensor sent; refuses single lines, or the batch where none is an event."""
        documents, refused = await anyio.to_thread.run_sync(self._read, body, max_lines)
        if refused and not documents:
            first = refused[0]
            hint = "Send one JSON object a line: an engine event with `host` and `origin`."
            raise ApiError(400, ErrorDetail("bad_events", f"Line {first.line} is no event: {first.message}", hint))
        result = await self._documents(documents)
        return IngestAnswer(result.accepted, result.duplicates, len(refused), refused[:_MAX_SHOWN])

    async def _documents(self, documents: list[EventDocument]) -> Ingested:
        if not documents:
            return Ingested(0, 0, [])
        result = await self._store.ingest(documents)
        self._live.publish(result.changes)
        return result

    def _document(self, event: EngineEvent, host: str, origin: str) -> EventDocument:
        return document(event, host=host, origin=origin, cluster=self._cluster, generated_time=datetime.now(UTC))

    def _read(self, body: bytes, max_lines: int) -> tuple[list[EventDocument], list[RefusedLine]]:
        lines = body.split(b"\n")
        if len(lines) > max_lines + 1:
            hint = f"Send at most {max_lines} at once."
            raise ApiError(413, ErrorDetail("too_large", f"The batch has {len(lines)} lines.", hint))
        documents: list[EventDocument] = []
        refused: list[RefusedLine] = []
        for number, line in enumerate(lines, 1):
            if line.strip():
                self._read_line(number, line, documents, refused)
        return documents, refused

    def _read_line(self, number: int, line: bytes, documents: list[EventDocument], refused: list[RefusedLine]) -> None:
        try:
            event = _SENSOR_EVENT.decode(line)
            ip_address(event.src_ip), ip_address(event.dst_ip)
        except ValueError as error:  # msgspec's DecodeError is one, and so is a bad address
            refused.append(RefusedLine(number, str(error)[:300]))
        else:
            documents.append(self._document(event, event.host, event.origin))
