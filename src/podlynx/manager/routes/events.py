"""Where sensors deliver."""

from typing import Any

from litestar import Request, post

from podlynx.manager.access import Principal
from podlynx.manager.bodies import MAX_UNPACKED, size_unpacked
from podlynx.manager.errors import ApiError, failures
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
    503 with `Retry-After` where too many deliveries are under way.
    """
    node, read = request.auth.node, False
    encoding = request.headers.get("content-encoding", "").strip().lower()
    try:
        with services.admission.delivery(node, _announced(request)) as delivery:
            body, read = await request.body(), True
            delivery.weighs(min(size_unpacked(body, encoding), MAX_UNPACKED))  # more is refused
            return await services.ingest.lines(body, services.settings.max_ingest_lines, node, encoding)
    except ApiError:
        if not read:
            await _pass_over(request)
        raise


def _announced(request: Request[Any, Principal, Any]) -> int:
    """Bytes of the body as its sender says; one that does not say may send as many as are taken."""
    said = request.headers.get("content-length", "")
    return min(int(said), MAX_INGEST_BODY) if said.isdecimal() and len(said) < 20 else MAX_INGEST_BODY


async def _pass_over(request: Request[Any, Principal, Any]) -> None:
    """Reads the body and keeps nothing of it: who still sends when the connection is closed would not see the answer."""
    async for _ in request.stream():
        pass
