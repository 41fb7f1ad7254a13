"""Formats of one line an alert: those that sensor and manager write too (`podlynx.outputs`)."""

from datetime import tzinfo

from podlynx.models.engine_event import EngineEvent
from podlynx.outputs.alert import Alert
from podlynx.outputs.formats import Output


class Lines:
    """Prints each alert as it comes."""

    def __init__(self, output: Output, zone: tzinfo | None) -> None:
        self._output, self._zone = output, zone

    def line(self, event: EngineEvent, file: str | None) -> bytes:
        """One line."""
        return self._output.line(Alert(event=event, zone=self._zone, input=file or "", several_inputs=file is not None))

    def end(self) -> bytes:
        """Nothing."""
        return b""
