"""The alerts: list, one in full, dismiss, restore."""

from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, QueryParameter

from podlynx.expressions.query import MAX_QUERY, parse_query
from podlynx.manager.errors import failures, not_found
from podlynx.manager.services import Provided
from podlynx.models.alert import AlertDetail, AlertPage
from podlynx.store.protocol import MAX_PAGE, Search

QueryText = Annotated[
    str, QueryParameter(name="query", max_length=MAX_QUERY, description="field:value, AND, OR, NOT, parentheses, free text")
]
SeverityMin = Annotated[int, QueryParameter(ge=0, le=100, description="Only alerts at least this severe")]
Dismissed = Annotated[bool, QueryParameter(description="List what was dismissed instead of what is open")]
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)]
Cursor = Annotated[str | None, QueryParameter(max_length=200, description="`next_cursor` of the page before")]
Group = Annotated[bool, QueryParameter(description="One row for a group of alike alerts, or one for each alert")]


@get(
    "/api/v1/alerts",
    operation_id="listAlerts",
    summary="A page of alerts, newest first",
    tags=["alerts"],
    responses=failures(400, 401, 503),
)
async def list_alerts(
    *,
    services: Provided,
    search: QueryText = "",
    severity_min: SeverityMin = 0,
    dismissed: Dismissed = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    group: Group = True,
) -> AlertPage:
    """A group is listed when any of its events matches; following `next_cursor` shows each alert once, whatever arrives."""
    return await services.store.alerts(
        Search(
            query=parse_query(search) if search.strip() else None,
            severity_min=severity_min,
            dismissed=dismissed,
            grouped=group,
            limit=limit,
            cursor=cursor or None,
        )
    )


@get(
    "/api/v1/alerts/{event_id:str}",
    operation_id="showAlert",
    summary="One alert in full",
    tags=["alerts"],
    responses=failures(400, 401, 404, 503),
)
async def show_alert(services: Provided, event_id: FromPath[str]) -> AlertDetail:
    """The event document. The id of a group answers its latest event."""
    found = await services.store.alert(event_id)
    if found is None:
        raise not_found(event_id)
    return found


@post(
    "/api/v1/alerts/{alert_id:str}/dismiss",
    operation_id="dismissAlert",
    status_code=204,
    tags=["alerts"],
    summary="Hide an alert, or a group",
    responses=failures(400, 401, 403, 404, 503),
)
async def dismiss_alert(services: Provided, alert_id: FromPath[str]) -> None:
    """A later event of a dismissed group brings it back."""
    if not await services.store.dismiss(alert_id):
        raise not_found(alert_id)


@post(
    "/api/v1/alerts/{alert_id:str}/restore",
    operation_id="restoreAlert",
    status_code=204,
    tags=["alerts"],
    summary="Show what was dismissed again",
    responses=failures(400, 401, 403, 404, 503),
)
async def restore_alert(services: Provided, alert_id: FromPath[str]) -> None:
    """The counterpart of dismiss."""
    if not await services.store.restore(alert_id):
        raise not_found(alert_id)
