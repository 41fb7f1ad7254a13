"""`/metrics`: for Prometheus, with a token like everything else."""

from datetime import UTC, datetime
from typing import Any, Final

from litestar import Request, Response, get

from podlynx.manager.access import Principal
from podlynx.manager.metrics import Figures, exposition
from podlynx.manager.services import Provided, Services

_TEXT: Final = "text/plain; version=0.0.4"


@get("/metrics", include_in_schema=False, summary="Figures for Prometheus")
async def show_metrics(request: Request[Any, Principal, Any], services: Provided) -> Response[str]:
    """Needs `get sensors` in the whole cluster."""
    await services.rights.require(request.auth, "get", "sensors")
    return Response(exposition(await _figures(services)), media_type=_TEXT)


async def _figures(services: Services) -> Figures:
    rules = services.rules_state()
    return Figures(
        uptime=services.sensors.uptime(),
        sensors=services.sensors.states(),
        missed=services.sensors.missed(),
        store=await services.store.statistics(),
        live=services.live.statistics(),
        rules_loaded=rules.loaded,
        rules_refused=rules.refused,
        rules_age=age_of(rules.fetched, datetime.now(UTC)),
        rules_failing=bool(rules.error),
    )


def age_of(fetched: str, now: datetime) -> float | None:
    """Seconds since that time (ISO 8601, UTC where it names no zone); None where there is none."""
    try:
        then = datetime.fromisoformat(fetched)
    except ValueError:
        return None
    return max(0.0, (now - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds())
