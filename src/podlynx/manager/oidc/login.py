"""One log-in: the way to the provider, and the way back. What has to be remembered in between is sealed into a cookie."""

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Final
from urllib.parse import urlencode

import msgspec

from podlynx.kubernetes.reviews import User
from podlynx.manager.oidc.claims import user_of, verified
from podlynx.manager.oidc.provider import OidcError, Provider
from podlynx.manager.oidc.settings import OidcSettings
from podlynx.manager.sealing import Seal

CALLBACK: Final = "/login/oidc/callback"
LOGIN_SECONDS: Final = 600
"""How long somebody may take at the provider."""
MAX_PLACE: Final = 1_000
_KIND: Final = b"o"
_AGAIN: Final = "Begin again at the log-in page."


class _Begun(msgspec.Struct, frozen=True):
    """What the cookie holds of a log-in that is under way; `place` is where to go afterwards."""

    state: str
    nonce: str
    verifier: str
    at: float
    place: str


class Back(msgspec.Struct, frozen=True):
    """What the provider sends along: a code, or why there is none (RFC 6749, sections 4.1.2 and 4.1.2.1)."""

    code: str = ""
    state: str = ""
    error: str = ""


class Oidc:
    """Logs people in by one provider. Methods raise OidcError."""

    def __init__(self, settings: OidcSettings, seal: Seal, wall: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self._seal = seal
        self._wall = wall
        self.provider = Provider(settings)

    async def begin(self, base: str, place: str) -> tuple[str, str]:
        """The provider's address to go to, and what the browser has to keep. `base`: our own address, as the browser has it."""
        description = await self.provider.description()
        begun = _Begun(token_urlsafe(24), token_urlsafe(24), token_urlsafe(48), self._wall(), safe_place(place))
        challenge = urlsafe_b64encode(sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.redirect(base),
            "scope": " ".join(self.settings.scopes),
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        join = "&" if "?" in description.authorization_endpoint else "?"
        return f"{description.authorization_endpoint}{join}{urlencode(asked)}", self._seal.sealed(
            _KIND, msgspec.json.encode(begun)
        )

    async def finish(self, base: str, kept: str, back: Back) -> tuple[User, str]:
        """Who came back, and where to go. What the browser kept is asked for first: no other site can have begun this."""
        begun = self._begun(kept)
        if not back.state or not compare_digest(begun.state.encode(), back.state.encode()):
            raise OidcError("wrong_state", "This answer belongs to another log-in.", _AGAIN)
        if back.error:
            raise _declined(back.error)
        if not back.code:
            raise OidcError("no_code", "The provider sent no code.", _AGAIN)
        tokens = await self.provider.tokens(back.code, begun.verifier, self.redirect(base))
        claims = await verified(self.provider, self.settings, tokens.id_token, begun.nonce, self._wall)
        wanted = {self.settings.username_claim, self.settings.groups_claim, *self.settings.required_claims} - {""}
        if wanted - claims.keys():
            more = await self.provider.userinfo(tokens.access_token)
            # Only of the same person (Core, section 5.3.2); what was signed outranks it.
            claims = {**more, **claims} if more.get("sub") == claims["sub"] else claims
        return user_of(claims, self.settings), begun.place

    async def end_address(self, base: str) -> str:
        """Where the session at the provider is ended (RP-Initiated Logout 1.0, section 2); "" where there is no such place."""
        description = await self.provider.description()
        if not description.end_session_endpoint:
            return ""
        asked = {"client_id": self.settings.client_id, "post_logout_redirect_uri": base.rstrip("/") + "/"}
        join = "&" if "?" in description.end_session_endpoint else "?"
        return f"{description.end_session_endpoint}{join}{urlencode(asked)}"

    def redirect(self, base: str) -> str:
        """Where the provider sends browsers back."""
        return self.settings.redirect_url or base.rstrip("/") + CALLBACK

    def _begun(self, kept: str) -> _Begun:
        text = self._seal.opened(_KIND, kept) if kept else None
        if text is None:
            hint = "Begin again at the log-in page; cookies of this address have to be allowed."
            raise OidcError("not_begun", "This browser began no log-in here.", hint)
        begun = msgspec.json.decode(text, type=_Begun)
        if not -LOGIN_SECONDS < self._wall() - begun.at < LOGIN_SECONDS:
            raise OidcError("too_late", f"This log-in took more than {LOGIN_SECONDS // 60} minutes.", _AGAIN)
        return begun


def safe_place(place: str) -> str:
    """A path of our own page, else its beginning: nobody is sent to another site."""
    own = place.startswith("/") and not place.startswith(("//", "/\\", "/login")) and "\\" not in place
    return place if own and len(place) <= MAX_PLACE and place.isprintable() else "/"


def _declined(error: str) -> OidcError:
    if error == "access_denied":
        hint = "Log in again and agree, or ask whoever runs the provider whether you may use Podlynx."
        return OidcError("access_denied", "The provider did not let you in.", hint)
    said = f"The provider could not log you in ({error[:80]})."
    return OidcError("provider_refused", said, "Log in again; where it happens again, ask whoever runs the provider.")
