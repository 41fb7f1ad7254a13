"""What the chart tells a manager in a cluster, by environment variables."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from podlynx.manager.audit import STDOUT
from podlynx.manager.oidc.settings import BadOidc, OidcSettings, read_oidc
from podlynx.manager.settings import Settings
from podlynx.outputs.formats import OutputName, read_names
from podlynx.rules.directories import data_directory

_NAME = "podlynx-manager"
_DEFAULTS = {
    "PODLYNX_TLS_CERT": "/etc/podlynx/tls/tls.crt",
    "PODLYNX_TLS_KEY": "/etc/podlynx/tls/tls.key",
    "PODLYNX_SENSOR_ACCOUNT": "tigera-dpi/tigera-dpi",
    "POD_NAMESPACE": "podlynx-system",
    "PODLYNX_WEBHOOKS_NAMESPACE": "tigera-intrusion-detection",
    "PODLYNX_SESSION_KEYS": "/etc/podlynx/session/keys.json",
    "PODLYNX_AUDIT_LOG": STDOUT,
}
NO_AUDIT: Final = "none"
SHORTEST: Final = 300
LONGEST: Final = 7 * 86_400
"""Seconds that a session may be made to last."""
CONNECTIONS = 4_096
"""Two thousand sensors keep one open each; the rest is for people."""


class BadVariable(ValueError):
    """A variable that cannot be used; the text says which, and what it should be."""


class ClusterEnvironment(msgspec.Struct, frozen=True, kw_only=True):
    """Every variable of the manager (docs/manager.md)."""

    certificate: Path
    key: Path
    data: Path
    rules_url: str
    rules_sha256: str
    city: Path | None
    asn: Path | None
    cluster: str
    allowed_hosts: tuple[str, ...]
    sensor_account: str
    namespace: str
    webhooks_namespace: str = "tigera-intrusion-detection"
    """Where Secrets and ConfigMaps of webhooks are."""
    webhooks_allow: tuple[str, ...] = ()
    """Networks and names that webhooks may post to although not everybody can reach them."""
    page_url: str = ""
    outputs: tuple[OutputName, ...] = ()
    output_folder: Path = Path("/var/lib/podlynx/outputs")
    payloads_off: frozenset[str] = frozenset()
    selftest_seconds: float = 0.0
    """Between two self-tests of a node; 0: none by themselves."""
    session_keys: Path
    session_seconds: float
    session_idle_seconds: float
    audit_log: str
    oidc: OidcSettings | None

    def settings(self) -> Settings:
        """The manager's settings."""
        names = [_NAME, f"{_NAME}.{self.namespace}"]
        names += [f"{names[1]}.svc", f"{names[1]}.svc.cluster.local"]
        return Settings(
            allowed_hosts=(*names, *self.allowed_hosts),
            outputs=self.outputs,
            output_folder=self.output_folder,
            payloads_off=self.payloads_off,
            cookie_secure=True,
            cluster=self.cluster,
            token_hint="your own token opens this manager: `kubectl create token NAME`",  # noqa: S106 says how to get one
            max_connections=CONNECTIONS,
            session_seconds=self.session_seconds,
            session_idle_seconds=self.session_idle_seconds,
            # Whoever has any token of the cluster can log in: what one person holds is a small part of what all may hold.
            max_login_codes=1_024,
            max_login_codes_each=8,
            max_streams=256,
            max_streams_each=16,
        )


def read_environment(variables: Mapping[str, str] = os.environ) -> ClusterEnvironment:
    """Raises BadVariable."""
    said = {**_DEFAULTS, **{name: value for name, value in variables.items() if value}}
    account = said["PODLYNX_SENSOR_ACCOUNT"]
    if account.count("/") != 1 or not all(account.split("/")):
        raise BadVariable(f"PODLYNX_SENSOR_ACCOUNT is {account!r}: name the sensors' ServiceAccount as namespace/name")
    sha256 = said.get("PODLYNX_RULES_SHA256", "").lower()
    if sha256 and (len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef")):
        raise BadVariable("PODLYNX_RULES_SHA256 is no SHA-256: give 64 hex digits, or leave it out")
    return ClusterEnvironment(
        certificate=Path(said["PODLYNX_TLS_CERT"]),
        key=Path(said["PODLYNX_TLS_KEY"]),
        data=data_directory(),
        rules_url=said.get("PODLYNX_RULES_URL", ""),
        rules_sha256=sha256,
        city=_path(said, "PODLYNX_GEOIP_CITY"),
        asn=_path(said, "PODLYNX_GEOIP_ASN"),
        cluster=said.get("PODLYNX_CLUSTER", ""),
        allowed_hosts=_list(said, "PODLYNX_ALLOWED_HOSTS"),
        sensor_account=account,
        namespace=said["POD_NAMESPACE"],
        outputs=_outputs(said),
        output_folder=Path(said.get("PODLYNX_OUTPUT_FOLDER", str(data_directory() / "outputs"))),
        selftest_seconds=60.0 * _minutes(said),
        payloads_off=frozenset(_list(said, "PODLYNX_PAYLOADS_OFF")),
        webhooks_namespace=said["PODLYNX_WEBHOOKS_NAMESPACE"],
        webhooks_allow=_list(said, "PODLYNX_WEBHOOKS_ALLOW"),
        page_url=said.get("PODLYNX_PAGE_URL", ""),
        session_keys=Path(said["PODLYNX_SESSION_KEYS"]),
        session_seconds=_seconds(said, "PODLYNX_SESSION_SECONDS", Settings.session_seconds),
        session_idle_seconds=_seconds(said, "PODLYNX_SESSION_IDLE_SECONDS", Settings.session_idle_seconds),
        audit_log=audit_place(said),
        oidc=oidc_of(said),
    )


def _outputs(said: Mapping[str, str]) -> tuple[OutputName, ...]:
    try:
        return read_names(said.get("PODLYNX_OUTPUTS", ""))
    except ValueError as error:
        raise BadVariable(f"PODLYNX_OUTPUTS: {error}") from error


def _minutes(said: Mapping[str, str]) -> int:
    minutes = said.get("PODLYNX_SELFTEST_MINUTES", "0")
    if not minutes.isdecimal() or int(minutes) > 10_080:
        raise BadVariable(f"PODLYNX_SELFTEST_MINUTES is {minutes[:20]!r}: give minutes up to 10080 (a week), or 0 for none")
    return int(minutes)


def _list(said: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in said.get(name, "").split(",") if each.strip())


def oidc_of(said: Mapping[str, str]) -> OidcSettings | None:
    """The OIDC provider, if one is named. Raises BadVariable."""
    try:
        return read_oidc(said)
    except BadOidc as error:
        raise BadVariable(str(error)) from error


def audit_place(said: Mapping[str, str], default: str = STDOUT) -> str:
    """Where the audit log goes: a file, `-` for stdout; "" for none."""
    place = said.get("PODLYNX_AUDIT_LOG") or default
    return "" if place == NO_AUDIT else place


def _seconds(said: Mapping[str, str], name: str, default: float) -> float:
    text = said.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not SHORTEST <= int(text) <= LONGEST:
        raise BadVariable(f"{name} is {text[:40]!r}: give seconds from {SHORTEST} to {LONGEST}")
    return float(text)


def _path(said: Mapping[str, str], name: str) -> Path | None:
    return Path(said[name]) if said.get(name) else None
