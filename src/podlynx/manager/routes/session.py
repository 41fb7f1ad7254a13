"""Sessions for the web page, by its own script: logging in and out, and a link for another browser."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import JSONBody

from podlynx.manager.access import By, Method, Principal
from podlynx.manager.attempts import failed, waiting
from podlynx.manager.audit import note
from podlynx.manager.cookies import session_cookies
from podlynx.manager.errors import ApiError, ErrorDetail, failures
from podlynx.manager.guard import host_of
from podlynx.manager.oidc.provider import OidcError
from podlynx.manager.services import Provided, Services

Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=16_384)]
LOG_IN = "log-in"


class Login(msgspec.Struct, frozen=True):
    """The token that the manager printed at its start; in a cluster one's own (`kubectl create token NAME`)."""

    token: Secret


class SessionState(msgspec.Struct, frozen=True):
    """That, and how, the one who asks is logged in."""

    authenticated: Literal[True]
    method: Method
    user: Annotated[str, msgspec.Meta(description="As the cluster knows them; empty outside of one")] = ""
    by: Annotated[By, msgspec.Meta(description="What a session was opened with")] = "token"


class LoginCode(msgspec.Struct, frozen=True):
    """`path`: opens one session of the one who asked, once, within the hour."""

    path: str


class LoginWays(msgspec.Struct, frozen=True):
    """`oidc`: what the provider is called by which one may log in at `/login/oidc`; empty where there is none."""

    oidc: str = ""


class LoggedOut(msgspec.Struct, frozen=True):
    """`provider`: where the log-in at the OIDC provider is ended too; empty where there is no such place."""

    provider: str = ""


@get(
    "/api/v1/session/ways",
    operation_id="loginWays",
    security=[],
    tags=["session"],
    summary="How one may log in",
    responses=failures(400, 421),
)
async def login_ways(services: Provided) -> LoginWays:
    """A token always does."""
    return LoginWays(services.oidc.settings.name if services.oidc else "")


@post(
    "/api/v1/session",
    operation_id="openSession",
    status_code=204,
    security=[],
    tags=["session"],
    summary="Log in with the token",
    responses=failures(400, 401, 403, 413, 429),
)
async def open_session(request: Request[Any, Any, Any], services: Provided, data: JSONBody[Login]) -> Response[None]:
    """Sets the session cookie."""
    note(request.scope, audit=LOG_IN, by="token")
    token = data.token.strip()
    account = services.access.account_of(token)
    if wait := waiting(request, services, account):
        detail = ErrorDetail("too_many_attempts", "Too many failed log-ins.", f"Try again in {wait} seconds.")
        raise ApiError(429, detail, {"Retry-After": str(wait)})
    principal = await services.access.log_in(token)
    if principal is None:
        failed(request, services, account)
        hint = f"{services.settings.token_hint.capitalize()}."
        raise ApiError(401, ErrorDetail("wrong_token", "This is not the token of this manager.", hint))
    note(request.scope, who=principal.name or "owner")
    secret = services.access.open_session(principal)
    return Response(None, status_code=204, cookies=session_cookies(services.settings, host_of(request.scope), secret))


@get("/api/v1/session", operation_id="showSession", tags=["session"], summary="Whether one is logged in", responses=failures(401))
async def show_session(request: Request[Any, Principal, Any]) -> SessionState:
    """401 where one is not."""
    asks = request.auth
    return SessionState(authenticated=True, method=asks.method, user=asks.name, by=asks.by)


@post(
    "/api/v1/session/code",
    operation_id="createLoginCode",
    status_code=201,
    tags=["session"],
    summary="A link that logs a browser in once",
    responses=failures(401, 403),
)
async def create_login_code(request: Request[Any, Principal, Any], services: Provided) -> LoginCode:
    """With one's own rights: for a program that holds a token and opens a browser."""
    return LoginCode(f"/login?code={quote(services.access.login_code(request.auth), safe='')}")


@delete(
    "/api/v1/session",
    operation_id="closeSession",
    status_code=200,
    tags=["session"],
    summary="Log out",
    responses=failures(401, 403),
)
async def close_session(request: Request[Any, Principal, Any], services: Provided) -> Response[LoggedOut]:
    """Ends the session and its live streams, and forgets the cookie."""
    note(request.scope, audit="log-out")
    services.access.close_session(request.auth)
    services.sharing.logged_out(request.auth)
    where = await _provider_end(services, request) if request.auth.by == "oidc" else ""
    gone = session_cookies(services.settings, host_of(request.scope), "")
    return Response(LoggedOut(where), status_code=200, cookies=gone)


async def _provider_end(services: Services, request: Request[Any, Any, Any]) -> str:
    """A provider that does not answer keeps nobody from logging out here."""
    if services.oidc is None:
        return ""
    try:
        return await services.oidc.end_address(f"{request.scope['scheme']}://{request.headers.get('host', '')}")
    except OidcError:
        return ""
