"""Whole events as they are stored, as server-sent events (WHATWG HTML, section 9.2): each once, without a gap."""

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.response import Stream

from podlynx.manager.access import Principal
from podlynx.manager.errors import failures
from podlynx.manager.live import HEARTBEAT, event_frame, position_frame, reload_frame
from podlynx.manager.routes.asked import QueryText, SeverityMin, ShowExcepted, query_of
from podlynx.manager.routes.stream import HEADERS, After, LastEventId, admit, resumed
from podlynx.manager.services import Provided, Services
from podlynx.manager.shown import shown_to
from podlynx.models.event import EventDocument
from podlynx.models.selftest import is_selftest
from podlynx.store.protocol import MAX_ARRIVALS, Arrivals, Selection

_FRAMES: Final = ResponseSpec(
    EventDocument,
    media_type="text/event-stream",
    generate_examples=False,
    description="Events: `event` (data: an EventDocument), `reload` (the cursor is of another store: go on from this one). "
    "The id of each is the cursor to resume from; a comment comes every ten seconds.",
)


@get(
    "/api/v1/events/stream",
    operation_id="streamEvents",
    media_type="text/event-stream",
    tags=["events"],
    summary="Events as they are stored",
    responses={200: _FRAMES, **failures(400, 401, 403, 503)},
)
async def stream_events(
    *,
    request: Request[Any, Principal, Any],
    services: Provided,
    search: QueryText = "",
    severity_min: SeverityMin = 0,
    after: After = None,
    last_event_id: LastEventId = None,
    show_excepted: ShowExcepted = False,
) -> Stream:
    """Server-sent events: every single event that matches, open or dismissed, in the order of arrival; begins now.

    Goes on after `Last-Event-ID`, else after `after`, however far back that is. 403 for who may see no namespace.
    """
    selection = Selection(query=query_of(search), severity_min=severity_min, dismissed=None)
    begin = resumed(last_event_id) if last_event_id else after
    await admit(services, request.auth, "Close streams that are no longer needed.")
    frames = _frames(services, request.auth, selection, begin, show_excepted=show_excepted)
    return Stream(frames, media_type="text/event-stream", headers=HEADERS)


async def _frames(
    services: Services, principal: Principal, selection: Selection, begin: int | None, *, show_excepted: bool
) -> AsyncIterator[bytes]:
    async with services.live.bell(principal.name) as bell:
        newest = await services.store.cursor()
        cursor = newest if begin is None else begin
        if cursor > newest:
            yield reload_frame(newest)
            return
        yield position_frame(cursor)
        while not bell.closed and await services.access.still_valid(principal):
            hidden = services.exceptions.for_asker(show_excepted=show_excepted)
            arrivals = await _arrived(services, principal, msgspec.structs.replace(selection, hidden=hidden), cursor)
            async for frame in _told(services, principal, arrivals):
                yield frame
            if arrivals.cursor > cursor:
                # What did not match was looked at, and need not be again.
                yield position_frame(arrivals.cursor)
            cursor = arrivals.cursor
            if arrivals.complete and not await bell.rung(services.settings.heartbeat_seconds):
                yield HEARTBEAT


async def _arrived(services: Services, principal: Principal, selection: Selection, cursor: int) -> Arrivals:
    visible = await services.rights.visible(principal)
    return await services.store.arrivals(msgspec.structs.replace(selection, namespaces=visible), cursor, MAX_ARRIVALS)


async def _told(services: Services, principal: Principal, arrivals: Arrivals) -> AsyncIterator[bytes]:
    for each in arrivals.events:
        if is_selftest(each.document.podlynx):  # a test of ours is nobody's alert
            continue
        if shown := await shown_to(services.rights, principal, each.document):
            yield event_frame(each.cursor, shown)
