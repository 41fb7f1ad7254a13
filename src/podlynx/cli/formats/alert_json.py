"""`alert-json`: Snort's JSON lines with its default fields (Snort 3 manual, alert_json), and `file` where several are read.

Written by hand, not by an encoder: the format's blanks and its sparse escaping are part of what readers rely on.
"""

import json
from datetime import tzinfo

from podlynx.models.alert_fast import snort_timestamp
from podlynx.models.engine_event import EngineEvent


class AlertJson:
    """One object a line: timestamp pkt_num proto pkt_gen pkt_len dir src_ap dst_ap rule action [file]."""

    def __init__(self, zone: tzinfo | None) -> None:
        self.zone = zone

    def line(self, event: EngineEvent, file: str | None) -> bytes:
        """One line."""
        suffix = f', "file" : {json.dumps(file)}' if file else ""
        return (
            f'{{ "timestamp" : "{snort_timestamp(event.time, self.zone)}", "pkt_num" : {event.packet_number}, '
            f'"proto" : "{event.protocol}", "pkt_gen" : {_quoted(event.generator)}, "pkt_len" : {event.packet_length}, '
            f'"dir" : "{event.direction}", "src_ap" : "{event.src_ip}:{event.src_port or 0}", '
            f'"dst_ap" : "{event.dst_ip}:{event.dst_port or 0}", "rule" : "{event.rule}", "action" : "allow"{suffix} }}\n'
        ).encode()

    def end(self) -> bytes:
        """Nothing."""
        return b""


def _quoted(text: str) -> str:
    """Snort escapes the quote and the backslash, nothing else."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
