"""How the system is."""

from litestar import get

from podlynx.manager.errors import failures
from podlynx.manager.services import Provided
from podlynx.models.status import Status


@get(
    "/api/v1/status",
    operation_id="showStatus",
    summary="Monitors, rules, store and streams",
    tags=["status"],
    responses=failures(401, 503),
)
async def show_status(services: Provided) -> Status:
    """Counters run since the start of the process."""
    return await services.status()
