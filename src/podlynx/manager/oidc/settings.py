"""Which provider is trusted, and how its claims become a user: the words of kube-apiserver's `--oidc-*` flags."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

_PREFIX: Final = "PODLYNX_OIDC_"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA")
"""What a provider may sign with; nothing that the client's own secret could sign, and never `none`."""


class BadOidc(ValueError):
    """The settings cannot be used; the text says which, and what it should be."""


class OidcSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`issuer` and `client_id` are what the provider calls itself and us. Files are read again whenever they are needed."""

    issuer: str
    client_id: str
    client_secret: Path | None = None
    """File of the secret; none for a public client."""
    name: str = "OIDC"
    """As people know the provider: "Log in with NAME"."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    username_claim: str = "sub"
    username_prefix: str | None = None
    """None: the issuer and `#`, but for the claim `email`, as kube-apiserver has it."""
    groups_claim: str = ""
    groups_prefix: str = ""
    required_claims: dict[str, str] = {}
    algorithms: tuple[str, ...] = ("RS256",)
    authority: Path | None = None
    """Certificates (PEM) that the provider's must be signed by; none: those of the system."""
    redirect_url: str = ""
    """Where the provider sends browsers back; empty: the address that they came by, and `/login/oidc/callback`."""

    @property
    def prefix(self) -> str:
        """What stands before a user's name."""
        if self.username_prefix is not None:
            return self.username_prefix
        return "" if self.username_claim == "email" else f"{self.issuer}#"


def read_oidc(variables: Mapping[str, str]) -> OidcSettings | None:
    """Of `PODLYNX_OIDC_*`; None where no issuer is named. Raises BadOidc."""
    said = {name.removeprefix(_PREFIX): value.strip() for name, value in variables.items() if name.startswith(_PREFIX)}
    said = {name: value for name, value in said.items() if value}
    issuer, client = said.get("ISSUER_URL", ""), said.get("CLIENT_ID", "")
    if not issuer:
        return None
    if not client:
        raise BadOidc(f"{_PREFIX}CLIENT_ID is missing: the id under which the provider knows Podlynx")
    check_address(issuer, f"{_PREFIX}ISSUER_URL")
    if redirect := said.get("REDIRECT_URL", ""):
        check_address(redirect, f"{_PREFIX}REDIRECT_URL")
    return OidcSettings(
        issuer=issuer,
        client_id=client,
        client_secret=_path(said, "CLIENT_SECRET_FILE"),
        name=said.get("NAME", "OIDC")[:60],
        scopes=tuple(dict.fromkeys(("openid", *_list(said.get("SCOPES", "profile,email"))))),
        username_claim=said.get("USERNAME_CLAIM", "sub"),
        username_prefix=_username_prefix(said.get("USERNAME_PREFIX")),
        groups_claim=said.get("GROUPS_CLAIM", ""),
        groups_prefix=said.get("GROUPS_PREFIX", ""),
        required_claims=_required(said.get("REQUIRED_CLAIMS", "")),
        algorithms=_algorithms(said.get("SIGNING_ALGS", "RS256")),
        authority=_path(said, "CA_FILE"),
        redirect_url=redirect,
    )


def check_address(address: str, name: str) -> None:
    """Only https, or http to this machine itself. Raises BadOidc."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not safe or not parts.hostname or parts.fragment:
        raise BadOidc(f"{name} is {address[:200]!r}: give an https:// address")


def _username_prefix(said: str | None) -> str | None:
    """`-` is no prefix at all, as kube-apiserver has it."""
    return "" if said == "-" else said


def _list(said: str) -> tuple[str, ...]:
    return tuple(part for part in said.replace(",", " ").split() if part)


def _required(said: str) -> dict[str, str]:
    pairs = [part.strip().partition("=") for part in said.split(",") if part.strip()]
    if any(not name or not equals for name, equals, _ in pairs):
        raise BadOidc(f"{_PREFIX}REQUIRED_CLAIMS is {said!r}: write claim=value, with commas between several")
    return {name: value for name, _, value in pairs}


def _algorithms(said: str) -> tuple[str, ...]:
    found = _list(said)
    if unknown := [each for each in found if each not in ALGORITHMS]:
        raise BadOidc(f"{_PREFIX}SIGNING_ALGS names {unknown[0]!r}: choose of {', '.join(ALGORITHMS)}")
    return found


def _path(said: Mapping[str, str], name: str) -> Path | None:
    return Path(said[name]) if name in said else None
