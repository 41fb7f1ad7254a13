"""Dismissing all events that a query finds."""

from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.params import JSONBody

from podlynx.expressions.query import MAX_QUERY, parse_query
from podlynx.manager.access import Principal
from podlynx.manager.audit import note
from podlynx.manager.errors import failures
from podlynx.manager.rights import ALERTS, forbidden
from podlynx.manager.services import Provided
from podlynx.store.protocol import MAX_SWEEP, Selection


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """Which events to dismiss. A query is required: `severity:>=0` means all."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_QUERY)]
    severity_min: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_SWEEP, description="Events to dismiss at most, the newest first")] = MAX_SWEEP


class SweepAnswer(msgspec.Struct, frozen=True):
    """What was done."""

    dismissed: Annotated[int, msgspec.Meta(ge=0, description="Events that were open and are dismissed now")]
    complete: Annotated[bool, msgspec.Meta(description="False where more match than `limit`: ask again")]


@post(
    "/api/v1/events/dismiss",
    operation_id="dismissEvents",
    status_code=200,
    summary="Dismiss all events that match",
    tags=["events"],
    responses=failures(400, 401, 403, 413, 503),
)
async def dismiss_events(request: Request[Any, Principal, Any], services: Provided, data: JSONBody[Sweep]) -> SweepAnswer:
    """Needs `update alerts`: events of namespaces where one lacks it, and those that exceptions hide, are left as they are."""
    changeable = await services.rights.changeable(request.auth)
    if changeable is not None and not changeable:
        raise forbidden("update", ALERTS)
    selection = Selection(
        query=parse_query(data.query), severity_min=data.severity_min, namespaces=changeable, hidden=services.exceptions.hidden
    )
    swept = await services.store.dismiss_matching(selection, data.limit)
    services.swept += swept.dismissed
    note(request.scope, target={"dismissed": str(swept.dismissed)})
    return SweepAnswer(swept.dismissed, swept.complete)
