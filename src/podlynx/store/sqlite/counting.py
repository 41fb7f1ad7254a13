"""Counts events: all that match, by the values of a field, by time."""

from typing import Any, Final, NamedTuple

import apsw
import msgspec

from podlynx.expressions.fields import Field
from podlynx.models.counts import Counts, IntervalCount, ValueCount
from podlynx.store.errors import NotCountable
from podlynx.store.intervals import starts, width_for
from podlynx.store.protocol import Statistic
from podlynx.store.sqlite.conditions import Table
from podlynx.store.sqlite.listing import Listing, events
from podlynx.store.sqlite.rows import EVENT_COLUMNS
from podlynx.store.sqlite.summing import summed

_SECOND: Final = 1_000_000_000


class _Values(NamedTuple):
    """The rows of a selection, one for each value of the counted field that an event has.

    `several`: an event may have more than one; `repeated`: and the same one twice.
    """

    listing: Listing
    value: str
    several: bool = False
    repeated: bool = False

    def rows(self) -> str:
        """A table of (value, time, seq)."""
        listing = self.listing
        inner = f"SELECT {self.value} AS value, e.time, e.seq FROM {listing.tables} WHERE {listing.where}"
        return f"(SELECT * FROM ({inner}) WHERE value <> '')"

    @property
    def number(self) -> str:
        """How many events such rows are of."""
        return "count(DISTINCT seq)" if self.repeated else "count(*)"


def count(connection: apsw.Connection, statistic: Statistic) -> Counts:
    """What the statistic asks for, read in one transaction, so that its parts agree."""
    listing, field = events(statistic), statistic.field
    values = _values(listing, field, Table("e", masked=statistic.namespaces is not None)) if field else None
    with connection:
        if (sums := summed(connection, statistic)) is not None:
            return sums
        counts = _by_time(connection, listing, statistic)
        if values:
            counts = _by_value(connection, values, counts, statistic.top)
    return counts


def _by_time(connection: apsw.Connection, listing: Listing, statistic: Statistic) -> Counts:
    """The total, and the intervals where any are asked for."""
    sql = f"{listing.head}SELECT count(*), min(e.time), max(e.time) FROM {listing.tables} WHERE {listing.where}"
    row: Any = connection.execute(sql, listing.bound()).fetchone()
    total, first, last = row
    if not total or not (statistic.interval or statistic.intervals):
        return Counts(total=total, interval=statistic.interval)
    begins = starts(first, last, statistic.interval or width_for(first, last, statistic.intervals or 1))
    sql = f"{listing.head}SELECT e.time / ?, count(*) FROM {listing.tables} WHERE {listing.where} GROUP BY 1"
    rows: list[Any] = connection.execute(sql, listing.bound(begins.step * _SECOND)).fetchall()
    found = dict(rows)
    times = [IntervalCount(start, found.get(start // begins.step, 0)) for start in begins]
    return Counts(total=total, interval=begins.step, times=times)


def _by_value(connection: apsw.Connection, values: _Values, counts: Counts, top: int) -> Counts:
    bound, head = values.listing.bound(), values.listing.head
    sql = (
        f"{head}SELECT value, number, sum(number) OVER () FROM "
        f"(SELECT value, {values.number} AS number FROM {values.rows()} GROUP BY value) ORDER BY number DESC, value LIMIT ?"
    )
    found: list[Any] = connection.execute(sql, (*bound, top)).fetchall()
    shown = [ValueCount(value=value, count=number) for value, number, _ in found]
    everything = having = found[0][2] if found else 0
    if values.several:
        having = int(connection.execute(f"{head}SELECT count(DISTINCT seq) FROM {values.rows()}", bound).get or 0)
    other = everything - sum(each.count for each in shown)
    if counts.times:
        shown = _by_both(connection, values, counts, shown)
    return msgspec.structs.replace(counts, values=shown, other=other, without=counts.total - having)


def _by_both(connection: apsw.Connection, values: _Values, counts: Counts, shown: list[ValueCount]) -> list[ValueCount]:
    listing, width = values.listing, counts.interval or 1
    sql = (
        f"{listing.head}SELECT value, time / {width * _SECOND} AS place, {values.number} FROM {values.rows()} "
        "WHERE value IN (SELECT value FROM json_each(?)) GROUP BY value, place"
    )
    names = msgspec.json.encode([each.value for each in shown]).decode()
    found = {(value, place): number for value, place, number in connection.execute(sql, (*listing.bound(), names))}
    places = [each.start // width for each in counts.times]
    return [msgspec.structs.replace(each, times=[found.get((each.value, place), 0) for place in places]) for each in shown]


def _values(listing: Listing, field: Field, table: Table) -> _Values:
    if field.kind == "time":
        raise NotCountable("time has no values to count by.", "Ask for an interval instead.")
    if not set(field.columns) <= set(EVENT_COLUMNS):
        return _of_document(listing, field)
    # Joined to nothing a column loses its collation: what differs in letter case is counted apart.
    one, *others = (f"({table.column(column)} || '')" for column in field.columns)
    if not others:
        return _Values(listing, one)
    tables = f"{listing.tables} CROSS JOIN (SELECT 0 AS side UNION ALL SELECT 1)"
    where = f"{listing.where} AND (side = 0 OR {others[0]} IS NOT {one})"
    return _Values(listing._replace(tables=tables, where=where), f"iif(side = 0, {one}, {others[0]})", several=True)


def _of_document(listing: Listing, field: Field) -> _Values:
    """The values stand in the document alone, as one or as a list."""
    path = f"json_each(document_text(d.body), '$.{field.counted}')"
    tables = f"{listing.tables} CROSS JOIN documents d ON d.seq = e.seq CROSS JOIN {path} listed"
    return _Values(listing._replace(tables=tables), "(listed.value || '')", several=True, repeated=True)
