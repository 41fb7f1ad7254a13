"""What is told of stored events later: who else saw one, which packets followed."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from podlynx.models.identity import EventKey
from podlynx.store.errors import StoreBusy
from podlynx.store.protocol import Observation
from podlynx.store.search.bulk import Operation, bulk
from podlynx.store.search.documents import document_of
from podlynx.store.search.http import Http
from podlynx.store.search.indices import Indices
from podlynx.store.sqlite.ingest import candidates
from podlynx.store.sqlite.observing import with_observation

_TRIES: Final = 8
"""Of an update that others were faster with."""


async def observe(http: Http, indices: Indices, observations: Sequence[Observation], now: int) -> list[bool]:
    """Adds what is new to each stored event, and notes the absorbed ones under it."""
    index, older = await indices.write_index()
    answers = [await _observe(http, indices, each, [index, *reversed(older)]) for each in observations]
    notes = [
        Operation("create", indices.absorbed, key.id, _note(key, each.event, now))
        for each, there in zip(observations, answers, strict=True)
        if there
        for key in each.absorbed
    ]
    await bulk(http, notes)
    return answers


def _note(key: EventKey, event: EventKey, now: int) -> bytes:
    return msgspec.json.encode(
        {"fingerprint": key.fingerprint.hex(), "stored": now, "event": event.id, "event_fingerprint": event.fingerprint.hex()}
    )


async def _observe(http: Http, indices: Indices, observation: Observation, names: list[str]) -> bool:
    for _ in range(_TRIES):
        hit = await _find(http, indices, observation.event, names)
        if hit is None:
            return False
        stored = document_of(hit["_source"])
        known = with_observation(stored, observation)
        if known is stored or await _put(http, hit, known):
            return True
    raise StoreBusy("An event is being changed by too many at once.", "Send again in a second.")


async def _put(http: Http, hit: Any, known: Any) -> bool:
    parts = {"observers": known.observers, "podlynx": {"capture": known.podlynx.capture}}
    extra = {"if_seq_no": hit["_seq_no"], "if_primary_term": hit["_primary_term"]}
    body = msgspec.json.encode({"doc": parts})
    (result,) = await bulk(http, [Operation("update", hit["_index"], hit["_id"], body, extra)])
    return result.outcome == "done"


async def _find(http: Http, indices: Indices, key: EventKey, names: list[str]) -> Any:
    """The event's own document, or that of the event which stands for it; the newest index first."""
    ids = list(candidates(key))
    wanted = key.fingerprint.hex()
    docs = [{"_index": name, "_id": identifier} for name in (*names, indices.absorbed) for identifier in ids[:2]]
    found = await _first(http, docs, wanted)
    if found is None:
        docs = [{"_index": name, "_id": identifier} for name in (*names, indices.absorbed) for identifier in ids[2:]]
        found = await _first(http, docs, wanted)
    if found is None or found["_index"] != indices.absorbed:
        return found
    note = found["_source"]
    return await _find(http, indices, EventKey(note["event"], bytes.fromhex(note["event_fingerprint"])), names)


async def _first(http: Http, docs: list[dict[str, str]], wanted: str) -> Any:
    answer = await http.json("POST", "/_mget", {"docs": docs})
    for each in answer["docs"]:
        if each.get("found"):
            source = each["_source"]
            if (source.get("store", {}).get("fingerprint") or source.get("fingerprint")) == wanted:
                return each
    return None
