"""One-time log-in codes and sessions of browsers, for whoever they were opened. Both run out, both are bounded.

Secrets are kept as hashes; none of them is ever logged.
"""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from secrets import token_urlsafe

from podlynx.manager.access import Principal
from podlynx.manager.settings import Settings


class Sessions:
    """One event loop uses it; it needs no locks."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._codes: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()
        self._sessions: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()
        self.evicted = 0
        """Codes and sessions that went before their time, because there were too many."""

    def login_code(self, principal: Principal) -> str:
        """A new code; the oldest unused one goes where there are too many, one's own where one has too many."""
        code = token_urlsafe(24)
        self._codes[secret_hash(code)] = (self._clock() + self._settings.login_code_seconds, principal)
        self._make_room(self._codes, principal, self._settings.max_login_codes, self._settings.max_login_codes_each)
        return code

    def redeem(self, code: str) -> Principal | None:
        """Whose code it is, once, if it has not run out."""
        expiry, principal = self._codes.pop(secret_hash(code), (0.0, None))
        return principal if expiry > self._clock() else None

    def open(self, principal: Principal) -> str:
        """A new session's secret; the session used longest ago goes where there are too many, of one's own or of all."""
        secret = token_urlsafe(32)
        self._sessions[secret_hash(secret)] = (self._clock() + self._settings.session_seconds, principal)
        self._make_room(self._sessions, principal, self._settings.max_sessions, self._settings.max_sessions_each)
        return secret

    def find(self, secret: str) -> tuple[bytes, Principal] | None:
        """The session's key and who opened it; being used, it lasts on."""
        key = secret_hash(secret)
        expiry, principal = self._sessions.get(key, (0.0, None))
        if principal is None or expiry <= self._clock():
            self._sessions.pop(key, None)
            return None
        self._sessions[key] = (self._clock() + self._settings.session_seconds, principal)
        self._sessions.move_to_end(key)
        return key, principal

    def _make_room(self, kept: OrderedDict[bytes, tuple[float, Principal]], principal: Principal, most: int, each: int) -> None:
        own = [key for key, (_, holder) in kept.items() if holder.name == principal.name]
        if len(own) > each:
            del kept[own[0]]
        elif len(kept) > most:
            kept.popitem(last=False)
        else:
            return
        self.evicted += 1

    def close(self, key: bytes) -> None:
        """Ends a session now."""
        self._sessions.pop(key, None)

    def alive(self, key: bytes) -> bool:
        """Whether the session goes on."""
        return key in self._sessions and self._sessions[key][0] > self._clock()


def secret_hash(secret: str) -> bytes:
    """What is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()


def bearer_token(authorization: str) -> str | None:
    """The token of an `Authorization: Bearer TOKEN` header (RFC 6750, section 2.1)."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
