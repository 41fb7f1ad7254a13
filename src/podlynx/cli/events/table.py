"""Alerts as lines: one each where they fit or go into a pipe; on a narrow terminal two."""

from collections.abc import Iterator, Sequence
from typing import Final

from podlynx.cli.events.text import Screen, end_of, fitted, moment, printable, width_of
from podlynx.cli.terminal import BOLD, DIM
from podlynx.models.alert import AlertRow
from podlynx.models.event import EventDocument

WIDE: Final = 170
"""Cells from which on everything stands on one line."""
_HEAD: Final = ("TIME", "SEV", "COUNT", "RULE", "MESSAGE", "SOURCE", "DESTINATION", "ID")
_MESSAGE: Final = 4
_SHRINKS: Final = (_MESSAGE, 5, 6)
_LEAST: Final = 16
_GAP: Final = "  "


def table(rows: Sequence[AlertRow], screen: Screen, *, utc: bool) -> Iterator[str]:
    """The lines of these rows, with a head."""
    cells = [_cells(row, utc=utc) for row in rows]
    if screen.width < WIDE:
        yield from _narrow(rows, cells, screen)
        return
    widths = [max(width_of(line[column]) for line in (_HEAD, *cells)) for column in range(len(_HEAD))]
    _shrink(widths, screen.width)
    yield screen.styled(_line(_HEAD, widths), BOLD)
    for row, line in zip(rows, cells, strict=True):
        parts = [fitted(text, width) for text, width in zip(line, widths, strict=True)]
        parts[1] = screen.severity(row.severity, parts[1])
        yield _GAP.join(parts).rstrip()


def event_line(document: EventDocument, screen: Screen, *, utc: bool) -> str:
    """One event of a stream on one line; its id where there is room."""
    event = document.podlynx
    ends = f"{_source(document)} -> {_destination(document)}"
    begin = (moment(event.time, utc=utc), fitted(str(document.severity), 3), fitted(event.rule, 12))
    room = screen.width - sum(width_of(part) + len(_GAP) for part in begin)
    rest = f"{printable(event.msg)}{_GAP}{ends}"
    if width_of(rest) + len(_GAP) + len(document.id) <= room:
        rest += _GAP + printable(document.id)
    if width_of(rest) > room:
        message = max(_LEAST, room - width_of(ends) - len(_GAP))
        rest = fitted(f"{fitted(printable(event.msg), message)}{_GAP}{ends}", max(room, _LEAST)).rstrip()
    return _GAP.join((begin[0], screen.severity(document.severity, begin[1]), begin[2], rest))


def _source(document: EventDocument) -> str:
    return end_of(document.source_ip, document.source_port, document.source_namespace, document.source_name)


def _destination(document: EventDocument) -> str:
    return end_of(document.dest_ip, document.dest_port, document.dest_namespace, document.dest_name)


def _cells(row: AlertRow, *, utc: bool) -> tuple[str, ...]:
    rule, ends = row.rule, (row.source, row.destination)
    return (
        moment(int(row.last_time), utc=utc),
        str(row.severity),
        str(row.count),
        f"{rule.gid}:{rule.sid}:{rule.rev}",
        printable(rule.msg),
        *(end_of(end.ip, end.port, end.namespace, end.name) for end in ends),
        printable(row.id),
    )


def _narrow(rows: Sequence[AlertRow], cells: Sequence[tuple[str, ...]], screen: Screen) -> Iterator[str]:
    """Time to message on the first line; ends and id beneath, on one line where they fit."""
    widths = [max(width_of(line[column]) for line in cells) for column in range(_MESSAGE)]
    for row, (*begin, message, source, destination, identifier) in zip(rows, cells, strict=True):
        parts = [fitted(text, width) for text, width in zip(begin, widths, strict=True)]
        room = screen.width - sum(map(width_of, parts)) - _MESSAGE * len(_GAP)
        parts[1] = screen.severity(row.severity, parts[1])
        yield _GAP.join((*parts, screen.styled(fitted(message, max(room, _LEAST)).rstrip(), BOLD)))
        ends = f"{_GAP}{source} -> {destination}"
        if width_of(ends) + len(_GAP) + len(identifier) <= screen.width:
            yield ends + screen.styled(f"{_GAP}{identifier}", DIM)
        else:
            yield fitted(ends, screen.width).rstrip()
            yield screen.styled(f"{_GAP}{identifier}", DIM)


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(fitted(text, width) for text, width in zip(texts, widths, strict=True)).rstrip()


def _shrink(widths: list[int], width: int) -> None:
    """Takes what is too much from the widest of the columns that may be cut."""
    over = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    while over > 0 and max(widths[column] for column in _SHRINKS) > _LEAST:
        widest = max(_SHRINKS, key=lambda column: widths[column])
        widths[widest] -= 1
        over -= 1
