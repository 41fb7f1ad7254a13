"""`table`: alerts for the eye, alike ones in one row, printed at the end."""

from dataclasses import dataclass
from datetime import tzinfo

from podlynx.models.alert_fast import endpoint, snort_timestamp
from podlynx.models.engine_event import EngineEvent

ROW_CAP = 10_000
"""Rows that are kept. Alerts beyond are counted and said, not shown: a capture may raise millions."""


@dataclass
class _Row:
    event: EngineEvent
    count: int = 0


class Table:
    """Rows by rule, source address and destination, most severe first."""

    def __init__(self, zone: tzinfo | None) -> None:
        self.zone = zone
        self.rows: dict[tuple[str, str, str, str | None], _Row] = {}
        self.beyond_cap = 0

    def line(self, event: EngineEvent, file: str | None) -> bytes:
        """Nothing yet."""
        key = (event.rule, event.src_ip, endpoint(event.dst_ip, event.dst_port), file)
        row = self.rows.get(key)
        if row is None:
            if len(self.rows) >= ROW_CAP:
                self.beyond_cap += 1
                return b""
            row = self.rows[key] = _Row(event)
        row.count += 1
        return b""

    def end(self) -> bytes:
        """The table, and how many alerts found no room in it."""
        if not self.rows:
            return b"no alerts\n"
        files = any(file for *_, file in self.rows)
        heads = ["FIRST", "COUNT", "PRI", "RULE", "MESSAGE", "SOURCE", "DESTINATION"] + ["FILE"] * files
        lines = [self._cells(key, row)[: len(heads)] for key, row in sorted(self.rows.items(), key=_severity)]
        text = _aligned([heads, *lines])
        if self.beyond_cap:
            text += f"and {self.beyond_cap:,} alerts beyond the {ROW_CAP:,} rows of a table; --format alert-json prints all\n"
        return text.encode()

    def _cells(self, key: tuple[str, str, str, str | None], row: _Row) -> list[str]:
        rule, source, destination, file = key
        first = snort_timestamp(row.event.time, self.zone)[:-7]
        return [first, str(row.count), str(row.event.priority), rule, row.event.msg, source, destination, file or ""]


def _severity(item: tuple[tuple[str, str, str, str | None], _Row]) -> tuple[int, int]:
    return item[1].event.priority, item[1].event.time


def _aligned(rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows)
