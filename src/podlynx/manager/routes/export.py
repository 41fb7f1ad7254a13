"""All events that match, as one file."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from litestar import Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.response import Stream

from podlynx.manager.access import Principal
from podlynx.manager.errors import ApiError, ErrorDetail, failures
from podlynx.manager.rights import PACKETS, Visible, forbidden
from podlynx.manager.routes.asked import Dismissed, QueryText, SeverityMin, ShowExcepted, query_of
from podlynx.manager.services import Provided, Services
from podlynx.manager.shown import all_shown_to
from podlynx.models.event import EventDocument
from podlynx.outputs.exports import EXPORTS, ExportFormat
from podlynx.store.protocol import Selection

Format = Annotated[
    ExportFormat,
    QueryParameter(name="format", description="ndjson: whole documents; csv: for spreadsheets; pcapng: their packets"),
]
_FILE: Final = ResponseSpec(
    bytes, media_type="application/octet-stream", description="The file, newest event first", generate_examples=False
)


class ExportEnded(Exception):
    """Cuts an answer short, so that whoever reads it does not take it for whole."""


@get(
    "/api/v1/events/export",
    operation_id="exportEvents",
    summary="All events that match, as one file",
    tags=["events"],
    responses={200: _FILE, **failures(400, 401, 403, 503)},
)
async def export_events(
    *,
    request: Request[Any, Principal, Any],
    services: Provided,
    file_format: Format = "ndjson",
    search: QueryText = "",
    severity_min: SeverityMin = 0,
    dismissed: Dismissed = False,
    show_excepted: ShowExcepted = False,
) -> Stream:
    """Single events, newest first, as they were when the export began; streamed, so that it may be of any size.

    Rights and redaction hold for each document. `pcapng` needs `get alerts/packets`; events whose packets one may not see, or
    that have none, are not in it. An answer that breaks off was not whole.
    """
    visible = await services.rights.visible(request.auth)
    await _may_export(services, request.auth, visible, file_format)
    hidden = services.exceptions.for_asker(show_excepted=show_excepted)
    selection = Selection(
        query=query_of(search), severity_min=severity_min, dismissed=dismissed, namespaces=visible, hidden=hidden
    )
    body = _written(services, request.auth, file_format, selection)
    # Begun before the answer: what is wrong with the search is then told by its status.
    begun = await anext(body)
    export = EXPORTS[file_format]
    name = f"podlynx-events-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.{export.suffix}"
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Stream(_whole(begun, body), media_type=export.media_type, headers=headers)


async def _may_export(services: Services, principal: Principal, visible: Visible, file_format: ExportFormat) -> None:
    if file_format == "pcapng" and await services.rights.narrowed(principal, visible, "get", PACKETS) == frozenset():
        raise forbidden("get", PACKETS)
    if services.exports.full(principal.name):
        hint = "Try again once another has ended."
        raise ApiError(503, ErrorDetail("too_many_exports", "Too many exports are running.", hint), {"Retry-After": "10"})


async def _written(
    services: Services, principal: Principal, file_format: ExportFormat, selection: Selection
) -> AsyncIterator[bytes]:
    """The file, piece by piece; the first one holds what was found first, if only its head."""
    writer = EXPORTS[file_format].writer()
    with services.exports.running(principal.name):
        batches = services.store.scan(selection)
        written = writer.begin() + writer.more(await all_shown_to(services.rights, principal, await _next(batches)))
        while True:
            yield written
            batch = await _next(batches)
            if not batch:
                return
            if not await services.access.still_valid(principal):
                raise ExportEnded
            written = writer.more(await all_shown_to(services.rights, principal, batch))


async def _next(batches: AsyncIterator[list[EventDocument]]) -> list[EventDocument]:
    """The next batch; empty at the end."""
    nothing: list[EventDocument] = []
    return await anext(batches, nothing)


async def _whole(begun: bytes, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield begun
    async for piece in body:
        yield piece
