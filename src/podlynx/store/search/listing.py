"""Lists alerts: groups or single events, newest first, a page at a time."""

from typing import Any, NamedTuple

from podlynx.models.alert import AlertPage, AlertRow
from podlynx.store.protocol import Search
from podlynx.store.search.conditions import Clause, all_of, none_of, selected, shown
from podlynx.store.search.documents import ROW_FIELDS, row_of
from podlynx.store.search.fields import GROUP, SEQ, TIME
from podlynx.store.search.groups import MAX_GROUPS, NEWEST, each_once, groups_with, rows_of
from podlynx.store.search.http import Http
from podlynx.store.sqlite.cursors import Position, decode, encode

_Place = tuple[int, int]


class _Page(NamedTuple):
    """What stands on a page, where the next one begins, and how many there are in all."""

    rows: list[AlertRow]
    last: _Place | None
    total: int


async def newest_seq(http: Http, index: str) -> int:
    """The cursor of the newest event that can be found; 0 where there is none."""
    body = {"size": 1, "_source": False, "sort": [{SEQ: "desc"}], "track_total_hits": False}
    found = await http.search(f"/{index}/_search", body)
    return next((int(hit["sort"][0]) for hit in found["hits"]["hits"]), 0)


async def page(http: Http, index: str, search: Search) -> AlertPage:
    """The page that the search asks for. Of a paging all pages are of the moment of the first."""
    position = decode(search.cursor, grouped=search.grouped) if search.cursor else None
    newest = await newest_seq(http, index)
    moment = position.moment if position else newest
    listed = _groups if search.grouped else _events
    found = await listed(http, index, search, position, moment)
    following = None
    if found.last:
        before = position.shown if position else 0
        following = encode(Position(moment, *found.last, search.grouped, before + len(found.rows)))
    return AlertPage(
        items=found.rows, next_cursor=following, total=min(found.total, MAX_GROUPS), total_cap=MAX_GROUPS, live_cursor=str(newest)
    )


async def _events(http: Http, index: str, search: Search, position: Position | None, moment: int) -> _Page:
    clauses = selected(search)
    body: dict[str, Any] = {
        "size": search.limit + 1,
        "query": all_of(*clauses, {"range": {SEQ: {"lte": moment}}}),
        "sort": [{TIME: "desc"}, {SEQ: "desc"}],
        "_source": list(ROW_FIELDS),
        "track_total_hits": False,
    }
    if position:
        body["search_after"] = [position.time, position.row]
    whole = {"size": 0, "query": all_of(*clauses), "track_total_hits": MAX_GROUPS}
    found, counted = await http.searches(index, [body, whole])
    hits = found["hits"]["hits"]
    rows = [row_of(hit["_source"]) for hit in hits[: search.limit]]
    last = _place(hits[search.limit - 1]["sort"]) if len(hits) > search.limit else None
    return _Page(rows, last, counted["hits"]["total"]["value"])


def _place(sort: list[Any]) -> _Place:
    return int(sort[0]), int(sort[1])


async def _groups(http: Http, index: str, search: Search, position: Position | None, moment: int) -> _Page:
    """Each group by its newest event of then; a group that moved up since keeps its place for this paging."""
    visible = shown(search.hidden)
    clauses = await _choosing(http, index, search)
    if clauses is None:
        return _Page([], None, 0)
    size = min(MAX_GROUPS, (position.shown if position else 0) + search.limit + 1)
    heads = {
        **each_once([*clauses, {"range": {SEQ: {"lte": moment}}}], NEWEST, size),
        "_source": False,
    }
    total = {
        "size": 0,
        "query": all_of(*clauses),
        "aggs": {"all": {"cardinality": {"field": GROUP, "precision_threshold": 40_000}}},
    }
    found, counted = await http.searches(index, [heads, total])
    keys = [(int(hit["sort"][0]), str(hit["sort"][1])) for hit in found["hits"]["hits"]]
    if position:
        keys = [each for each in keys if (each[0], _number(each[1])) < (position.time, position.row)]
    rows = await rows_of(http, index, [key for _, key in keys[: search.limit]], visible)
    last = (keys[search.limit - 1][0], _number(keys[search.limit - 1][1])) if len(keys) > search.limit else None
    total_ = counted.get("aggregations", {}).get("all", {}).get("value", 0)
    return _Page([rows[key] for _, key in keys[: search.limit] if key in rows], last, total_)


def _number(group: str) -> int:
    """The beginning of a group's id as a number: sorts as the id does."""
    return int(group[1:16], 16)


async def _choosing(http: Http, index: str, search: Search) -> list[Clause] | None:
    """Conditions on events that choose the groups; None where there are none."""
    whole = Search(severity_min=search.severity_min, namespaces=search.namespaces, hidden=search.hidden, dismissed=None)
    matching = selected(search, dismissed=False)
    by_event = search.query is not None and search.query.level == "event"
    clauses = selected(whole) if by_event else matching
    if by_event:
        groups = await groups_with(http, index, matching)
        if not groups:
            return None
        clauses = [*clauses, {"terms": {GROUP: groups}}]
    if search.dismissed is True:
        with_any = await groups_with(http, index, [*clauses, {"term": {"dismissed": True}}])
        still = await groups_with(
            http, index, [*shown(search.hidden), {"terms": {GROUP: with_any}}, {"term": {"dismissed": False}}]
        )
        return [*clauses, {"terms": {GROUP: with_any}}, none_of({"terms": {GROUP: still}})] if with_any else None
    return [*clauses, {"term": {"dismissed": False}}] if search.dismissed is False else clauses
