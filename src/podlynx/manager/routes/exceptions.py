"""AlertExceptions: what is hidden, and for how long."""

from typing import Any

from litestar import Request, get

from podlynx.manager.access import Principal
from podlynx.manager.errors import failures
from podlynx.manager.services import Provided
from podlynx.models.webhook_report import ExceptionState, ExceptionStates


@get(
    "/api/v1/exceptions",
    operation_id="listExceptions",
    summary="The exceptions that hide alerts, and whether they do now",
    tags=["exceptions"],
    responses=failures(401, 403, 503),
)
async def list_exceptions(request: Request[Any, Principal, Any], services: Provided) -> ExceptionStates:
    """Needs `get exceptions` in the whole cluster: a selector may name what is in any namespace."""
    await services.rights.require(request.auth, "get", "exceptions")
    return ExceptionStates(
        exceptions=[
            ExceptionState(
                name=each.name,
                state=each.state,
                message=each.message,
                description=each.description,
                selector=each.selector,
                start=each.start,
                end=each.end,
            )
            for each in services.exceptions.states
        ]
    )
