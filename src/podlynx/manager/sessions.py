"""Sessions of browsers: sealed into their cookie, so that they are nobody's memory and every manager's to open.

A session ends by itself when it was not used for a while, and at the latest some hours after the log-in; or by logging out, which
this manager remembers for as long as the cookie would still be good. Secrets are never logged.
"""

import time
from collections.abc import Callable
from hashlib import sha256
from secrets import token_hex
from typing import Final

import msgspec

from podlynx.kubernetes.reviews import User
from podlynx.manager.access import Credential, Principal
from podlynx.manager.expiring import Expiring
from podlynx.manager.sealing import Seal
from podlynx.manager.settings import Settings

_KIND: Final = b"s"
RENEW_SECONDS: Final = 60.0
"""How old the time of last use in a cookie may get before the browser is handed a new one."""
_EARLIER: Final = 60.0
"""Clocks of two managers differ: what one opened is not from the future to the other."""


class _Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a cookie holds; times are in epoch seconds."""

    id: str
    opened: float
    used: float
    user: User | None = None
    token: str = ""
    by: str = "token"


class Sessions:
    """One event loop uses it; it needs no locks."""

    def __init__(self, settings: Settings, seal: Seal | None = None, wall: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._seal = seal or Seal()
        self._wall = wall
        self._ended: Expiring[bytes, bool] = Expiring(settings.max_ended_sessions, wall)

    def open(self, principal: Principal) -> str:
        """A new session's secret; its id is new at every log-in, so that nobody can have it beforehand."""
        now = self._wall()
        token = principal.credential.token if principal.credential else ""
        return self._sealed(_Session(token_hex(16), now, now, principal.user, token, principal.by))

    def find(self, secret: str) -> Principal | None:
        """Who opened it, while it lasts; `renewal` is a new secret where the old one is due."""
        session = self._opened(secret)
        if session is None or not self._lasts(session):
            return None
        now, renewal = self._wall(), ""
        if now - session.used >= RENEW_SECONDS:
            renewal = self._sealed(msgspec.structs.replace(session, used=now))
        credential = Credential(session.token) if session.token else None
        ends = session.opened + self._settings.session_seconds
        return Principal(
            "session",
            session=bytes.fromhex(session.id),
            user=session.user,
            credential=credential,
            by="oidc" if session.by == "oidc" else "token",
            ends=ends,
            renewal=renewal,
        )

    def close(self, principal: Principal) -> None:
        """Ends a session now, here; its cookie is taken from its browser too."""
        if principal.session:
            left = max(principal.ends - self._wall(), 0.0)
            self._ended.put(principal.session, True, left)  # noqa: FBT003 only the key tells

    def alive(self, principal: Principal) -> bool:
        """Whether the session goes on, used or not."""
        return self._ended.get(principal.session) is None and self._wall() < principal.ends

    def _lasts(self, session: _Session) -> bool:
        now = self._wall()
        idle, age = now - session.used, now - session.opened
        if min(idle, age) < -_EARLIER or idle >= self._settings.session_idle_seconds or age >= self._settings.session_seconds:
            return False
        return self._ended.get(bytes.fromhex(session.id)) is None

    def _sealed(self, session: _Session) -> str:
        return self._seal.sealed(_KIND, msgspec.json.encode(session))

    def _opened(self, secret: str) -> _Session | None:
        text = self._seal.opened(_KIND, secret)
        return msgspec.json.decode(text, type=_Session) if text is not None else None


def secret_hash(secret: str) -> bytes:
    """What is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()


def bearer_token(authorization: str) -> str | None:
    """The token of an `Authorization: Bearer TOKEN` header (RFC 6750, section 2.1)."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
