"""From an ID token to a user (OpenID Connect Core 1.0, section 3.1.3.7), by the rules of kube-apiserver."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError

from podlynx.kubernetes.reviews import User
from podlynx.manager.oidc.provider import OidcError, Provider
from podlynx.manager.oidc.settings import OidcSettings

SKEW_SECONDS: Final = 60
"""How far the provider's clock may be from ours."""
MAX_NAME: Final = 512
MAX_GROUPS: Final = 500
"""Groups of one person; further ones are left out."""
_RESERVED: Final = "system:"
"""Names that begin so are the cluster's own; no provider may give them out."""
_AGAIN: Final = "Log in again; where it happens again, ask whoever runs the provider."


async def verified(
    provider: Provider, settings: OidcSettings, token: str, nonce: str, wall: Callable[[], float] = time.time
) -> dict[str, Any]:
    """The claims of an ID token that is the provider's, for us, of this log-in and of now. Raises OidcError."""
    try:
        kid = jws.extract_compact(token.encode()).headers().get("kid", "")
        keys = await provider.keys(kid if isinstance(kid, str) else "")
        claims = jwt.decode(token, keys, algorithms=list(settings.algorithms)).claims
        registry = jwt.JWTClaimsRegistry(
            now=int(wall()),
            leeway=SKEW_SECONDS,
            iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(claims)
    except ExpiredTokenError as error:
        said = "The provider's answer has expired already."
        raise OidcError("expired", said, "Log in again; compare the clocks of manager and provider.") from error
    except (JoseError, ValueError, TypeError) as error:
        raise OidcError("bad_id_token", f"The provider's answer cannot be trusted: {str(error)[:200]}.", _AGAIN) from error
    _check_party(claims, settings)
    return claims


def _check_party(claims: Mapping[str, Any], settings: OidcSettings) -> None:
    """A token for several parties says for whom it was made."""
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if (several or party is not None) and party != settings.client_id:
        raise OidcError("bad_id_token", "The provider's answer was made for somebody else.", _AGAIN)


def user_of(claims: Mapping[str, Any], settings: OidcSettings) -> User:
    """Name and groups. Raises OidcError where the claims name nobody, or nobody who may log in."""
    for claim, wanted in settings.required_claims.items():
        if claims.get(claim) != wanted:
            said = f"The provider does not say that your {claim!r} is {wanted!r}."
            raise OidcError("not_admitted", said, "Ask whoever runs this manager whether you may log in.", 403)
    if settings.username_claim == "email" and claims.get("email_verified", True) is not True:
        raise OidcError("email_not_verified", "Your e-mail address is not verified.", "Verify it at the provider.", 403)
    name = claims.get(settings.username_claim)
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        said = f"The provider does not tell your name (claim {settings.username_claim!r})."
        raise OidcError("no_username", said, "Ask whoever runs this manager to set PODLYNX_OIDC_USERNAME_CLAIM or _SCOPES.", 403)
    username = f"{settings.prefix}{name}"
    if username.startswith(_RESERVED):
        raise OidcError("reserved_name", f"Nobody may be called {username[:80]!r}.", "Set PODLYNX_OIDC_USERNAME_PREFIX.", 403)
    return User(username, uid="", groups=[*groups_of(claims, settings), "system:authenticated"])


def groups_of(claims: Mapping[str, Any], settings: OidcSettings) -> list[str]:
    """The groups, a list or a single one, each with its prefix; the cluster's own are nobody's to give."""
    said = claims.get(settings.groups_claim) if settings.groups_claim else None
    found: list[Any] = said if isinstance(said, list) else [said]
    names = [f"{settings.groups_prefix}{each}" for each in found if isinstance(each, str) and 0 < len(each) <= MAX_NAME]
    return [each for each in dict.fromkeys(names) if not each.startswith(_RESERVED)][:MAX_GROUPS]
