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
By = Literal["token", "oidc"]
"""How a session's owner logged in."""
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
    """Who asks: by which way they proved it, and what that lets them do.

    `session` is the session's id, `ends` when it ends at the latest (epoch seconds), `renewal` a secret that the browser is to
    have from now on. In a cluster `user` is who the API server says it is, and `node` the node that a sensor's token is bound to;
    who logged in by OIDC is whom the provider named.
    """

    method: Method
    scope: Scope = "people"
    session: bytes = b""
    user: User | None = None
    node: str = ""
    credential: Credential | None = None
    by: By = "token"
    ends: float = 0.0
    renewal: str = ""

    def __repr__(self) -> str:
        return f"Principal({self.method}, {self.scope}, {self.name!r})"

    @property
    def name(self) -> str:
        """As the cluster knows who asks; empty outside of one."""
        return self.user.username if self.user else ""


class Access(Protocol):
    """Judges credentials. Methods that ask a cluster raise ApiError 503 where it does not answer."""

    limiter: FailureLimiter
    """Failed log-ins by address."""
    accounts: FailureLimiter
    """Failed log-ins by whose they claim to be, from wherever."""

    async def principal(self, authorization: str | None, cookie: str | None, address: str = "") -> Principal | None:
        """Who sent these headers from that address; a bearer token outranks a cookie. ApiError 429 where it guesses."""
        ...

    async def log_in(self, token: str) -> Principal | None:
        """Whose token it is, where it is a person's."""
        ...

    def account_of(self, token: str) -> str:
        """Whose log-in this claims to be, by which guesses are counted from wherever they come; "" where it need not be."""
        ...

    def named(self, user: User) -> Principal:
        """Somebody whom an OIDC provider vouches for."""
        ...

    def login_code(self, principal: Principal | None = None) -> str:
        """A new code that opens one session, for that person."""
        ...

    async def redeem(self, code: str) -> Principal | None:
        """Once for each code that has not run out: whose it is."""
        ...

    def open_session(self, principal: Principal) -> str:
        """A new session's secret, for the cookies."""
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
