"""Snort's `alert_json` lines (Snort 3 manual, alert_json): any of its fields, in the order that is asked for.

Written by hand, not by an encoder: the format's blanks and its sparse escaping are part of what readers rely on.
"""

import base64
import re
from collections.abc import Sequence
from typing import Any, Final

from podlynx.outputs.alert import Alert
from podlynx.outputs.crosswalk import Value, fields_of

DEFAULT_FIELDS: Final = ("timestamp", "pkt_num", "proto", "pkt_gen", "pkt_len", "dir", "src_ap", "dst_ap", "rule", "action")
UNKNOWN_FIELDS: Final = ("app_id", "target", "sgt", "mpls", "geneve_vni")
"""Fields that Snort writes where it knows them. They are accepted, and left out: nothing here knows them."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_VALUES: Final[dict[str, Value]] = dict(fields_of("alert_json"))
FIELDS: Final = (*_VALUES, *UNKNOWN_FIELDS)
"""Every field there is."""


class AlertJson:
    """Writes alerts as lines. Raises ValueError where a field is none of Snort's."""

    def __init__(self, fields: Sequence[str] = DEFAULT_FIELDS) -> None:
        if unknown := [name for name in fields if name not in FIELDS]:
            raise ValueError(f"{unknown[0]!r} is no field of alert_json; there are: {' '.join(sorted(FIELDS))}")
        if not fields:
            raise ValueError("alert_json needs one field at least")
        self._fields = [(place, name, _VALUES.get(name)) for place, name in enumerate(fields)]

    def line(self, alert: Alert) -> bytes:
        """One line with its newline."""
        text = "{"
        for place, name, read in self._fields:
            # The comma belongs to the place among the fields that were asked for, not among those that apply.
            if (value := read(alert) if read else None) is not None:
                text += f'{"," if place else ""} "{name}" : {_written(name, value)}'
        if alert.several_inputs:
            text += f', "file" : {_quoted(alert.input)}'
        return f"{one_line(text)} }}\n".encode()


def one_line(text: str) -> str:
    """Control characters as blanks: a rule's message must not become two alerts."""
    return _CONTROL.sub(" ", text)


def _written(name: str, value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f'"{base64.b64encode(value).decode()}"'
    return f'"{value}"' if name == "msg" else _quoted(value)


def _quoted(text: str) -> str:
    """Snort escapes the quote and the backslash, nothing else; its message, which it keeps with quotes, not even those."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
