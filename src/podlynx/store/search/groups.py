"""Groups of alike alerts, told from their events at each asking: nothing has to be kept in step."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from podlynx.models.alert import AlertRow
from podlynx.store.search.conditions import Clause, all_of
from podlynx.store.search.documents import ROW_FIELDS, Figures, row_of
from podlynx.store.search.fields import GROUP, SEQ, TIME
from podlynx.store.search.http import Http

MAX_GROUPS: Final = 10_000
"""Groups that one list may reach, and that a search by their events may find: the newest."""
NEWEST: Final = [{TIME: "desc"}, {GROUP: "desc"}, {SEQ: "desc"}]
_OLDEST: Final = [{TIME: "asc"}, {SEQ: "asc"}]


def each_once(clauses: Sequence[Clause], sort: list[dict[str, str]], size: int) -> dict[str, Any]:
    """A search for the first event of each group."""
    return {"size": size, "query": all_of(*clauses), "sort": sort, "collapse": {"field": GROUP}, "track_total_hits": False}


async def rows_of(http: Http, index: str, groups: Collection[str], shown: Sequence[Clause] = ()) -> dict[str, AlertRow]:
    """The rows of these groups by their ids, of their events that are `shown`; without one a group has no row."""
    if not groups:
        return {}
    clauses = [{"terms": {GROUP: list(groups)}}, *shown]
    newest = {**each_once(clauses, NEWEST, len(groups)), "_source": list(ROW_FIELDS)}
    oldest = {**each_once(clauses, _OLDEST, len(groups)), "_source": False, "docvalue_fields": [GROUP]}
    is_open = {"filter": {"term": {"dismissed": False}}}
    counted = {
        "size": 0,
        "query": all_of(*clauses),
        "aggs": {"groups": {"terms": {"field": GROUP, "size": len(groups)}, "aggs": {"open": is_open}}},
    }
    latest, first, figures = await http.searches(index, [newest, oldest, counted])
    begins = {hit["fields"][GROUP][0]: hit["sort"][0] for hit in first["hits"]["hits"]}
    counts = {each["key"]: each for each in figures.get("aggregations", {}).get("groups", {}).get("buckets", [])}
    rows: dict[str, AlertRow] = {}
    for hit in latest["hits"]["hits"]:
        source = hit["_source"]
        key = source["store"]["group"]
        if key in counts and key in begins:
            bucket = counts[key]
            rows[key] = row_of(source, Figures(bucket["doc_count"], begins[key], bucket["open"]["doc_count"] == 0))
    return rows


async def groups_with(http: Http, index: str, clauses: Sequence[Clause]) -> list[str]:
    """Ids of the groups that have such an event: the `MAX_GROUPS` with the newest ones."""
    body = {
        "size": 0,
        "query": all_of(*clauses),
        "aggs": {
            "groups": {
                "terms": {"field": GROUP, "size": MAX_GROUPS, "order": {"newest": "desc"}},
                "aggs": {"newest": {"max": {"field": TIME}}},
            }
        },
    }
    found = await http.search(f"/{index}/_search", body)
    return [each["key"] for each in found.get("aggregations", {}).get("groups", {}).get("buckets", [])]
