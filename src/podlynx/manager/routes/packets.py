"""The packets around one alert, as a capture file."""

from typing import Any, Final

import anyio
from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from podlynx.manager.access import Principal
from podlynx.manager.errors import failures
from podlynx.manager.rights import PACKETS, forbidden
from podlynx.manager.routes.alerts import ends_of, found_for
from podlynx.manager.services import Provided
from podlynx.outputs.pcapng import MEDIA_TYPE, pcapng

_CAPTURE: Final = ResponseSpec(bytes, media_type=MEDIA_TYPE, description="A capture file (pcapng)", generate_examples=False)


@get(
    "/api/v1/alerts/{event_id:str}/pcapng",
    operation_id="alertPackets",
    summary="The packets around one alert, as a capture file",
    tags=["alerts"],
    media_type=MEDIA_TYPE,
    responses={200: _CAPTURE, **failures(400, 401, 403, 404, 503)},
)
async def alert_packets(request: Request[Any, Principal, Any], services: Provided, event_id: FromPath[str]) -> Response[bytes]:
    """pcapng: what the flow showed before the alert, the packet that raised it with a comment that names it, what came after.

    Needs `get alerts/packets`. Those around the alert are cut to their first bytes; all are redacted as everything stored is.
    """
    found, _ = await found_for(services, request.auth, event_id)
    if not await services.rights.may_in(request.auth, "get", PACKETS, ends_of(found)):
        raise forbidden("get", PACKETS)
    event = found.podlynx
    body = await anyio.to_thread.run_sync(pcapng, event, found.id)
    name = f"podlynx-{event.gid}-{event.sid}-{event.time}.pcapng"
    return Response(body, media_type=MEDIA_TYPE, headers={"content-disposition": f'attachment; filename="{name}"'})
