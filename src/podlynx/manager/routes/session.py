"""Logging in and out: the one-time link, the form of the log-in page, and sessions for the web page."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter, URLEncodedBody

from podlynx.manager.access import Method, Principal
from podlynx.manager.errors import ApiError, ErrorDetail, failures
from podlynx.manager.login_page import login_page
from podlynx.manager.services import Provided, Services

Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
Code = Annotated[str, QueryParameter(max_length=200, description="From the one-time link")]
_FORM = ResponseSpec(str, media_type="text/html", description="The log-in page", generate_examples=False)
_HTML_HEADERS = {"Cache-Control": "no-store"}


class Login(msgspec.Struct, frozen=True):
    """The token that the manager printed at its start; in a cluster one's own (`kubectl create token NAME`)."""

    token: Secret


class SessionState(msgspec.Struct, frozen=True):
    """That, and how, the one who asks is logged in."""

    authenticated: Literal[True]
    method: Method
    user: Annotated[str, msgspec.Meta(description="As the cluster knows them; empty outside of one")] = ""


class LoginCode(msgspec.Struct, frozen=True):
    """`path`: opens one session of the one who asked, once, within the hour."""

    path: str


@get(
    "/login",
    operation_id="loginLink",
    status_code=303,
    security=[],
    tags=["session"],
    media_type="text/html",
    summary="Log in with a one-time code",
    responses={200: _FORM, 401: _FORM, 429: _FORM, **failures(400)},
)
async def login_link(request: Request[Any, Any, Any], services: Provided, code: Code = "") -> Response[bytes]:
    """Opens a session and goes on to the page; without a code, or with one that was used, shows the form."""
    if not code:
        return _page("", 200)
    wait = _wait(request, services)
    if wait:
        return _page(f"Too many attempts: try again in {wait} seconds.", 429, {"Retry-After": str(wait)})
    principal = await services.access.redeem(code)
    if principal is None:
        services.access.limiter.failed(_address(request))
        return _page("This link was used already, or is too old. Log in with the token instead.", 401)
    return _entered(services, principal)


@post(
    "/login",
    operation_id="loginForm",
    status_code=303,
    security=[],
    tags=["session"],
    media_type="text/html",
    summary="Log in by the form of the log-in page",
    responses={401: _FORM, 429: _FORM, **failures(400, 403, 413)},
)
async def login_form(
    request: Request[Any, Any, Any],
    services: Provided,
    data: URLEncodedBody[Login],
) -> Response[bytes]:
    """Works without scripts."""
    wait = _wait(request, services)
    if wait:
        return _page(f"Too many attempts: try again in {wait} seconds.", 429, {"Retry-After": str(wait)})
    principal = await services.access.log_in(data.token.strip())
    if principal is None:
        services.access.limiter.failed(_address(request))
        return _page("This is not the token of this manager.", 401)
    return _entered(services, principal)


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
    wait = _wait(request, services)
    if wait:
        detail = ErrorDetail("too_many_attempts", "Too many failed log-ins.", f"Try again in {wait} seconds.")
        raise ApiError(429, detail, {"Retry-After": str(wait)})
    principal = await services.access.log_in(data.token.strip())
    if principal is None:
        services.access.limiter.failed(_address(request))
        hint = f"{services.settings.token_hint.capitalize()}."
        raise ApiError(401, ErrorDetail("wrong_token", "This is not the token of this manager.", hint))
    return Response(None, status_code=204, cookies=[_cookie(services, services.access.open_session(principal))])


@get("/api/v1/session", operation_id="showSession", tags=["session"], summary="Whether one is logged in", responses=failures(401))
async def show_session(request: Request[Any, Principal, Any]) -> SessionState:
    """401 where one is not."""
    user = request.auth.user
    return SessionState(authenticated=True, method=request.auth.method, user=user.username if user else "")


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
    status_code=204,
    tags=["session"],
    summary="Log out",
    responses=failures(401, 403),
)
async def close_session(request: Request[Any, Principal, Any], services: Provided) -> Response[None]:
    """Ends the session and its live streams, and forgets the cookie."""
    services.access.close_session(request.auth)
    gone = _cookie(services, "")
    gone.max_age = 0
    return Response(None, status_code=204, cookies=[gone])


def _entered(services: Services, principal: Principal) -> Response[bytes]:
    cookie = _cookie(services, services.access.open_session(principal))
    return Response(b"", status_code=303, headers={"Location": "/", **_HTML_HEADERS}, cookies=[cookie], media_type="text/html")


def _cookie(services: Services, secret: str) -> Cookie:
    settings = services.settings
    return Cookie(
        key=settings.cookie_name,
        value=secret,
        path="/",
        httponly=True,
        samesite="strict",
        secure=settings.cookie_secure,
        max_age=int(settings.session_seconds),
    )


def _page(message: str, status: int, headers: dict[str, str] | None = None) -> Response[bytes]:
    page = login_page(message)
    return Response(page.body, status_code=status, headers={**page.headers, **(headers or {})}, media_type="text/html")


def _address(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client else "unknown"


def _wait(request: Request[Any, Any, Any], services: Services) -> int:
    """Whole seconds that this address has to wait; 0 where it may try."""
    return -int(-services.access.limiter.wait(_address(request)) // 1)
