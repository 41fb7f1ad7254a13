"""How the system is."""

from typing import Any

from litestar import Request, get

from podlynx.manager.access import Principal
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
async def show_status(request: Request[Any, Principal, Any], services: Provided) -> Status:
    """Counters run since the start of the process. Who may not see every namespace gets the monitors of theirs, no totals."""
    visible = await services.rights.visible(request.auth)
    return await services.status(visible)
