"""Many events as one file, written piece by piece: JSON lines, CSV, or a capture file of their packets."""

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple, Protocol

import msgspec

from podlynx.models.event import EventDocument
from podlynx.outputs import spreadsheet
from podlynx.outputs.pcapng import MEDIA_TYPE, PcapngWriter

ExportFormat = Literal["ndjson", "csv", "pcapng"]


class Writer(Protocol):
    """Turns events into the bytes of one file: `begin` once, then `more` as often as there are some."""

    def begin(self) -> bytes:
        """What stands before the first event."""
        ...

    def more(self, documents: Sequence[EventDocument]) -> bytes:
        """These events."""
        ...


class JsonLines:
    """The whole document, an object a line (ndjson)."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()

    def begin(self) -> bytes:
        """Nothing."""
        return b""

    def more(self, documents: Sequence[EventDocument]) -> bytes:
        """A line each."""
        return self._encoder.encode_lines(documents)


class Csv:
    """The columns of `spreadsheet.COLUMNS`."""

    def begin(self) -> bytes:
        """The line of names."""
        return spreadsheet.head()

    def more(self, documents: Sequence[EventDocument]) -> bytes:
        """A line each."""
        return spreadsheet.rows(documents)


class Packets:
    """The packets of each event, a comment on the one that raised it. Events without packets leave nothing."""

    def __init__(self) -> None:
        self._writer = PcapngWriter()

    def begin(self) -> bytes:
        """The section's header."""
        return self._writer.begin("Exported by Podlynx")

    def more(self, documents: Sequence[EventDocument]) -> bytes:
        """The packets of these events."""
        return b"".join(self._writer.alert(each.podlynx, each.id) for each in documents)


class Export(NamedTuple):
    """A kind of file: what it is called on the wire and on a disk, and who writes it."""

    media_type: str
    suffix: str
    writer: Callable[[], Writer]


EXPORTS: Final[dict[ExportFormat, Export]] = {
    "ndjson": Export("application/x-ndjson", "ndjson", JsonLines),
    "csv": Export("text/csv", "csv", Csv),
    "pcapng": Export(MEDIA_TYPE, "pcapng", Packets),
}
