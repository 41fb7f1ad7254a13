"""Sensors: their heartbeats, and what they said last."""

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from podlynx.manager.access import Principal
from podlynx.manager.errors import ApiError, ErrorDetail, failures
from podlynx.manager.services import Provided
from podlynx.manager.settings import MAX_HEARTBEAT_BODY
from podlynx.models.sensor_report import HeartbeatAnswer, SensorReport, SensorStates

Monitors = Annotated[bool, QueryParameter(description="With every single pod, or without: a much shorter answer")]


@post(
    "/api/v1/sensors/{node:str}/heartbeat",
    operation_id="takeHeartbeat",
    status_code=200,
    summary="State of a node's sensor (sensors only)",
    tags=["sensors"],
    security=[{"ingest": []}],
    responses=failures(400, 401, 403, 413, 503),
    request_max_body_size=MAX_HEARTBEAT_BODY,
)
async def take_heartbeat(
    request: Request[Any, Principal, Any], services: Provided, node: FromPath[str], data: JSONBody[SensorReport]
) -> HeartbeatAnswer:
    """The node of the path, of the report and of the token have to be the same. Answers which rules to use."""
    bound = request.auth.node or node
    if not bound == node == data.node:
        said = f"The token is of node {bound[:80]!r}, the path of {node[:80]!r}, the report of {data.node[:80]!r}."
        raise ApiError(403, ErrorDetail("wrong_node", said, "A sensor reports for its own node."))
    services.sensors.heard(data)
    services.sharing.heard(data)
    services.selftests.heard(data)
    return HeartbeatAnswer(rules_version=services.rules_state().version, selftest=services.selftests.wanted(data.node))


@get(
    "/api/v1/sensors",
    operation_id="listSensors",
    summary="What every node's sensor said last",
    tags=["sensors"],
    responses=failures(400, 401, 403, 503),
)
async def list_sensors(request: Request[Any, Principal, Any], services: Provided, *, monitors: Monitors = True) -> SensorStates:
    """Needs `get sensors` in the whole cluster."""
    await services.rights.require(request.auth, "get", "sensors")
    rules = services.rules_state()
    return SensorStates(
        uptime_seconds=services.sensors.uptime(),
        rules_version=rules.version,
        rules_source=rules.source,
        rules_fetched=rules.fetched,
        rules_error=rules.error,
        sensors=services.sensors.states(monitors=monitors),
    )
