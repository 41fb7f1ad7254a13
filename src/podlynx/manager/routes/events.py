"""Where sensors deliver."""

from typing import Any

from litestar import Request, post

from podlynx.manager.errors import failures
from podlynx.manager.ingest import IngestAnswer
from podlynx.manager.services import Provided
from podlynx.manager.settings import MAX_INGEST_BODY


@post(
    "/api/v1/events",
    operation_id="takeEvents",
    status_code=200,
    summary="Deliver events (sensors only)",
    tags=["events"],
    security=[{"ingest": []}],
    responses=failures(400, 401, 403, 413, 503),
    request_max_body_size=MAX_INGEST_BODY,
)
async def take_events(request: Request[Any, Any, Any], services: Provided) -> IngestAnswer:
    """JSON lines: engine events, each with `host` and `origin`. Answered once they are durable; a repeat is harmless."""
    return await services.ingest.lines(await request.body(), services.settings.max_ingest_lines)
