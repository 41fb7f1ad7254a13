"""Outputs that are one JSON object a line, with objects inside objects: EVE and ECS."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from podlynx.outputs.alert import Alert
from podlynx.outputs.crosswalk import Value, fields_of

_ENCODE: Final = msgspec.json.Encoder().encode


class Nested:
    """Writes alerts as lines. What is not known is left out; bytes are base64."""

    def __init__(self, output: str) -> None:
        self._fields: list[tuple[list[str], str, Value]] = [
            (path.split(".")[:-1], path.split(".")[-1], value) for path, value in fields_of(output)
        ]

    def line(self, alert: Alert) -> bytes:
        """One line with its newline."""
        return _ENCODE(self.object(alert)) + b"\n"

    def object(self, alert: Alert) -> dict[str, Any]:
        """The object itself."""
        root: dict[str, Any] = {}
        for folders, name, value in self._values(alert):
            place = root
            for folder in folders:
                place = place.setdefault(folder, {})
            place[name] = value
        return root

    def _values(self, alert: Alert) -> Iterator[tuple[list[str], str, Any]]:
        for folders, name, read in self._fields:
            if (value := read(alert)) is not None:
                yield folders, name, value
