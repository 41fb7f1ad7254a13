"""Counts events: all that match, by the values of a field, by time."""

from typing import Any, Final, NamedTuple

import msgspec

from podlynx.expressions.fields import Field
from podlynx.models.counts import Counts, IntervalCount, ValueCount
from podlynx.store.errors import NotCountable
from podlynx.store.intervals import starts, width_for
from podlynx.store.protocol import Statistic
from podlynx.store.search.conditions import ALL, Clause, Mask, all_of, any_of, none_of, selected
from podlynx.store.search.fields import FIELD_OF, SAME, TIME, field_of
from podlynx.store.search.http import Http

_EVENT_COLUMNS: Final = frozenset(
    {*FIELD_OF, "severity", "protocol", "host", "origin", "type"}
    | {f"{end}_{part}" for end in ("source", "dest") for part in ("ip", "port", "name", "namespace")}
)
MAX_VALUES: Final = 20_000
"""Different values of a field that are counted; beyond them the counts of the rarest may be left out of `other`."""
_BUCKETS: Final = 50_000
"""Values times intervals of one request: engines answer at most 65,535."""


class _Side(NamedTuple):
    """One place where an event has a value of the field, and the events whose value may be seen there."""

    field: str
    shown: Clause


class _Values(NamedTuple):
    """Where a field's values stand. `overlap`: events that have the same one at both sides, and so would be counted twice."""

    sides: list[_Side]
    overlap: Clause | None = None

    def aggregations(self, sub: dict[str, Any] | None = None, include: list[str] | None = None) -> dict[str, Any]:
        """Counts of values by side, and of those to take off."""
        parts = [*self.sides]
        if self.overlap is not None:
            parts.append(_Side(self.sides[0].field, self.overlap))
        chosen = {"include": include} if include is not None else {}
        size = len(include) if include is not None else MAX_VALUES
        return {
            str(place): {
                "filter": all_of(side.shown, none_of({"term": {side.field: ""}})),
                "aggs": {
                    "values": {
                        "terms": {"field": side.field, "size": max(size, 1), "shard_size": MAX_VALUES, **chosen},
                        **({"aggs": sub} if sub else {}),
                    }
                },
            }
            for place, side in enumerate(parts)
        }

    def signs(self) -> list[int]:
        """What each of the aggregations adds."""
        return [1] * len(self.sides) + ([-1] if self.overlap is not None else [])


async def count(http: Http, index: str, statistic: Statistic) -> Counts:
    """What the statistic asks for."""
    mask, field = Mask(statistic.namespaces), statistic.field
    values = _values(field, mask) if field else None
    clauses = selected(statistic)
    counts = await _by_time(http, index, clauses, statistic)
    if values and counts.total:
        counts = await _by_value(http, index, clauses, values, counts, statistic.top)
    return counts


async def _by_time(http: Http, index: str, clauses: list[Clause], statistic: Statistic) -> Counts:
    first = {"size": 1, "_source": False, "query": all_of(*clauses), "sort": [{TIME: "asc"}], "track_total_hits": True}
    last = {**first, "sort": [{TIME: "desc"}], "track_total_hits": False}
    oldest, newest = await http.searches(index, [first, last])
    total = oldest["hits"]["total"]["value"]
    if not total or not newest["hits"]["hits"] or not (statistic.interval or statistic.intervals):
        return Counts(total=total, interval=statistic.interval)
    begin, end = (int(each["hits"]["hits"][0]["sort"][0]) for each in (oldest, newest))
    begins = starts(begin, end, statistic.interval or width_for(begin, end, statistic.intervals or 1))
    body = {"size": 0, "query": all_of(*clauses), "aggs": _times(begins.step)}
    found = _by_start((await http.search(f"/{index}/_search", body))["aggregations"])
    return Counts(total=total, interval=begins.step, times=[IntervalCount(each, found.get(each, 0)) for each in begins])


def _times(width: int) -> dict[str, Any]:
    return {"times": {"date_histogram": {"field": "time", "fixed_interval": f"{width}s", "min_doc_count": 1}}}


def _by_start(aggregations: Any) -> dict[int, int]:
    return {int(each["key"]) // 1000: each["doc_count"] for each in aggregations["times"]["buckets"]}


async def _by_value(  # noqa: PLR0917 one statistic
    http: Http, index: str, clauses: list[Clause], values: _Values, counts: Counts, top: int
) -> Counts:
    with_any = any_of(*(all_of(side.shown, _has(side.field)) for side in values.sides))
    body = {"size": 0, "query": all_of(*clauses), "aggs": values.aggregations(), "track_total_hits": False}
    having = {"size": 0, "query": all_of(*clauses, with_any), "track_total_hits": True}
    found, counted = await http.searches(index, [body, having])
    sums: dict[str, int] = {}
    everything = 0
    for place, sign in enumerate(values.signs()):
        part = found["aggregations"][str(place)]["values"]
        everything += sign * part["sum_other_doc_count"]
        for bucket in part["buckets"]:
            value = _text(bucket)
            sums[value] = sums.get(value, 0) + sign * bucket["doc_count"]
            everything += sign * bucket["doc_count"]
    ranked = sorted(((value, number) for value, number in sums.items() if number), key=lambda each: (-each[1], each[0]))
    shown = [ValueCount(value=value, count=number) for value, number in ranked[:top]]
    other = everything - sum(each.count for each in shown)
    if counts.times:
        shown = await _by_both(http, index, clauses, values, counts, shown)
    return msgspec.structs.replace(counts, values=shown, other=other, without=counts.total - counted["hits"]["total"]["value"])


async def _by_both(  # noqa: PLR0917 one statistic
    http: Http, index: str, clauses: list[Clause], values: _Values, counts: Counts, shown: list[ValueCount]
) -> list[ValueCount]:
    width, step = counts.interval or 1, max(1, _BUCKETS // (3 * len(counts.times)))
    found: dict[tuple[str, int], int] = {}
    for at in range(0, len(shown), step):
        named = [each.value for each in shown[at : at + step]]
        body = {
            "size": 0,
            "query": all_of(*clauses),
            "aggs": values.aggregations(_times(width), named),
            "track_total_hits": False,
        }
        answer = await http.search(f"/{index}/_search", body)
        for place, sign in enumerate(values.signs()):
            for bucket in answer["aggregations"][str(place)]["values"]["buckets"]:
                for start, number in _by_start(bucket).items():
                    key = (_text(bucket), start)
                    found[key] = found.get(key, 0) + sign * number
    return [
        msgspec.structs.replace(each, times=[found.get((each.value, interval.start), 0) for interval in counts.times])
        for each in shown
    ]


def _text(bucket: Any) -> str:
    return str(bucket["key"])


def _has(field: str) -> Clause:
    return {"bool": {"filter": [{"exists": {"field": field}}], "must_not": [{"term": {field: ""}}]}}


def _values(field: Field, mask: Mask) -> _Values:
    if field.kind == "time":
        raise NotCountable("time has no values to count by.", "Ask for an interval instead.")
    if not set(field.columns) <= _EVENT_COLUMNS or field.counted:
        return _Values([_Side(field.counted, ALL)])
    sides = [_Side(_as_text(column, field), mask.of_column(column) or ALL) for column in field.columns]
    if len(sides) == 1:
        return _Values(sides)
    part = field.columns[0].partition("_")[2]
    return _Values(sides, all_of({"term": {SAME: part}}, *(side.shown for side in sides)))


def _as_text(column: str, field: Field) -> str:
    return f"{field_of(column)}.text" if field.kind in {"number", "address"} else field_of(column)
