"""One alert: in full, dismissed, restored; and what changed. An id may be an event's or a group's."""

from collections.abc import Sequence
from typing import Any, Final

from podlynx.expressions.nodes import Query
from podlynx.models.alert import AlertDetail
from podlynx.models.event import EventDocument
from podlynx.store.errors import StoreError
from podlynx.store.protocol import Change, Changes, Selection, Swept
from podlynx.store.search.bulk import Operation, bulk
from podlynx.store.search.conditions import NONE, Clause, all_of, selected, shown
from podlynx.store.search.documents import document_of
from podlynx.store.search.fields import GROUP, SEQ, TIME
from podlynx.store.search.groups import MAX_GROUPS, NEWEST, each_once, rows_of
from podlynx.store.search.http import Http

_STEP: Final = 5_000
"""Events that are marked together."""
_DISMISSED: Final = {True: b'{"doc":{"dismissed":true}}', False: b'{"doc":{"dismissed":false}}'}


def _by_id(identifier: str) -> Clause:
    return {"ids": {"values": [identifier]}} if identifier else NONE


async def detail(http: Http, index: str, identifier: str, hidden: tuple[Query, ...] = ()) -> AlertDetail | None:
    """The event of that id, or the newest event of that group that is not hidden; the figures are of what is not hidden."""
    event = {"size": 1, "query": _by_id(identifier)}
    of_group = {"size": 1, "query": all_of({"term": {GROUP: identifier}}, *shown(hidden)), "sort": NEWEST}
    found = await http.searches(index, [event, of_group])
    hit: Any = next((hit for each in found for hit in each["hits"]["hits"]), None)
    if hit is None:
        return None
    document, group = document_of(hit["_source"]), hit["_source"]["store"]["group"]
    row = (await rows_of(http, index, [group], shown(hidden))).get(group) or (await rows_of(http, index, [group])).get(group)
    fields = {name: getattr(document, name) for name in EventDocument.__struct_fields__}
    time = str(document.podlynx.time)
    return AlertDetail(
        **fields,
        group_id=group,
        group_count=row.count if row else 1,
        first_time=row.first_time if row else time,
        last_time=row.last_time if row else time,
    )


async def mark(http: Http, index: str, identifier: str, *, dismissed: bool) -> bool:
    """Hides or shows an event, or all that a group holds now. False where the id names neither."""
    event = {"size": 1, "_source": False, "query": _by_id(identifier)}
    group = {"size": 1, "_source": False, "query": {"term": {GROUP: identifier}}}
    one, several = [each["hits"]["hits"] for each in await http.searches(index, [event, group])]
    if one:
        await _set(http, [(one[0]["_index"], one[0]["_id"])], dismissed=dismissed)
        return True
    if several:
        await _mark_all(http, index, [{"term": {GROUP: identifier}}, {"term": {"dismissed": not dismissed}}], dismissed=dismissed)
    return bool(several)


async def sweep(http: Http, index: str, selection: Selection, limit: int, moment: int) -> Swept:
    """Dismisses the newest open events that match, `limit` at most."""
    clauses = [*selected(selection, dismissed=False), {"term": {"dismissed": False}}, {"range": {SEQ: {"lte": moment}}}]
    done = await _mark_all(http, index, clauses, dismissed=True, limit=limit)
    counted = await http.search(f"/{index}/_search", {"size": 0, "query": all_of(*clauses), "track_total_hits": limit + 1})
    return Swept(done, complete=counted["hits"]["total"]["value"] <= done)


async def _mark_all(http: Http, index: str, clauses: Sequence[Clause], *, dismissed: bool, limit: int | None = None) -> int:
    """Marks what fulfils the conditions, the newest first, a step at a time."""
    done = 0
    body: dict[str, Any] = {"query": all_of(*clauses), "_source": False, "sort": [{TIME: "desc"}, {SEQ: "desc"}]}
    while limit is None or done < limit:
        size = _STEP if limit is None else min(_STEP, limit - done)
        found = (await http.search(f"/{index}/_search", {**body, "size": size, "track_total_hits": False}))["hits"]["hits"]
        if not found:
            break
        await _set(http, [(hit["_index"], hit["_id"]) for hit in found], dismissed=dismissed)
        done += len(found)
        body["search_after"] = found[-1]["sort"]
        if len(found) < size:
            break
    return done


async def _set(http: Http, places: list[tuple[str, str]], *, dismissed: bool) -> None:
    body = _DISMISSED[dismissed]
    operations = [Operation("update", index, identifier, body, {"retry_on_conflict": 5}) for index, identifier in places]
    results = await bulk(http, operations)
    if failed := [each.reason or each.outcome for each in results if each.outcome in {"refused", "conflict"}]:
        raise StoreError(f"{len(failed)} events could not be marked: {failed[0][:300]}", "Try again.")


async def changes_since(http: Http, index: str, cursor: int, limit: int, hidden: tuple[Query, ...] = ()) -> Changes:
    """Groups that got events after `cursor`, the oldest change first; `hidden` events are none."""
    clauses = [{"range": {SEQ: {"gt": cursor}}}, *shown(hidden)]
    body = {**each_once(clauses, [{SEQ: "desc"}], MAX_GROUPS), "_source": False, "docvalue_fields": [GROUP]}
    found = (await http.search(f"/{index}/_search", body))["hits"]["hits"]
    changed = [(int(hit["sort"][0]), hit["fields"][GROUP][0]) for hit in reversed(found)]
    rows = await rows_of(http, index, [group for _, group in changed[:limit]], shown(hidden))
    changes = [Change(seq, rows[group]) for seq, group in changed[:limit] if group in rows]
    return Changes(changes, complete=len(changed) <= limit)
