"""How alerts are printed: one file a format. A new one is a file, and a line in `FORMATS`."""

from datetime import UTC, tzinfo
from typing import Final, Literal, Protocol

from podlynx.cli.formats.alert_fast import AlertFast
from podlynx.cli.formats.alert_json import AlertJson
from podlynx.cli.formats.eve import Eve
from podlynx.cli.formats.table import Table
from podlynx.models.engine_event import EngineEvent

FormatName = Literal["alert-fast", "alert-json", "eve", "table"]


class AlertFormat(Protocol):
    """Turns events into what goes to standard output."""

    def line(self, event: EngineEvent, file: str | None) -> bytes:
        """The alert's line with its newline, or nothing where the format speaks at the end.

        `file`: the capture, where several are read.
        """
        ...

    def end(self) -> bytes:
        """What follows the last alert."""
        ...


FORMATS: Final[dict[FormatName, type[AlertFast | AlertJson | Eve | Table]]] = {
    "alert-fast": AlertFast,
    "alert-json": AlertJson,
    "eve": Eve,
    "table": Table,
}


def alert_format(name: FormatName, *, utc: bool) -> AlertFormat:
    """The format of that name; times in UTC, or in local time as Snort prints them."""
    zone: tzinfo | None = UTC if utc else None
    return FORMATS[name](zone)
