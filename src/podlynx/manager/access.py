"""Who may come in: a generated token, a token of its own for sensors, one-time log-in codes, and sessions of browsers.

Secrets are kept as hashes and compared in constant time; none of them is ever logged.
"""

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from secrets import token_urlsafe
from typing import Literal

import msgspec

from podlynx.manager.limits import FailureLimiter
from podlynx.manager.settings import Settings

Scope = Literal["people", "ingest"]
Method = Literal["token", "session"]


class Principal(msgspec.Struct, frozen=True):
    """Who asks: by which way they proved it, and what that lets them do. `session` is the hash of the session's secret."""

    method: Method
    scope: Scope = "people"
    session: bytes = b""


class Access:
    """Judges credentials. One event loop uses it; it needs no locks."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._tokens: dict[Scope, bytes] = {"people": _hash(settings.token), "ingest": _hash(settings.ingest_token)}
        self._codes: OrderedDict[bytes, float] = OrderedDict()
        self._sessions: OrderedDict[bytes, float] = OrderedDict()
        self.limiter = FailureLimiter(settings.login_failures, settings.login_window_seconds, settings.max_login_addresses, clock)

    def scope_of(self, token: str) -> Scope | None:
        """What the token opens; None where it is no token of ours."""
        given = _hash(token)
        for scope, known in self._tokens.items():
            if hmac.compare_digest(given, known):
                return scope
        return None

    def login_code(self) -> str:
        """A new code that opens one session; the oldest unused one goes where there are too many."""
        code = token_urlsafe(24)
        self._codes[_hash(code)] = self._clock() + self._settings.login_code_seconds
        if len(self._codes) > self._settings.max_login_codes:
            self._codes.popitem(last=False)
        return code

    def redeem(self, code: str) -> bool:
        """True once for a code that has not run out."""
        expiry = self._codes.pop(_hash(code), None)
        return expiry is not None and expiry > self._clock()

    def open_session(self) -> str:
        """A new session's secret, for the cookie; the session used longest ago goes where there are too many."""
        secret = token_urlsafe(32)
        self._sessions[_hash(secret)] = self._clock() + self._settings.session_seconds
        if len(self._sessions) > self._settings.max_sessions:
            self._sessions.popitem(last=False)
        return secret

    def close_session(self, principal: Principal) -> None:
        """Ends a session now."""
        self._sessions.pop(principal.session, None)

    def still_valid(self, principal: Principal) -> bool:
        """False once a session was ended or ran out; a token stays valid."""
        return principal.method == "token" or self._sessions.get(principal.session, 0.0) > self._clock()

    def principal(self, authorization: str | None, cookie: str | None) -> Principal | None:
        """Who sent these headers; a bearer token outranks a cookie."""
        if authorization is not None:
            scheme, _, token = authorization.partition(" ")
            scope = self.scope_of(token.strip()) if scheme.lower() == "bearer" else None
            return Principal("token", scope) if scope else None
        return self._of_session(cookie) if cookie else None

    def _of_session(self, secret: str) -> Principal | None:
        key = _hash(secret)
        expiry = self._sessions.get(key)
        if expiry is None or expiry <= self._clock():
            self._sessions.pop(key, None)
            return None
        self._sessions[key] = self._clock() + self._settings.session_seconds
        self._sessions.move_to_end(key)
        return Principal("session", session=key)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()
