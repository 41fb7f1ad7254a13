"""Alerts as they happen, as server-sent events (WHATWG HTML, section 9.2)."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from podlynx.manager.access import Principal
from podlynx.manager.errors import ApiError, ErrorDetail, failures
from podlynx.manager.live import HEARTBEAT, Reader, alert_frame, position_frame, reload_frame
from podlynx.manager.redaction import is_seen, row_for
from podlynx.manager.rights import ALERTS, forbidden
from podlynx.manager.routes.asked import ShowExcepted
from podlynx.manager.services import Provided, Services
from podlynx.models.alert import AlertRow
from podlynx.models.selftest import GID as SELFTEST
from podlynx.store.protocol import Change

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_FRAMES = ResponseSpec(
    AlertRow,
    media_type="text/event-stream",
    generate_examples=False,
    description="Events: `alert` (data: an AlertRow), `reload` (alerts were missed: fetch the list). "
    "The id of each is the cursor to resume from; a comment comes every ten seconds.",
)
After = Annotated[int | None, QueryParameter(ge=0, le=2**63 - 1, description="Begin after this cursor (`live_cursor` of a page)")]
LastEventId = Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=20, description="Set by browsers")]


@get(
    "/api/v1/alerts/stream",
    operation_id="streamAlerts",
    media_type="text/event-stream",
    tags=["alerts"],
    summary="Alerts as they happen",
    responses={200: _FRAMES, **failures(400, 401, 403, 503)},
)
async def stream_alerts(
    *,
    request: Request[Any, Principal, Any],
    services: Provided,
    after: After = None,
    last_event_id: LastEventId = None,
    show_excepted: ShowExcepted = False,
) -> Stream:
    """Server-sent events. Each says how a group stands after new events; resumes after `Last-Event-ID`, else after `after`.

    403 for who may see no namespace: nothing would ever come.
    """
    begin = resumed(last_event_id) if last_event_id else after
    await admit(services, request.auth, "Close pages that are no longer needed; the list itself still works.")
    return Stream(
        _frames(services, request.auth, begin, show_excepted=show_excepted), media_type="text/event-stream", headers=HEADERS
    )


async def admit(services: Services, principal: Principal, hint: str) -> None:
    """Raises ApiError 403 for who would wait in vain, 503 with that hint where there are too many streams."""
    if await services.rights.sees_nothing(await services.rights.visible(principal)):
        raise forbidden("get", ALERTS)
    if services.live.full(principal.name):
        raise ApiError(503, ErrorDetail("too_many_streams", "Too many live streams are open.", hint), {"Retry-After": "5"})


def resumed(identifier: str) -> int:
    """The cursor of a `Last-Event-ID`. Raises ApiError 400."""
    try:
        return int(identifier)
    except ValueError:
        hint = "Leave the header out to begin now."
        raise ApiError(400, ErrorDetail("bad_request", "Last-Event-ID is no cursor of this stream.", hint)) from None


async def _frames(services: Services, principal: Principal, begin: int | None, *, show_excepted: bool) -> AsyncIterator[bytes]:
    """First what was missed, then what is published. The reader is opened before, so nothing falls between the two."""
    async with services.live.reader(principal.name) as reader:
        newest = await services.store.cursor()
        cursor = newest if begin is None else begin
        missed = await services.store.changes_since(
            cursor, services.settings.stream_replay, services.exceptions.for_asker(show_excepted=show_excepted)
        )
        if cursor > newest or not missed.complete:
            yield reload_frame(newest)
            return
        yield position_frame(cursor)
        for change in missed.changes:
            cursor = change.cursor
            if shown := await _shown(services, principal, change):
                yield alert_frame(shown)
        async for frame in _published(services, principal, reader, cursor, show_excepted=show_excepted):
            yield frame


async def _published(
    services: Services, principal: Principal, reader: Reader, cursor: int, *, show_excepted: bool
) -> AsyncIterator[bytes]:
    while not reader.closed and await services.access.still_valid(principal):
        if reader.lagging:
            yield reload_frame(cursor)
            return
        try:
            change = await reader.next(services.settings.heartbeat_seconds)
        except TimeoutError:
            yield HEARTBEAT
            continue
        if change is not None and change.cursor > cursor:
            cursor = change.cursor
            left = change if show_excepted else await services.exceptions.change(change)
            if left and (shown := await _shown(services, principal, left)):
                yield alert_frame(shown)


async def _shown(services: Services, principal: Principal, change: Change) -> Change | None:
    """The change as this person may see it; None where it is not theirs. Rights are asked for each, so that losing one tells."""
    if change.row.rule.gid == SELFTEST:  # a test of ours is nobody's alert
        return None
    ends = change.row.source.namespace, change.row.destination.namespace
    visible = await services.rights.visible_among(principal, ends)
    if not is_seen(visible, *ends):
        return None
    return change if visible is None else Change(change.cursor, row_for(change.row, visible))
