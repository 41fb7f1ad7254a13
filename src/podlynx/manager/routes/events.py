"""Where sensors deliver."""

from typing import Any

import anyio
from litestar import Request, post

from podlynx.manager.access import Principal
from podlynx.manager.bodies import unpacked
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
async def take_events(request: Request[Any, Principal, Any], services: Provided) -> IngestAnswer:
    """JSON lines: engine events, each with `host` and `origin`; may be gzip. Answered once durable; a repeat is harmless.

    In a cluster `host` has to be the node that the sensor's token is bound to; lines of another are refused, 403 where all are.
    """
    encoding = request.headers.get("content-encoding", "").strip().lower()
    body = await anyio.to_thread.run_sync(unpacked, await request.body(), encoding)
    return await services.ingest.lines(body, services.settings.max_ingest_lines, request.auth.node)
