"""Liveness and readiness: the only answers that need no token."""

from typing import Literal

import msgspec
from litestar import get

from podlynx.manager.errors import ApiError, ErrorDetail, failures
from podlynx.manager.services import Provided


class Health(msgspec.Struct, frozen=True):
    """`ok`: alive, or ready. Where it is not ready, the error's message says what is missing."""

    status: Literal["ok"] = "ok"


@get("/livez", operation_id="livez", security=[], summary="Whether the process answers", tags=["health"])
async def livez() -> Health:
    """Alive as long as it answers."""
    return Health()


@get(
    "/readyz",
    operation_id="readyz",
    security=[],
    summary="Whether events can be stored and read",
    tags=["health"],
    responses=failures(503),
)
async def readyz(services: Provided) -> Health:
    """Ready when the store takes what is written, and whatever else this manager needs is there."""
    if missing := await services.missing():
        raise ApiError(503, ErrorDetail("not_ready", "; ".join(missing), "Wait; the manager's log says more."))
    return Health()
