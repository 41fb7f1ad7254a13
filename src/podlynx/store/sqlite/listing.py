"""Lists alerts: groups or single events, newest first, a page at a time."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import apsw
import msgspec

from podlynx.models.alert import AlertPage
from podlynx.store.protocol import Search, Selection
from podlynx.store.sqlite.alert_rows import EVENT_OPEN, EVENT_ROW, GROUP_ROW, WIDTH, alert_row, newest_seq
from podlynx.store.sqlite.conditions import TRUE, VISIBLE, Table, condition
from podlynx.store.sqlite.cursors import Position, decode, encode
from podlynx.store.sqlite.hiding import FIRST_PLACE, Hiding, row_of
from podlynx.store.sqlite.narrowing import of_events, of_groups

TOTAL_CAP: Final = 10_000
"""Alerts are counted up to here, as search engines do: more would cost more than it tells."""

_BY_EVENT: Final = "events e CROSS JOIN groups g ON g.id = e.group_id"
_BY_TRAIT: Final = "events e CROSS JOIN traits t ON t.id = e.trait_id CROSS JOIN groups g ON g.id = t.group_id"
"""The same, of which indices on the trait tell all but the event's own columns."""
_BY_SEQ: Final = "events e ON e.seq = found CROSS JOIN groups g ON g.id = e.group_id"
_SHORT_OPEN: Final = f"(g.open_count = g.count OR {EVENT_OPEN})"
"""`EVENT_OPEN`, for most events without reading them."""

_Found = tuple[int, int, tuple[Any, ...]]
"""(time that orders, row that orders, values of the alert's row)"""


class Listing(NamedTuple):
    """One kind of list: its tables, the columns that order it, and the conditions of a search. `head` begins its statements."""

    head: str
    tables: str
    time: str
    row: str
    columns: str
    where: str
    values: tuple[int | str | bytes, ...]

    def bound(self, *before: int | str | bytes) -> tuple[int | str | bytes, ...]:
        """The values of a statement that binds `before` ahead of the search's own."""
        seen, own = (self.values[:1], self.values[1:]) if self.head else ((), self.values)
        return (*seen, *before, *own)


def page(connection: apsw.Connection, search: Search) -> AlertPage:
    """The page that the search asks for, read in one transaction, so that its parts agree."""
    with connection:
        newest = newest_seq(connection)
        position = decode(search.cursor, grouped=search.grouped) if search.cursor else None
        moment = position.moment if position else newest
        if search.grouped and Hiding(search.hidden).within_groups:
            found, total = _partly_hidden(connection, search, position, moment)
        else:
            listing = _groups(search) if search.grouped else events(search, connection)
            found = sorted(_found(connection, listing, search, position, moment), key=lambda row: row[:2], reverse=True)
            total = _total(connection, listing)
    shown = found[: search.limit]
    more = len(found) > search.limit
    following = encode(Position(moment, shown[-1][0], shown[-1][1], search.grouped)) if more else None
    items = [alert_row(values) for _, _, values in shown]
    return AlertPage(items=items, next_cursor=following, total=total, total_cap=TOTAL_CAP, live_cursor=str(newest))


def _groups(search: Search) -> Listing:
    """Groups that have an event which matches."""
    asked, values = TRUE
    if search.query and search.query.level == "group":
        asked, values = condition(search.query.root, Table("g"))
    elif search.query:
        asked, values = of_groups(search.query, masked=search.namespaces is not None)
    dismissed = {None: "1", False: "g.open_count > 0", True: "g.open_count = 0"}[search.dismissed]
    shown, hiding = Hiding(search.hidden).group_shown()
    where = f"g.severity >= ? AND {dismissed} AND {seen(search)} AND {asked} AND {shown}"
    tables = "groups g CROSS JOIN events e ON e.seq = g.last_event"
    head, visible = head_of(search)
    return Listing(head, tables, "g.last_time", "g.id", GROUP_ROW, where, (*visible, search.severity_min, *values, *hiding))


def _partly_hidden(
    connection: apsw.Connection, search: Search, position: Position | None, moment: int
) -> tuple[list[_Found], int]:
    """Groups of which some events may be hidden: their place and figures have to be worked out. One more than the page holds."""
    hiding = Hiding(search.hidden)
    where, values = _of_some(search, hiding)
    head, visible = head_of(search)
    newest, hidden = hiding.newest("o.time", "o.seq <= ?")
    place = (position.time, position.row) if position else FIRST_PLACE
    sql = (
        f"{head}SELECT {newest} AS then_time, g.id FROM groups g WHERE g.first_seq <= ? AND {where} "
        "AND (then_time, g.id) < (?, ?) ORDER BY then_time DESC, g.id DESC LIMIT ?"
    )
    bound = (*visible, *hidden, moment, moment, *values, *place, search.limit + 1)
    places = [(int(time), int(group)) for time, group in connection.execute(sql, bound)]
    counted = f"{head}SELECT count(*) FROM (SELECT 1 FROM groups g WHERE {where} LIMIT {TOTAL_CAP})"
    total = int(connection.execute(counted, (*visible, *values)).get)
    rows = ((time, group, row_of(connection, group, hiding)) for time, group in places)
    return [(time, group, row) for time, group, row in rows if row], total


