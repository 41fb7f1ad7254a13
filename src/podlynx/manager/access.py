"""Who may come in, and what they may do: the one interface of the desk's generated tokens and of a cluster's own.

`DeskAccess` holds the tokens that a manager prints at its start. `ClusterAccess` asks the API server who a token belongs to and
what its owner may do. Everything behind the gate knows only what stands here.
"""

from typing import Literal, Protocol

import msgspec

from podlynx.kubernetes.reviews import User
from podlynx.manager.limits import FailureLimiter

Scope = Literal["people", "sensor"]
Method = Literal["token", "session"]
GROUP = "podlynx.io"
"""API group of what rights are given on: `alerts`, `alerts/packets`, `sensors`, `rules`, `exceptions`, `webhooks`.

There are no such objects."""


class Credential:
    """A token that has to be asked about again; it shows itself nowhere."""

    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        self.token = token

    def __repr__(self) -> str:
        return "Credential(…)"


class Principal(msgspec.Struct, frozen=True):
    """Who asks: by which way they proved it, and what that lets them do. `session` is the hash of the session's secret.

    In a cluster `user` is who the API server says it is, and `node` the node that a sensor's token is bound to.
    """

    method: Method
    scope: Scope = "people"
    session: bytes = b""
    user: User | None = None
    node: str = ""
    credential: Credential | None = None

    @property
    def name(self) -> str:
        """As the cluster knows who asks; empty outside of one."""
        return self.user.username if self.user else ""


class Access(Protocol):
    """Judges credentials. Methods that ask a cluster raise ApiError 503 where it does not answer."""

    limiter: FailureLimiter
    """Failed log-ins by address."""

    async def principal(self, authorization: str | None, cookie: str | None, address: str = "") -> Principal | None:
        """Who sent these headers from that address; a bearer token outranks a cookie. ApiError 429 where it guesses."""
        ...

    async def log_in(self, token: str) -> Principal | None:
        """Whose token it is, where it is a person's."""
        ...

    def login_code(self, principal: Principal | None = None) -> str:
        """A new code that opens one session, for that person."""
        ...

    async def redeem(self, code: str) -> Principal | None:
        """Once for each code that has not run out: whose it is."""
        ...

    def open_session(self, principal: Principal) -> str:
        """A new session's secret, for the cookie."""
        ...

    def close_session(self, principal: Principal) -> None:
        """Ends a session now."""
        ...

    async def still_valid(self, principal: Principal) -> bool:
        """False once a session was ended, or its token or the token itself is no longer any good."""
        ...

    async def may(self, principal: Principal, verb: str, resource: str, namespace: str = "") -> bool:
        """Whether a person may do that: `resource` is `alerts`, `alerts/packets`, `sensors` or `rules`; no namespace: in all."""
        ...
