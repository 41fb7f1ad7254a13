"""Logging in without scripts: the one-time link, the form, and the way by an OIDC provider and back."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter, URLEncodedBody

from podlynx.manager.access import Principal
from podlynx.manager.attempts import failed, waiting
from podlynx.manager.audit import note
from podlynx.manager.cookies import passing_cookie, passing_value, session_cookies
from podlynx.manager.errors import failures
from podlynx.manager.guard import host_of
from podlynx.manager.login_page import going_on, login_page
from podlynx.manager.oidc.login import CALLBACK, LOGIN_SECONDS, MAX_PLACE, Back, Oidc
from podlynx.manager.oidc.provider import OidcError
from podlynx.manager.routes.session import LOG_IN, Login
from podlynx.manager.services import Provided, Services

Code = Annotated[str, QueryParameter(max_length=200, description="From the one-time link")]
Place = Annotated[str, QueryParameter(max_length=MAX_PLACE, description="Path of the page to go to afterwards")]
ProviderCode = Annotated[str, QueryParameter(name="code", max_length=2048, description="From the provider, good once")]
State = Annotated[str, QueryParameter(name="state", max_length=100, description="Which log-in this answers")]
Fault = Annotated[
    str, QueryParameter(name="error", max_length=100, description="Why there is no code (RFC 6749, section 4.1.2.1)")
]
_UNDERWAY = "login"
_FORM = ResponseSpec(str, media_type="text/html", description="The log-in page", generate_examples=False)


@get(
    "/login",
    operation_id="loginLink",
    status_code=303,
    security=[],
    tags=["session"],
    media_type="text/html",
    summary="Log in with a one-time code",
    responses={200: _FORM, 401: _FORM, 429: _FORM, **failures(400, 421)},
)
async def login_link(request: Request[Any, Any, Any], services: Provided, code: Code = "") -> Response[bytes]:
    """Opens a session and goes on to the page; without a code, or with one that was used, shows the form."""
    if not code:
        return _page(services, "", 200)
    note(request.scope, audit=LOG_IN, by="link")
    if wait := waiting(request, services):
        return _wait(services, wait)
    principal = await services.access.redeem(code)
    if principal is None:
        failed(request, services)
        return _page(services, "This link was used already, or is too old. Log in with the token instead.", 401)
    return _entered(request, services, principal)


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
async def login_form(request: Request[Any, Any, Any], services: Provided, data: URLEncodedBody[Login]) -> Response[bytes]:
    """Works without scripts."""
    note(request.scope, audit=LOG_IN, by="token")
    token = data.token.strip()
    account = services.access.account_of(token)
    if wait := waiting(request, services, account):
        return _wait(services, wait)
    principal = await services.access.log_in(token)
    if principal is None:
        failed(request, services, account)
        return _page(services, "This is not the token of this manager.", 401)
    return _entered(request, services, principal)


@get(
    "/login/oidc",
    operation_id="beginOidc",
    status_code=303,
    security=[],
    tags=["session"],
    media_type="text/html",
    summary="Log in by the OIDC provider",
    responses={401: _FORM, 404: _FORM, 429: _FORM, 503: _FORM, **failures(400, 421)},
)
async def begin_oidc(request: Request[Any, Any, Any], services: Provided, place: Place = "/") -> Response[bytes]:
    """Sends the browser to the provider (authorization code with PKCE)."""
    if services.oidc is None:
        return _page(services, "This manager knows no OIDC provider. Log in with a token.", 404)
    if wait := waiting(request, services):
        return _wait(services, wait)
    try:
        address, kept = await services.oidc.begin(_base(request), place)
    except OidcError as error:
        return _failed(request, services, error)
    return _sent_on(address, [_underway(request, services, kept)])


@get(
    CALLBACK,
    operation_id="finishOidc",
    status_code=200,
    security=[],
    tags=["session"],
    media_type="text/html",
    summary="Where the OIDC provider sends the browser back",
    responses={401: _FORM, 403: _FORM, 404: _FORM, 429: _FORM, 503: _FORM, **failures(400, 421)},
)
async def finish_oidc(
    request: Request[Any, Any, Any], services: Provided, code: ProviderCode = "", login: State = "", fault: Fault = ""
) -> Response[bytes]:
    """Opens a session of whom the provider names."""
    if services.oidc is None:
        return _page(services, "This manager knows no OIDC provider. Log in with a token.", 404)
    note(request.scope, audit=LOG_IN, by="oidc")
    if wait := waiting(request, services):
        return _wait(services, wait)
    try:
        return await _finished(request, services, services.oidc, Back(code, login, fault))
    except OidcError as error:
        if error.status != 503:
            failed(request, services)
        return _failed(request, services, error)


async def _finished(request: Request[Any, Any, Any], services: Services, oidc: Oidc, back: Back) -> Response[bytes]:
    kept = passing_value(services.settings, host_of(request.scope), _UNDERWAY, request.headers.get("cookie", ""))
    user, place = await oidc.finish(_base(request), kept, back)
    note(request.scope, who=user.username)
    page = going_on(place)
    cookies = [*_session(request, services, services.access.named(user)), _underway(request, services, "")]
    return Response(page.body, status_code=200, headers=page.headers, cookies=cookies, media_type="text/html")


def _failed(request: Request[Any, Any, Any], services: Services, error: OidcError) -> Response[bytes]:
    note(request.scope, why=error.code)
    answer = _page(services, f"{error.message} {error.hint}", error.status)
    answer.set_cookie(_underway(request, services, ""))
    return answer


def _underway(request: Request[Any, Any, Any], services: Services, kept: str) -> Cookie:
    return passing_cookie(services.settings, host_of(request.scope), _UNDERWAY, kept, LOGIN_SECONDS)


def _base(request: Request[Any, Any, Any]) -> str:
    """Our own address as the browser has it; the gate has checked its host."""
    return f"{request.scope['scheme']}://{request.headers.get('host', '')}"


def _entered(request: Request[Any, Any, Any], services: Services, principal: Principal) -> Response[bytes]:
    note(request.scope, who=principal.name or "owner")
    return _sent_on("/", _session(request, services, principal))


def _session(request: Request[Any, Any, Any], services: Services, principal: Principal) -> list[Cookie]:
    return session_cookies(services.settings, host_of(request.scope), services.access.open_session(principal))


def _sent_on(address: str, cookies: list[Cookie]) -> Response[bytes]:
    headers = {"Location": address, "Cache-Control": "no-store"}
    return Response(b"", status_code=303, headers=headers, cookies=cookies, media_type="text/html")


def _wait(services: Services, seconds: int) -> Response[bytes]:
    return _page(services, f"Too many attempts: try again in {seconds} seconds.", 429, {"Retry-After": str(seconds)})


def _page(services: Services, message: str, status: int, headers: dict[str, str] | None = None) -> Response[bytes]:
    page = login_page(message, services.oidc.settings.name if services.oidc else "")
    return Response(page.body, status_code=status, headers={**page.headers, **(headers or {})}, media_type="text/html")
