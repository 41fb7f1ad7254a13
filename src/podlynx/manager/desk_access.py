"""Access outside of a cluster: a generated token for people, one for sensors. Who holds the first may do everything.

Where an OIDC provider is set, people log in by it too, and may do what the configured roles say.
"""

import hmac
import time
from collections.abc import Callable

import msgspec

from podlynx.kubernetes.reviews import User
from podlynx.manager.access import Principal, Scope
from podlynx.manager.limits import FailureLimiter
from podlynx.manager.login_codes import LoginCodes
from podlynx.manager.roles import Roles
from podlynx.manager.sealing import Seal
from podlynx.manager.sessions import Sessions, bearer_token, secret_hash
from podlynx.manager.settings import Settings

_OWNER = Principal("session")


class DeskAccess:
    """Tokens are kept as hashes and compared in constant time. One event loop uses it; it needs no locks."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        *,
        seal: Seal | None = None,
        roles: Roles | None = None,
    ) -> None:
        """`roles`: what those may do who log in by OIDC."""
        self._roles = roles or Roles()
        self._tokens: dict[Scope, bytes] = {"people": secret_hash(settings.token), "sensor": secret_hash(settings.ingest_token)}
        self._sessions = Sessions(settings, seal, wall)
        self._codes = LoginCodes(settings, clock)
        window, addresses = settings.login_window_seconds, settings.max_login_addresses
        self.limiter = FailureLimiter(settings.login_failures, window, addresses, clock)
        self.accounts = FailureLimiter(settings.account_failures, window, addresses, clock)

    async def principal(self, authorization: str | None, cookie: str | None, address: str = "") -> Principal | None:  # noqa: ARG002
        """Who sent these headers. 256 random bits are not guessed, so nobody is slowed down here."""
        if authorization is not None:
            token = bearer_token(authorization)
            scope = self._scope_of(token) if token else None
            return Principal("token", scope) if scope else None
        return self._sessions.find(cookie) if cookie else None

    async def log_in(self, token: str) -> Principal | None:
        """The owner of the people's token."""
        return _OWNER if self._scope_of(token) == "people" else None

    def account_of(self, token: str) -> str:
        """There is one token to guess at; who has it need not wait."""
        return "" if self._scope_of(token) == "people" else "owner"

    def named(self, user: User) -> Principal:
        """Somebody whom an OIDC provider vouches for; `roles` say what they may."""
        return Principal("session", user=user, by="oidc")

    def login_code(self, principal: Principal | None = None) -> str:
        """A new code that opens one session, of its owner or of that person."""
        return self._codes.new(principal or _OWNER)

    async def redeem(self, code: str) -> Principal | None:
        """Whose code it is, once, if it has not run out."""
        return self._codes.redeem(code)

    def open_session(self, principal: Principal = _OWNER) -> str:
        """A new session's secret."""
        return self._sessions.open(msgspec.structs.replace(principal, method="session"))

    def close_session(self, principal: Principal) -> None:
        """Ends a session now."""
        self._sessions.close(principal)

    async def still_valid(self, principal: Principal) -> bool:
        """False once a session was ended or ran out; a token stays valid."""
        return principal.method == "token" or self._sessions.alive(principal)

    async def may(self, principal: Principal, verb: str, resource: str, namespace: str = "") -> bool:
        """Whoever holds the people's token may everything; others what their roles say."""
        if principal.scope != "people":
            return False
        return principal.user is None or self._roles.allow(principal.user, verb, resource, namespace)

    def _scope_of(self, token: str) -> Scope | None:
        given = secret_hash(token)
        for scope, known in self._tokens.items():
            if hmac.compare_digest(given, known):
                return scope
        return None