def _of_some(search: Search, hiding: Hiding) -> tuple[str, tuple[int | str | bytes, ...]]:
    """Groups with an event that is not hidden, of which one matches."""
    asked, values = TRUE
    if search.query and search.query.level == "group":
        asked, values = condition(search.query.root, Table("g"))
    elif search.query:
        sql, matching = condition(search.query.root, Table("e", masked=search.namespaces is not None))
        shown, hidden = hiding.event_shown("e")
        asked, values = f"g.id IN (SELECT e.group_id FROM events e WHERE {sql} AND {shown})", (*matching, *hidden)
    state, states = hiding.state(dismissed=search.dismissed)
    shown, hidden = hiding.group_shown()
    where = f"g.severity >= ? AND {seen(search)} AND {shown} AND {state} AND {asked}"
    return where, (search.severity_min, *hidden, *states, *values)


def events(search: Selection, connection: apsw.Connection | None = None) -> Listing:
    """Single events that match: what is listed one by one, counted, scanned and swept.

    With a connection it is found out how a list of the newest is short work.
    """
    masked = search.namespaces is not None
    head, visible = head_of(search)
    (asked, values), rare = TRUE, False
    if search.query and connection:
        (asked, values), rare = of_events(connection, search.query, head, visible, masked=masked)
    elif search.query:
        asked, values = condition(search.query.root, Table("e", masked))
    dismissed = {None: "1", False: _SHORT_OPEN, True: f"NOT {EVENT_OPEN}"}[search.dismissed]
    shown, hiding = Hiding(search.hidden).event_shown("e")
    severity = f"{'t' if rare else 'e'}.severity >= ?"
    where = f"{severity} AND {dismissed} AND {seen(search)} AND {asked} AND {shown}"
    tables = _BY_TRAIT if rare else _BY_EVENT
    return Listing(head, tables, "e.time", "e.seq", EVENT_ROW, where, (*visible, search.severity_min, *values, *hiding))


def head_of(search: Selection) -> tuple[str, tuple[str, ...]]:
    """How a statement begins, and the values that it binds there."""
    if search.namespaces is None:
        return "", ()
    return VISIBLE, (msgspec.json.encode(sorted(search.namespaces)).decode(),)


def seen(search: Selection) -> str:
    """Groups `g` that may be seen."""
    return "1" if search.namespaces is None else "(g.source_namespace IN visible OR g.dest_namespace IN visible)"


def _found(
    connection: apsw.Connection, listing: Listing, search: Search, position: Position | None, moment: int
) -> Iterator[_Found]:
    """One alert more than the page holds, if there is one."""
    place = (position.time, position.row) if position else FIRST_PLACE
    seq = "g.last_seq" if search.grouped else "e.seq"
    order = f"ORDER BY {listing.time} DESC, {listing.row} DESC"
    shown = f"{listing.time}, {listing.row}, {listing.columns}"
    where = f"{seq} <= ? AND ({listing.time}, {listing.row}) < (?, ?) AND {listing.where}"
    tables, further = listing.tables, f"WHERE {where} {order} LIMIT ?"
    if not search.grouped:  # chosen and sorted by what indices hold: only the events of the page are read
        tables = f"(SELECT e.seq AS found FROM {tables} {further}) CROSS JOIN {_BY_SEQ}"
        further = ""
    sql = f"{listing.head}SELECT {shown} FROM {tables} {further}"
    yield from _run(connection, sql, (*listing.bound(moment, *place), search.limit + 1))
    if search.grouped and position:
        yield from _moved(connection, listing, place, moment)


def _moved(connection: apsw.Connection, listing: Listing, place: tuple[int, int], moment: int) -> Iterator[_Found]:
    """Groups that moved up since the first page was read, at the place that they had then."""
    then = "(SELECT o.time FROM events o WHERE o.group_id = g.id AND o.seq <= ? ORDER BY o.time DESC LIMIT 1)"
    sql = (
        f"{listing.head}SELECT {then} AS then_time, g.id, {listing.columns} FROM {listing.tables} "
        f"WHERE g.last_seq > ? AND g.first_seq <= ? AND (then_time, g.id) < (?, ?) AND {listing.where}"
    )
    yield from _run(connection, sql, listing.bound(moment, moment, moment, *place))


def _run(connection: apsw.Connection, sql: str, values: tuple[int | str | bytes, ...]) -> Iterator[_Found]:
    for row in connection.execute(sql, values):
        yield row[0], row[1], row[2 : 2 + WIDTH]


def _total(connection: apsw.Connection, listing: Listing) -> int:
    tables = listing.tables if "e." in listing.where else "groups g"
    sql = f"{listing.head}SELECT count(*) FROM (SELECT 1 FROM {tables} WHERE {listing.where} LIMIT {TOTAL_CAP})"
    return int(connection.execute(sql, listing.bound()).get)
