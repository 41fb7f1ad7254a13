"""`/metrics`: for Prometheus, with a token like everything else."""

from typing import Any

from litestar import Request, Response, get

from podlynx.manager.access import Principal
from podlynx.manager.exposition import exposed
from podlynx.manager.services import Provided
from podlynx.telemetry.metrics import CONTENT_TYPE


@get("/metrics", include_in_schema=False, summary="Figures for Prometheus")
async def show_metrics(request: Request[Any, Principal, Any], services: Provided) -> Response[bytes]:
    """Needs `get sensors` in the whole cluster."""
    await services.rights.require(request.auth, "get", "sensors")
    return Response(await exposed(services), media_type=CONTENT_TYPE)
