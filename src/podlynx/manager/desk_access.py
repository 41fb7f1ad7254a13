"""Access outside of a cluster: a generated token for people, one for sensors. Who holds the first may do everything."""

import hmac
import time
from collections.abc import Callable

import msgspec

from podlynx.manager.access import Principal, Scope
from podlynx.manager.limits import FailureLimiter
from podlynx.manager.sessions import Sessions, bearer_token, secret_hash
from podlynx.manager.settings import Settings

_OWNER = Principal("session")


class DeskAccess:
    """Tokens are kept as hashes and compared in constant time. One event loop uses it; it needs no locks."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._tokens: dict[Scope, bytes] = {"people": secret_hash(settings.token), "sensor": secret_hash(settings.ingest_token)}
        self._sessions = Sessions(settings, clock)
        self.limiter = FailureLimiter(settings.login_failures, settings.login_window_seconds, settings.max_login_addresses, clock)

    async def principal(self, authorization: str | None, cookie: str | None, address: str = "") -> Principal | None:  # noqa: ARG002
        """Who sent these headers. 256 random bits are not guessed, so nobody is slowed down here."""
        if authorization is not None:
            token = bearer_token(authorization)
            scope = self._scope_of(token) if token else None
            return Principal("token", scope) if scope else None
        found = self._sessions.find(cookie) if cookie else None
        return msgspec.structs.replace(found[1], session=found[0]) if found else None

    async def log_in(self, token: str) -> Principal | None:
        """The owner of the people's token."""
        return _OWNER if self._scope_of(token) == "people" else None

    def login_code(self, principal: Principal | None = None) -> str:  # noqa: ARG002 there is one person
        """A new code that opens one session."""
        return self._sessions.login_code(_OWNER)

    async def redeem(self, code: str) -> Principal | None:
        """The owner, once for a code that has not run out."""
        return self._sessions.redeem(code)

    def open_session(self, principal: Principal = _OWNER) -> str:
        """A new session's secret."""
        return self._sessions.open(msgspec.structs.replace(principal, method="session"))

    def close_session(self, principal: Principal) -> None:
        """Ends a session now."""
        self._sessions.close(principal.session)

    async def still_valid(self, principal: Principal) -> bool:
        """False once a session was ended or ran out; a token stays valid."""
        return principal.method == "token" or self._sessions.alive(principal.session)

    async def may(self, principal: Principal, verb: str, resource: str, namespace: str = "") -> bool:  # noqa: ARG002
        """Whoever is a person here."""
        return principal.scope == "people"

    def _scope_of(self, token: str) -> Scope | None:
        given = secret_hash(token)
        for scope, known in self._tokens.items():
            if hmac.compare_digest(given, known):
                return scope
        return None
