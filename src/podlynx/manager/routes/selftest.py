"""A self-test on demand: from a node's capture to the page."""

import socket
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.params import JSONBody

from podlynx.manager.access import Principal
from podlynx.manager.errors import ApiError, ErrorDetail, failures
from podlynx.manager.services import Provided
from podlynx.models.selftest import SelftestResult


class SelftestOrder(msgspec.Struct, frozen=True):
    """Which node; empty: the first by name that reports."""

    node: Annotated[str, msgspec.Meta(max_length=255)] = ""


@post(
    "/api/v1/selftest",
    operation_id="runSelftest",
    status_code=200,
    summary="Send a harmless marked packet through a node's capture and follow it to the live stream",
    tags=["sensors"],
    responses=failures(400, 401, 403, 404, 503),
)
async def run_selftest(
    request: Request[Any, Principal, Any], services: Provided, data: JSONBody[SelftestOrder]
) -> SelftestResult:
    """Needs `create selftests` in the whole cluster. Answers when it is through, after 20 seconds at the latest."""
    await services.rights.require(request.auth, "create", "selftests")
    if services.selftests.send is not None:
        return await services.selftests.run(socket.gethostname())
    nodes = [state.report.node for state in services.sensors.states(monitors=False)]
    if not nodes or (data.node and data.node not in nodes):
        said = f"No sensor of node {data.node[:80]!r} reports." if data.node else "No sensor reports."
        raise ApiError(404, ErrorDetail("no_such_node", said, "kubectl podlynx status lists the nodes."))
    return await services.selftests.run(data.node or nodes[0])
