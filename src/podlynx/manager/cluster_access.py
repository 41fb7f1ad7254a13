"""Access inside a cluster: the API server says whose a token is (TokenReview) and what its owner may do (SubjectAccessReview).

Answers are kept for a short while and in bounded memory. A token that is revoked, a right that is taken away, are so noticed
within a minute; a session of a browser is its token's owner, and ends with the token.
"""

import time
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from podlynx.kubernetes.errors import ClusterError
from podlynx.kubernetes.reviews import User
from podlynx.manager.access import Credential, Principal
from podlynx.manager.errors import ApiError, ErrorDetail
from podlynx.manager.expiring import Expiring
from podlynx.manager.limits import FailureLimiter
from podlynx.manager.login_codes import LoginCodes
from podlynx.manager.reviewer import Reviewer
from podlynx.manager.sealing import Seal
from podlynx.manager.sessions import Sessions, bearer_token, secret_hash
from podlynx.manager.settings import Settings

AUDIENCE: Final = "podlynx-manager"
"""What the tokens of sensors and operator are made for: nobody else's token opens their paths, theirs open nothing else."""
TOKEN_SECONDS: Final = 60.0
REFUSED_SECONDS: Final = 10.0
GOOD_SECONDS: Final = 3_600.0
"""How long a token that was good is let past the limiter; whether it still is good is asked all the same."""
RIGHT_SECONDS: Final = 30.0
MAX_TOKENS: Final = 8_192
"""Sensors of a large cluster, and people."""
SENSOR_FAILURES: Final = 20
"""Times as many failures as a person's are let through of tokens that claim our audience. Sensors change theirs every hour, and
behind one address (a node's, a gateway's) may be somebody who guesses; what is bounded here is what the API server is asked."""
MAX_RIGHTS: Final = 32_768
MAX_TOKEN: Final = 16_384
"""Characters of a token."""

_LOG = structlog.get_logger("podlynx.manager")


_Right = tuple[str, str, str, str]
"""(who, verb, resource, namespace)"""


