"""The gate in front of every request: right host, right person, right page; and the headers of every answer.

Pure ASGI, so that it stands before routing: a path that does not exist is refused like any other to who has no token.
"""

import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from podlynx.manager.access import Principal
from podlynx.manager.asgi import App, Message, Receive, Scope, Send, respond
from podlynx.manager.audit import note
from podlynx.manager.auditing import Observed, told
from podlynx.manager.cookies import session_cookies, session_secret
from podlynx.manager.errors import ApiError, ErrorDetail
from podlynx.manager.login_page import login_page
from podlynx.manager.oidc.login import CALLBACK
from podlynx.manager.services import Services

Headers = dict[bytes, bytes]

_PROBES: Final = frozenset({"/livez", "/readyz"})
_LOGINS: Final = frozenset({("GET", "/login"), ("HEAD", "/login"), ("POST", "/login"), ("POST", "/api/v1/session")}) | {
    (method, path) for method in ("GET", "HEAD") for path in ("/login/oidc", CALLBACK, "/api/v1/session/ways")
}
_SENSORS: Final = re.compile(r"POST /api/v1/(events|sensors/[^/]+/heartbeat)|GET /api/v1/rules/[^/]+")
"""Method and path of what only sensors may ask; `contract` says the same by `security` (test_every_path)."""
_READS: Final = frozenset({"GET", "HEAD"})
_LOOPBACK: Final = frozenset({"localhost"})

_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    b"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


class Guard:
    """Wraps an ASGI app. What it lets through carries the `Principal` as `scope["auth"]`."""

    def __init__(self, app: App, services: Services) -> None:
        self._app = app
        self._services = services
        self._hosts = _LOOPBACK | {host.lower() for host in services.settings.allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        answer = Observed(send)
        try:
            await self._answered(scope, receive, answer)
        finally:
            told(self._services.audit, scope, answer, _address(scope))

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        guarded = _with_headers(send)
        try:
            scope["auth"] = principal = await self._judge(scope)
        except ApiError as error:
            _note_refusal(scope, error)
            await _refuse(scope, guarded, error, self._provider)
            return
        if principal is not None and principal.renewal:
            cookies = session_cookies(self._services.settings, host_of(scope), principal.renewal)
            guarded = _with_headers(send, [(b"set-cookie", each.to_header(header="").encode("latin-1")) for each in cookies])
        await self._app(scope, receive, guarded)

    @property
    def _provider(self) -> str:
        return self._services.oidc.settings.name if self._services.oidc else ""

    async def _judge(self, scope: Scope) -> Principal | None:
        path, method, headers = scope["path"], scope["method"], dict(scope["headers"])
        if path in _PROBES:
            return None
        self._check_host(headers)
        if (method, path) in _LOGINS:
            self._check_origin(headers, required=False, method=method)
            return None
        access = self._services.access
        credentials = _text(headers, b"authorization"), self._session_cookie(scope, headers)
        principal = await access.principal(*credentials, _address(scope))
        if principal is None:
            hint = f"Send `Authorization: Bearer TOKEN`, or log in; {self._services.settings.token_hint}."
            detail = ErrorDetail("not_authenticated", "No valid token or session.", hint)
            raise ApiError(401, detail, {"WWW-Authenticate": "Bearer"})
        self._check_origin(headers, required=principal.method == "session", method=method)
        if principal.method == "session" and path.startswith("/api/"):
            _check_site(headers)
        _check_scope(principal, "GET" if method == "HEAD" else method, path)
        return principal

    def _check_host(self, headers: Headers) -> None:
        """DNS rebinding: a page of another site reaches us under its own name, never under a bare address or loopback's."""
        host = _text(headers, b"host") or ""
        name = _host_name(host)
        if name in self._hosts or _is_address(name):
            return
        hint = "Use the address itself or localhost, or name this host in `allowed_hosts`."
        raise ApiError(421, ErrorDetail("host_not_allowed", f"This manager is not called {name[:80]!r}.", hint))

    def _check_origin(self, headers: Headers, *, required: bool, method: str) -> None:
        """Forged requests: a browser says which page a write comes from; it has to be ours."""
        if method in _READS:
            return
        origin = _text(headers, b"origin")
        if origin is None and not required:
            return
        if origin is None or urlsplit(origin).netloc.lower() != (_text(headers, b"host") or "").lower():
            hint = "Changes are taken from the manager's own page, or with a bearer token."
            raise ApiError(403, ErrorDetail("wrong_origin", "This request came from another site.", hint))

    def _session_cookie(self, scope: Scope, headers: Headers) -> str | None:
        return session_secret(self._services.settings, host_of(scope), _text(headers, b"cookie") or "")


def _check_site(headers: Headers) -> None:
    """What a browser says of who had it ask (Fetch Metadata): another site's page never asks the API with somebody's session."""
    if _text(headers, b"sec-fetch-site") in {"cross-site", "same-site"}:
        hint = "Open the page by its own address."
        raise ApiError(403, ErrorDetail("wrong_origin", "This request came from another site.", hint))


def _note_refusal(scope: Scope, error: ApiError) -> None:
    """A wrong token is a failed log-in; a page whose session has ended is none, and asks every few seconds."""
    wrong_token = error.status in {401, 429} and b"authorization" in dict(scope["headers"])
    note(scope, why=error.detail.code, audit="log-in" if wrong_token else "", by="token" if wrong_token else "")


def _check_scope(principal: Principal, method: str, path: str) -> None:
    """Sensors have paths of their own, and nobody else goes there."""
    wanted = "sensor" if _SENSORS.fullmatch(f"{method} {path}") else "people"
    if principal.scope != wanted:
        hint = "Sensors deliver with a token of their own; everything else takes a person's."
        raise ApiError(403, ErrorDetail("wrong_scope", "This token does not open this path.", hint))


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def host_of(scope: Any) -> str:
    """The host name that the browser knows us by, without port and brackets."""
    return _host_name(_text(dict(scope["headers"]), b"host") or "")


def _text(headers: Headers, name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


def _host_name(host: str) -> str:
    """The host without its port, brackets or final dot; "" where it cannot be one."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _with_headers(send: Send, further: Sequence[tuple[bytes, bytes]] = ()) -> Send:
    """Adds the headers of every answer, and those of this one; a page may bring its own, stricter policy.

    An answer that sets cookies itself, by logging in or out, gets no renewed session beside them.
    """

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], *_ALWAYS]
            present = {name.lower() for name, _ in headers}
            if b"set-cookie" not in present:
                headers += further
            if b"content-security-policy" not in present:
                headers.append((b"content-security-policy", _POLICY))
            if b"cache-control" not in present:
                headers.append((b"cache-control", b"no-store"))
            message["headers"] = headers
        await send(message)

    return guarded


async def _refuse(scope: Scope, send: Send, error: ApiError, provider: str) -> None:
    """The error as JSON; a browser that only lacks a session gets the log-in page."""
    headers, body, kind = dict(error.headers), error.body(), "application/json"
    wants_page = "text/html" in (_text(dict(scope["headers"]), b"accept") or "")
    if error.status == 401 and scope["method"] in _READS and wants_page and not scope["path"].startswith("/api/"):
        page = login_page(provider=provider)
        headers, body, kind = {**headers, **page.headers}, page.body, "text/html; charset=utf-8"
        del headers["WWW-Authenticate"]
    await respond(send, error.status, {"Content-Type": kind, **headers}, b"" if scope["method"] == "HEAD" else body)
