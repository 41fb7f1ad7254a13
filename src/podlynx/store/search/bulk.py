"""Bulks, with every item's answer read: what was taken, what was there, what to send again, what is refused for good."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

import msgspec

from podlynx.store.errors import StoreBusy, StoreError
from podlynx.store.search.http import RETRIED, Http, pause, reason_of

CREATED: Final = frozenset({200, 201})
_CONFLICT: Final = 409
_MISSING: Final = 404
BULK_BYTES: Final = 8 * 1024 * 1024
"""Bytes of one bulk; the engines recommend 5 to 15 MB, and refuse more than 100."""
_TRY_SECONDS: Final = 15.0

Outcome = Literal["done", "conflict", "missing", "refused"]


class Operation(msgspec.Struct, frozen=True):
    """One line or two of a bulk. `action`: create, update, index or delete."""

    action: str
    index: str
    id: str
    body: bytes = b""
    extra: dict[str, Any] = {}

    def lines(self) -> bytes:
        """As it is sent."""
        head = msgspec.json.encode({self.action: {"_index": self.index, "_id": self.id, **self.extra}})
        return head + b"\n" + (self.body + b"\n" if self.body else b"")


class Result(msgspec.Struct, frozen=True):
    """What became of an operation, and why it was refused."""

    outcome: Outcome
    reason: str = ""


async def bulk(http: Http, operations: Sequence[Operation]) -> list[Result]:
    """What became of each. What the engine has no room for is sent again with back-off, it alone, for `write_seconds`."""
    results: list[Result] = []
    for part in _parts(operations):
        results += await _until_answered(http, part)
    return results


def _parts(operations: Sequence[Operation]) -> Iterator[list[Operation]]:
    part: list[Operation] = []
    size = 0
    for each in operations:
        if part and size + len(each.body) > BULK_BYTES:
            yield part
            part, size = [], 0
        part.append(each)
        size += len(each.body)
    if part:
        yield part


async def _until_answered(http: Http, operations: list[Operation]) -> list[Result]:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + http.write_seconds
    results: dict[int, Result] = {}
    open_: list[int] = list(range(len(operations)))
    attempt = 0
    while True:
        said = await _once(http, [operations[place] for place in open_], max(min(_TRY_SECONDS, deadline - loop.time()), 0.5))
        if isinstance(said, list):
            for place, item in zip(list(open_), said, strict=True):
                if (result := _read(item)) is not None:
                    results[place] = result
            open_ = [place for place in open_ if place not in results]
        if not open_:
            return [results[place] for place in range(len(operations))]
        wait = pause(attempt)
        if loop.time() + wait >= deadline:
            raise _given_up(http, said)
        http.retried += len(open_)
        attempt += 1
        await asyncio.sleep(wait)


async def _once(http: Http, operations: list[Operation], seconds: float) -> list[Any] | str:
    """The items' answers, or what was wrong with the whole."""
    try:
        status, answer = await http.once("POST", "/_bulk", b"".join(each.lines() for each in operations), seconds)
    except TimeoutError:
        return "no answer in time"
    except OSError as error:
        return str(error)
    if status in RETRIED or status >= 500:
        return f"answer {status}"
    if status not in CREATED or len(answer.get("items", ())) != len(operations):
        kind, reason = reason_of(answer.get("error"))
        hint = "Check its user's rights." if status in {401, 403} else ""
        raise StoreError(f"The search engine refused a bulk ({status} {kind}): {reason[:300]}", hint)
    return list(answer["items"])


def _read(item: dict[str, Any]) -> Result | None:
    """None: send it again."""
    ((_, said),) = item.items()
    status = said["status"]
    if status in CREATED:
        return Result("done")
    if status == _CONFLICT:
        return Result("conflict")
    if status == _MISSING:
        return Result("missing")
    if status in RETRIED or status >= 500:
        return None
    kind, reason = reason_of(said.get("error"))
    if kind in _PASSING:
        return None
    return Result("refused", f"{kind}: {reason}"[:1000])


_PASSING: Final = frozenset(
    {
        "cluster_block_exception",
        "unavailable_shards_exception",
        "es_rejected_execution_exception",
        "rejected_execution_exception",
        "opensearch_rejected_execution_exception",
    }
)
"""A disk that is nearly full, a shard on the move: nothing is wrong with the document."""


def _given_up(http: Http, said: list[Any] | str) -> StoreError:
    what = said if isinstance(said, str) else "it has no room for all documents now"
    return StoreBusy(
        f"The search engine {http.engine.url} did not take the events: {what}.", "They are sent again; is the engine well?"
    )