class ClusterAccess:
    """One event loop uses it. `sensor_account` is `namespace/name` of the sensors' ServiceAccount."""

    def __init__(
        self,
        settings: Settings,
        reviewer: Reviewer,
        sensor_account: str,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        *,
        seal: Seal | None = None,
    ) -> None:
        namespace, _, name = sensor_account.partition("/")
        self._sensor = f"system:serviceaccount:{namespace}:{name}"
        self._reviewer = reviewer
        self._sessions = Sessions(settings, seal, wall)
        self._codes = LoginCodes(settings, clock)
        self._users: Expiring[bytes, User | None] = Expiring(MAX_TOKENS, clock)
        self._rights: Expiring[_Right, bool] = Expiring(MAX_RIGHTS, clock)
        self._good: Expiring[bytes, bool] = Expiring(MAX_TOKENS, clock)
        window, addresses = settings.login_window_seconds, settings.max_login_addresses
        self.limiter = FailureLimiter(settings.login_failures, window, addresses, clock)
        self.accounts = FailureLimiter(settings.account_failures, window, addresses, clock)
        self.sensor_limiter = FailureLimiter(settings.login_failures * SENSOR_FAILURES, window, addresses, clock)
        self.reviews = 0

    @property
    def evicted(self) -> int:
        """Codes that went because there were too many."""
        return self._codes.evicted

    async def principal(self, authorization: str | None, cookie: str | None, address: str = "") -> Principal | None:
        """Who sent these headers."""
        if authorization is not None:
            token = bearer_token(authorization)
            return await self._of_token(token, address) if token else None
        found = self._sessions.find(cookie) if cookie else None
        if found is None or not await self._token_is_good(found):
            return None
        return found

    async def log_in(self, token: str) -> Principal | None:
        """The person whose token it is; a sensor is none."""
        principal = await self._principal_of(token)
        return principal if principal and principal.scope == "people" else None

    def account_of(self, token: str) -> str:
        """The subject that a token claims, unproven. A token that was good of late need not wait for others' guesses."""
        return "" if self._good.get(secret_hash(token)) else _claims_of(token).sub

    def named(self, user: User) -> Principal:
        """Somebody whom an OIDC provider vouches for; the API server says what they may."""
        return Principal("session", user=user, by="oidc")

    def login_code(self, principal: Principal | None = None) -> str:
        """A code for that person's own session."""
        if principal is None:
            raise ValueError("in a cluster a log-in code is somebody's")
        return self._codes.new(principal)

    async def redeem(self, code: str) -> Principal | None:
        """Whose code it is."""
        return self._codes.redeem(code)

    def open_session(self, principal: Principal) -> str:
        """A session of that person."""
        return self._sessions.open(msgspec.structs.replace(principal, method="session", session=b"", renewal=""))

    def close_session(self, principal: Principal) -> None:
        """Ends a session now."""
        self._sessions.close(principal)

    async def still_valid(self, principal: Principal) -> bool:
        """Whether session and token are still good."""
        if principal.method == "session" and not self._sessions.alive(principal):
            return False
        return await self._token_is_good(principal)

    async def may(self, principal: Principal, verb: str, resource: str, namespace: str = "") -> bool:
        """What the API server says, kept for `RIGHT_SECONDS`."""
        user = principal.user
        if user is None or principal.scope != "people":
            return False
        key = (_who(user), verb, resource, namespace)
        if known := self._rights.get(key):
            return known[0]
        self.reviews += 1
        with _Asking():
            may = await self._reviewer.allowed(user, verb, resource, namespace)
        return self._rights.put(key, may, RIGHT_SECONDS)

    async def _token_is_good(self, principal: Principal) -> bool:
        """A session by OIDC has no token that could be asked about: it lasts as long as it lasts."""
        if principal.by == "oidc":
            return principal.method == "session"
        return principal.credential is not None and await self._user_of(principal.credential.token) is not None

    async def _of_token(self, token: str, address: str) -> Principal | None:
        """A known token is let in whatever others at its address do; an unknown one costs a question, so guessing is slowed."""
        limiter = self._limiter_of(token) if address else None
        if limiter and (wait := limiter.wait(address)):
            detail = ErrorDetail("too_many_attempts", "Too many wrong tokens.", f"Try again in {wait:.0f} seconds.")
            raise ApiError(429, detail, {"Retry-After": f"{wait:.0f}"})
        principal = await self._principal_of(token)
        if principal is None and limiter:
            limiter.failed(address)
        return principal

    def _limiter_of(self, token: str) -> FailureLimiter | None:
        """Which one slows whoever comes with that token; none where it costs no question, or was good of late."""
        key = secret_hash(token)
        if self._users.get(key) or self._good.get(key):
            return None
        return self.sensor_limiter if AUDIENCE in audiences_of(token) else self.limiter

    async def _principal_of(self, token: str) -> Principal | None:
        user = await self._user_of(token)
        if user is None:
            return None
        if user.username != self._sensor:
            return Principal("token", user=user, credential=Credential(token))
        if AUDIENCE not in audiences_of(token):
            return None  # the sensor's token for the API server is not for us
        if not user.node:
            hint = "Sensors need tokens of their pod, projected into it, from Kubernetes 1.30 or later."
            raise ApiError(403, ErrorDetail("unbound_token", "This token is bound to no node.", hint))
        return Principal("token", "sensor", user=user, node=user.node, credential=Credential(token))

    async def _user_of(self, token: str) -> User | None:
        key = secret_hash(token)
        if known := self._users.get(key):
            return known[0]
        if len(token) > MAX_TOKEN:
            return None
        self.reviews += 1
        # Which audience to ask for is read from the token itself; whether it is true is what the API server answers.
        audiences = [AUDIENCE] if AUDIENCE in audiences_of(token) else []
        with _Asking():
            user = await self._reviewer.review_token(token, audiences)
        if user:
            self._good.put(key, True, GOOD_SECONDS)  # noqa: FBT003 only the key tells
        return self._users.put(key, user, TOKEN_SECONDS if user else REFUSED_SECONDS)


class _Asking:
    """What a cluster that does not answer means to who asks us."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, ClusterError):
            _LOG.warning("the API server could not be asked", why=str(error))
            said = "The cluster cannot be asked now who you are and what you may do."
            detail = ErrorDetail("cluster_unreachable", said, "Try again in a few seconds.")
            raise ApiError(503, detail, {"Retry-After": "2"}) from error


def _who(user: User) -> str:
    """Everything of a user that a right may depend on."""
    return repr((user.username, user.uid, sorted(user.groups), sorted(user.extra.items())))


class _Claims(msgspec.Struct):
    aud: str | list[str] = ""
    sub: str = ""


def audiences_of(token: str) -> list[str]:
    """What a JSON web token claims to be for (RFC 7519, section 4.1.3), unproven; none for any other token."""
    audience = _claims_of(token).aud
    return audience if isinstance(audience, list) else [audience] if audience else []


def _claims_of(token: str) -> _Claims:
    parts = token.split(".")
    if len(parts) != 3 or len(token) > MAX_TOKEN:
        return _Claims()
    try:
        return msgspec.json.decode(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=_Claims)
    except (Base64Error, ValueError, RecursionError, msgspec.DecodeError):
        return _Claims()
