"""Events as CSV (RFC 4180): a row an event, opened by spreadsheets without harm.

A cell that begins as a formula does would be run by whoever opens the file, and much of an event's text is an attacker's: such
text gets an apostrophe in front (OWASP, "CSV Injection").
"""

import csv
import io
from collections.abc import Callable, Iterable
from typing import Final

from podlynx.models.alert import iso
from podlynx.models.engine_event import HttpSummary
from podlynx.models.event import EventDocument

Cell = str | int | None
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Beginnings that Excel, LibreOffice or Google Sheets take for a formula; the wide ones are those of East Asian input."""

_NO_HTTP: Final = HttpSummary()


def _http(document: EventDocument) -> HttpSummary:
    return document.podlynx.http or _NO_HTTP


COLUMNS: Final[tuple[tuple[str, Callable[[EventDocument], Cell]], ...]] = (
    ("time", lambda each: iso(each.podlynx.time)),
    ("id", lambda each: each.id),
    ("severity", lambda each: each.severity),
    ("gid", lambda each: each.podlynx.gid),
    ("sid", lambda each: each.podlynx.sid),
    ("rev", lambda each: each.podlynx.rev),
    ("name", lambda each: each.name),
    ("classtype", lambda each: each.podlynx.classtype),
    ("priority", lambda each: each.podlynx.priority),
    ("protocol", lambda each: each.protocol),
    ("service", lambda each: each.podlynx.service),
    ("source_ip", lambda each: each.source_ip),
    ("source_port", lambda each: each.source_port),
    ("source_namespace", lambda each: each.source_namespace),
    ("source_name", lambda each: each.source_name),
    ("dest_ip", lambda each: each.dest_ip),
    ("dest_port", lambda each: each.dest_port),
    ("dest_namespace", lambda each: each.dest_namespace),
    ("dest_name", lambda each: each.dest_name),
    ("host", lambda each: each.host),
    ("origin", lambda each: each.origin),
    ("dismissed", lambda each: "true" if each.dismissed else "false"),
    ("http_request", lambda each: _http(each).request_line),
    ("http_host", lambda each: _http(each).host),
    ("http_user_agent", lambda each: _http(each).user_agent),
    ("mitre_tactic", lambda each: each.mitre_tactic),
    ("mitre_ids", lambda each: " ".join(each.mitre_ids)),
    ("references", lambda each: " ".join(each.podlynx.references)),
    ("community_id", lambda each: each.podlynx.flow.community_id if each.podlynx.flow else ""),
)


def head() -> bytes:
    """The line of names."""
    return _lines([[name for name, _ in COLUMNS]])


def rows(documents: Iterable[EventDocument]) -> bytes:
    """A line each."""
    return _lines([_safe(read(each)) for _, read in COLUMNS] for each in documents)


def _lines(rows: Iterable[list[Cell]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _safe(cell: Cell) -> Cell:
    """Text that no spreadsheet runs; without NUL, at which some end."""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\0", "")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
