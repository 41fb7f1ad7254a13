"""The provider: what it says of itself, its keys, and what it gives for a code (OpenID Connect Discovery 1.0, RFC 6749)."""

import asyncio
import ssl
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import anyio.to_thread
import httpx2
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from podlynx.manager.oidc.settings import BadOidc, OidcSettings, check_address

TIMEOUT: Final = 10.0
KEPT_SECONDS: Final = 3_600.0
"""How long the provider's description and keys are believed."""
RELOAD_SECONDS: Final = 10.0
"""How soon keys are asked for again where a token names one that is not among them: the provider has new ones."""
MAX_ANSWER: Final = 1 << 20
"""Bytes of any answer of the provider."""

T = TypeVar("T")


class OidcError(Exception):
    """A log-in that did not come about; `hint` says what to do. `status` is ours to the browser."""

    def __init__(self, code: str, message: str, hint: str, status: int = 401) -> None:
        super().__init__(message)
        self.code, self.message, self.hint, self.status = code, message, hint, status


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What we use of the provider's metadata."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Tokens(msgspec.Struct, frozen=True):
    """What a code was good for."""

    id_token: str
    access_token: str = ""


class Provider:
    """One event loop uses it. Methods raise OidcError, with status 503 where the provider does not answer."""

    def __init__(self, settings: OidcSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._described: tuple[float, Description] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._lock = asyncio.Lock()

    async def description(self) -> Description:
        """Its metadata, an hour old at most. An issuer that calls itself otherwise is another one (Discovery, section 4.3)."""
        async with self._lock:
            if self._described and self._clock() - self._described[0] < KEPT_SECONDS:
                return self._described[1]
            address = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            found = await self._answer("GET", address, Description)
            if found.issuer != self._settings.issuer:
                said = f"The provider calls itself {found.issuer[:200]!r}, not {self._settings.issuer!r}."
                raise OidcError("wrong_issuer", said, "Set PODLYNX_OIDC_ISSUER_URL to what the provider calls itself.", 503)
            _check_endpoints(found)
            self._described = (self._clock(), found)
            return found

    async def keys(self, kid: str) -> KeySet:
        """Its keys; asked for again where `kid` is none of them, since providers change theirs."""
        description = await self.description()
        async with self._lock:
            if self._keys:
                age = self._clock() - self._keys[0]
                known = not kid or any(key.kid == kid for key in self._keys[1])
                if age < RELOAD_SECONDS or (known and age < KEPT_SECONDS):
                    return self._keys[1]
            found = _key_set(await self._answer("GET", description.jwks_uri, dict[str, Any]))
            self._keys = (self._clock(), found)
            return found

    async def tokens(self, code: str, verifier: str, redirect: str) -> Tokens:
        """Gives the code back for tokens (RFC 6749, section 4.1.3; RFC 7636, section 4.5)."""
        description = await self.description()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
        auth: httpx2.Auth | None = None
        secret = await self._secret()
        if secret and "client_secret_basic" in description.token_endpoint_auth_methods_supported:
            auth = httpx2.BasicAuth(_form_encoded(self._settings.client_id), _form_encoded(secret))
        elif secret:
            form |= {"client_id": self._settings.client_id, "client_secret": secret}
        else:
            form["client_id"] = self._settings.client_id
        return await self._answer("POST", description.token_endpoint, Tokens, data=form, auth=auth)

    async def userinfo(self, access_token: str) -> dict[str, Any]:
        """Further claims (Core, section 5.3); none where the provider has no such place."""
        description = await self.description()
        if not description.userinfo_endpoint or not access_token:
            return {}
        headers = {"Authorization": f"Bearer {access_token}"}
        return await self._answer("GET", description.userinfo_endpoint, dict[str, Any], headers=headers)

    async def _secret(self) -> str:
        if self._settings.client_secret is None:
            return ""
        try:
            return (await anyio.to_thread.run_sync(self._settings.client_secret.read_text)).strip()
        except (OSError, ValueError) as error:
            said = "The secret of this manager at the provider cannot be read."
            raise OidcError("no_client_secret", said, "Is the Secret mounted? The manager's log says more.", 503) from error

    async def _answer(self, method: str, address: str, of: type[T], **named: Any) -> T:
        """One request, its answer decoded. What the provider says of an error is for the log, not for who logs in."""
        try:
            context = await anyio.to_thread.run_sync(self._trust)
            async with (
                httpx2.AsyncClient(verify=context, timeout=TIMEOUT) as http,
                http.stream(method, address, **{name: value for name, value in named.items() if value is not None}) as answer,
            ):
                body = bytearray()
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > MAX_ANSWER:
                        raise ValueError(f"its answer is longer than {MAX_ANSWER} bytes")
            if answer.status_code >= 500:
                raise ValueError(f"HTTP {answer.status_code}")
            if answer.status_code != 200:
                raise _refused(answer.status_code, bytes(body))
            return msgspec.json.decode(bytes(body), type=of)
        except (httpx2.HTTPError, ssl.SSLError, OSError, ValueError, msgspec.MsgspecError) as error:
            said = f"{self._settings.name} does not answer as it should: {str(error)[:200] or type(error).__name__}."
            raise OidcError("provider_unreachable", said, "Try again in a minute, or log in with a token.", 503) from error

    def _trust(self) -> ssl.SSLContext:
        authority = self._settings.authority
        return ssl.create_default_context(cafile=str(authority)) if authority else ssl.create_default_context()


def _refused(status: int, body: bytes) -> OidcError:
    """The provider answered, and will not have it: a code is good once, and for a minute."""
    try:
        said = str(msgspec.json.decode(body, type=dict[str, Any]).get("error", ""))[:80]
    except msgspec.MsgspecError:
        said = ""
    hint = "Log in again; where it happens again, compare client id, secret and redirect address at the provider."
    return OidcError("provider_refused", f"The provider refused this log-in ({said or f'HTTP {status}'}).", hint)


def _check_endpoints(found: Description) -> None:
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        _check(getattr(found, name), name)
    for name in ("userinfo_endpoint", "end_session_endpoint"):
        if getattr(found, name):
            _check(getattr(found, name), name)


def _check(address: str, name: str) -> None:
    try:
        check_address(address, f"the provider's {name}")
    except BadOidc as error:
        raise OidcError("bad_provider", f"{error}.", "Mend the provider's settings.", 503) from error


def _key_set(found: dict[str, Any]) -> KeySet:
    """The keys that we know how to use; others are for somebody else."""
    usable: list[Any] = []
    for each in found.get("keys") or []:
        if not isinstance(each, dict) or each.get("use", "sig") != "sig" or each.get("kty") not in {"RSA", "EC", "OKP"}:
            continue
        try:
            usable += KeySet.import_key_set({"keys": [each]}).keys
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return KeySet(usable)


def _form_encoded(text: str) -> str:
    """RFC 6749, section 2.3.1: both halves are form-encoded before they are joined."""
    return str(httpx2.QueryParams({"x": text}))[2:]
