"""The alerts: list, one in full, dismiss, restore."""

from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter

from podlynx.expressions.nodes import Query
from podlynx.manager.access import Principal
from podlynx.manager.errors import failures, not_found
from podlynx.manager.redaction import detail_for, is_seen, namespaces_of, page_for
from podlynx.manager.rights import ALERTS, PACKETS, Visible, forbidden
from podlynx.manager.routes.asked import Dismissed, QueryText, SeverityMin, ShowExcepted, query_of
from podlynx.manager.services import Provided, Services
from podlynx.models.alert import AlertDetail, AlertPage
from podlynx.store.protocol import MAX_PAGE, Search

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
    request: Request[Any, Principal, Any],
    services: Provided,
    search: QueryText = "",
    severity_min: SeverityMin = 0,
    dismissed: Dismissed = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    group: Group = True,
    show_excepted: ShowExcepted = False,
) -> AlertPage:
    """A group is listed when any of its events matches; following `next_cursor` shows each alert once, whatever arrives."""
    visible = await services.rights.visible(request.auth)
    asked = Search(
        query=query_of(search),
        severity_min=severity_min,
        dismissed=dismissed,
        grouped=group,
        limit=limit,
        cursor=cursor or None,
        namespaces=visible,
        hidden=services.exceptions.for_asker(show_excepted=show_excepted),
    )
    page = await services.store.alerts(asked)
    shown = page_for(page, visible)
    sees_nothing = await services.rights.sees_nothing(visible)
    return msgspec.structs.replace(shown, sees_nothing=sees_nothing, excepted=await _excepted(services, asked, page))


async def _excepted(services: Services, asked: Search, page: AlertPage) -> int:
    """How many alerts of this list exceptions hide; told with the first page."""
    if not asked.hidden or asked.cursor:
        return 0
    whole = await services.store.alerts(msgspec.structs.replace(asked, hidden=(), limit=1))
    return max(whole.total - page.total, 0)


@get(
    "/api/v1/alerts/{event_id:str}",
    operation_id="showAlert",
    summary="One alert in full",
    tags=["alerts"],
    responses=failures(400, 401, 404, 503),
)
async def show_alert(
    request: Request[Any, Principal, Any], services: Provided, event_id: FromPath[str], *, show_excepted: ShowExcepted = False
) -> AlertDetail:
    """The event document. The id of a group answers its latest event that no exception hides.

    An end in a namespace whose alerts one may not read is an address only; packet and payload need `get alerts/packets`.
    """
    hidden = services.exceptions.for_asker(show_excepted=show_excepted)
    found, visible = await found_for(services, request.auth, event_id, hidden)
    packets = await services.rights.may_in(request.auth, "get", PACKETS, ends_of(found))
    return detail_for(found, visible, packets=packets)


@post(
    "/api/v1/alerts/{alert_id:str}/dismiss",
    operation_id="dismissAlert",
    status_code=204,
    tags=["alerts"],
    summary="Hide an alert, or a group",
    responses=failures(400, 401, 403, 404, 503),
)
async def dismiss_alert(request: Request[Any, Principal, Any], services: Provided, alert_id: FromPath[str]) -> None:
    """A later event of a dismissed group brings it back."""
    await _may_update(services, request.auth, alert_id)
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
async def restore_alert(request: Request[Any, Principal, Any], services: Provided, alert_id: FromPath[str]) -> None:
    """The counterpart of dismiss."""
    await _may_update(services, request.auth, alert_id)
    if not await services.store.restore(alert_id):
        raise not_found(alert_id)


def ends_of(document: AlertDetail) -> tuple[str, str]:
    """The namespaces of both ends."""
    return document.source_namespace, document.dest_namespace


async def found_for(
    services: Services, principal: Principal, identifier: str, hidden: tuple[Query, ...] = ()
) -> tuple[AlertDetail, Visible]:
    """The alert, and what of it may be seen. One that may not be seen is none."""
    found = await services.store.alert(identifier, hidden)
    if found is None:
        raise not_found(identifier)
    visible = await services.rights.visible_among(principal, namespaces_of(found))
    if not is_seen(visible, *ends_of(found)):
        raise not_found(identifier)
    return found, visible


async def _may_update(services: Services, principal: Principal, identifier: str) -> None:
    found, _ = await found_for(services, principal, identifier)
    if not await services.rights.may_in(principal, "update", ALERTS, ends_of(found)):
        raise forbidden("update", ALERTS)
