"""How many events there are: in all, by a field, by time."""

import re
from typing import Annotated, Any, Final

from litestar import Request, get
from litestar.params import QueryParameter

from podlynx.expressions.fields import BY_NAME, FIELDS, Field
from podlynx.manager.access import Principal
from podlynx.manager.errors import ApiError, ErrorDetail, failures
from podlynx.manager.routes.asked import Dismissed, QueryText, SeverityMin, ShowExcepted, query_of
from podlynx.manager.services import Provided
from podlynx.models.counts import Counts
from podlynx.store.protocol import MAX_TOP, MAX_WANTED_INTERVALS, Statistic

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_NAMES: Final = ", ".join(field.name for field in FIELDS if field.kind != "time")
_MAX_INTERVAL: Final = 366 * 86_400

FieldName = Annotated[
    str | None, QueryParameter(name="field", max_length=40, description=f"Count by the values of this field: {_NAMES}")
]
Top = Annotated[int, QueryParameter(ge=1, le=MAX_TOP, description="How many values to name, the most frequent first")]
Interval = Annotated[
    str | None,
    QueryParameter(
        pattern="^(auto|[1-9][0-9]{0,7}[smhdw])$",
        max_length=9,
        description="Count by time too, in intervals such as 30s, 15m, 1h, 1d, 1w; `auto` chooses a width",
    ),
]
Intervals = Annotated[
    int, QueryParameter(ge=1, le=MAX_WANTED_INTERVALS, description="How many intervals `auto` may make at most")
]


@get(
    "/api/v1/events/statistics",
    operation_id="countEvents",
    summary="How many events match: in all, by a field, by time",
    tags=["events"],
    responses=failures(400, 401, 503),
)
async def count_events(
    *,
    request: Request[Any, Principal, Any],
    services: Provided,
    search: QueryText = "",
    severity_min: SeverityMin = 0,
    dismissed: Dismissed = False,
    field: FieldName = None,
    top: Top = 10,
    interval: Interval = None,
    intervals: Intervals = 60,
    show_excepted: ShowExcepted = False,
) -> Counts:
    """Single events are counted, those that the list of alerts shows with `group=false`; only what one may see.

    With `field` and `interval` each named value is counted by interval too. Times come from the packets, intervals begin at
    multiples of their width since 1970, in UTC.
    """
    statistic = Statistic(
        query=query_of(search),
        severity_min=severity_min,
        dismissed=dismissed,
        namespaces=await services.rights.visible(request.auth),
        hidden=services.exceptions.for_asker(show_excepted=show_excepted),
        field=_field(field) if field else None,
        top=top,
        interval=_seconds(interval) if interval and interval != "auto" else None,
        intervals=intervals if interval == "auto" else None,
    )
    return await services.store.count(statistic)


def _field(name: str) -> Field:
    found = BY_NAME.get(name.lower())
    if found is None:
        raise ApiError(400, ErrorDetail("unknown_field", f"There is no field {name!r} to count by.", f"Fields: {_NAMES}."))
    return found


def _seconds(text: str) -> int:
    match = re.fullmatch(r"(\d+)([smhdw])", text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < seconds <= _MAX_INTERVAL:
        raise ApiError(400, ErrorDetail("bad_interval", f"An interval cannot be {text}.", "Ask for at most 366d."))
    return seconds
