"""How alerts are printed. Lines are those of `podlynx.outputs`; another format is a file here, and a line in `FORMATS`."""

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Final, Literal, Protocol

from podlynx.cli.formats.lines import Lines
from podlynx.cli.formats.table import Table
from podlynx.models.engine_event import EngineEvent
from podlynx.outputs.alert_json import AlertJson
from podlynx.outputs.formats import OUTPUTS

FormatName = Literal["alert-fast", "alert-json", "eve", "ecs", "table"]


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


FORMATS: Final[dict[FormatName, Callable[[tzinfo | None], AlertFormat]]] = {
    "alert-fast": lambda zone: Lines(OUTPUTS["alert_fast"](), zone),
    "alert-json": lambda zone: Lines(OUTPUTS["alert_json"](), zone),
    "eve": lambda zone: Lines(OUTPUTS["eve"](), zone),
    "ecs": lambda zone: Lines(OUTPUTS["ecs"](), zone),
    "table": Table,
}


def alert_format(name: FormatName, *, utc: bool, fields: Sequence[str] = ()) -> AlertFormat:
    """The format of that name; times in UTC, or in local time as Snort prints them. `fields`: those of alert-json.

    Raises ValueError where a field is none of alert_json, or the format has no choice of fields.
    """
    zone: tzinfo | None = UTC if utc else None
    if not fields:
        return FORMATS[name](zone)
    if name != "alert-json":
        raise ValueError(f"{name} has no fields to choose from; alert-json has")
    return Lines(AlertJson(fields), zone)
