"""The rules that the nodes use: which they are, the set itself for the nodes, and another set from a person."""

from typing import Any, Final

from litestar import Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from podlynx.manager.access import Principal
from podlynx.manager.errors import ApiError, ErrorDetail, failures
from podlynx.manager.rule_library import RuleLibrary, RulesState
from podlynx.manager.services import Provided, Services
from podlynx.rules.archive import ARCHIVE_CAP
from podlynx.rules.errors import RuleSourceError

RULES: Final = "rules"
_BUNDLE = ResponseSpec(bytes, media_type="application/gzip", description="A compressed RuleBundle", generate_examples=False)


@get(
    "/api/v1/rules",
    operation_id="showRules",
    summary="Which rules the nodes are to use",
    tags=["rules"],
    responses=failures(401, 403, 503),
)
async def show_rules(request: Request[Any, Principal, Any], services: Provided) -> RulesState:
    """Needs `get rules`."""
    await services.rights.require(request.auth, "get", RULES)
    return services.rules_state()


@get(
    "/api/v1/rules/{version:str}",
    operation_id="fetchRules",
    summary="A rule set by its version (sensors only)",
    tags=["rules"],
    media_type="application/gzip",
    security=[{"ingest": []}],
    responses={200: _BUNDLE, **failures(401, 403, 404)},
)
async def fetch_rules(services: Provided, version: FromPath[str]) -> Response[bytes]:
    """Only the version in use is kept: whoever asks for an older one is told the new one with its next heartbeat."""
    bundle = services.rules.bundle(version) if services.rules else None
    if bundle is None:
        detail = ErrorDetail(
            "not_found", f"There are no rules of version {version[:80]!r}.", "Ask for the version of the heartbeat."
        )
        raise ApiError(404, detail)
    return Response(bundle, media_type="application/gzip", headers={"ETag": f'"{version}"'})


@post(
    "/api/v1/rules",
    operation_id="uploadRules",
    status_code=200,
    summary="Use the rules of an archive",
    tags=["rules"],
    responses=failures(400, 401, 403, 404, 413, 503),
    request_max_body_size=ARCHIVE_CAP,
)
async def upload_rules(request: Request[Any, Principal, Any], services: Provided) -> RulesState:
    """The body is a .tar.gz, a .tar or a rule file for Snort 3. Needs `update rules`. It stays in use until it is deleted."""
    await services.rights.require(request.auth, "update", RULES)
    library = _library(services)
    try:
        archive = await request.body()
        state = await library.upload(archive)
    except RuleSourceError as error:
        raise ApiError(400, ErrorDetail("bad_rules", f"{error}.", error.mend)) from error
    await services.sharing.uploaded(archive)
    return state


@delete(
    "/api/v1/rules",
    operation_id="forgetRules",
    status_code=200,
    summary="Use the fetched rules again",
    tags=["rules"],
    responses=failures(401, 403, 404, 503),
)
async def forget_rules(request: Request[Any, Principal, Any], services: Provided) -> RulesState:
    """Forgets what was uploaded. Needs `update rules`."""
    await services.rights.require(request.auth, "update", RULES)
    library = _library(services)
    try:
        state = await library.forget_upload()
    except RuleSourceError as error:
        raise ApiError(503, ErrorDetail("rules_not_forgotten", f"{error}.", error.mend)) from error
    await services.sharing.uploaded(b"")
    return state


def _library(services: Services) -> RuleLibrary:
    if services.rules is None:
        hint = "Rules of a single machine are named with --rules, or fetched with `podlynx rules fetch`."
        raise ApiError(404, ErrorDetail("no_rules_served", "This manager serves no rules.", hint))
    return services.rules
