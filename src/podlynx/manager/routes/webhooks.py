"""SecurityEventWebhooks: how they fare."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath

from podlynx.manager.access import Principal
from podlynx.manager.errors import ApiError, ErrorDetail, failures
from podlynx.manager.services import Provided
from podlynx.models.webhook_report import WebhookStates, WebhookTest


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


@post(
    "/api/v1/webhooks/{name:str}/test",
    operation_id="testWebhook",
    status_code=200,
    summary="Send a sample alert by a webhook, whatever its state",
    tags=["webhooks"],
    responses=failures(400, 401, 403, 404, 503),
)
async def test_webhook(request: Request[Any, Principal, Any], services: Provided, name: FromPath[str]) -> WebhookTest:
    """Needs `update webhooks` in the whole cluster. Answers what the receiver said."""
    await services.rights.require(request.auth, "update", "webhooks")
    answer = await services.webhook_test(name)
    if answer is None:
        hint = "`GET /api/v1/webhooks` lists those there are."
        raise ApiError(404, ErrorDetail("not_found", f"There is no webhook of the name {name[:80]!r}.", hint))
    return WebhookTest(delivered=answer.taken, status=answer.status, message=answer.message)
