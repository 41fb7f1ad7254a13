"""SecurityEventWebhooks: how they fare."""

from typing import Any

from litestar import Request, get

from podlynx.manager.access import Principal
from podlynx.manager.errors import failures
from podlynx.manager.services import Provided
from podlynx.models.webhook_report import WebhookStates


@get(
    "/api/v1/webhooks",
    operation_id="listWebhooks",
    summary="The webhooks, whether they get through, and their last deliveries",
    tags=["webhooks"],
    responses=failures(401, 403, 503),
)
async def list_webhooks(request: Request[Any, Principal, Any], services: Provided) -> WebhookStates:
    """Needs `get webhooks` in the whole cluster."""
    await services.rights.require(request.auth, "get", "webhooks")
    return services.webhook_states()
