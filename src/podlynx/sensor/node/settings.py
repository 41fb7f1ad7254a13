"""How the sensor is told what to do: environment variables, set by the operator."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, Self

import msgspec

from podlynx.outputs.formats import OutputName, read_names
from podlynx.sensor.errors import SensorError

READINESS_PORT: Final = 9097
_DEFAULT_GROUPS: Final = "projectcalico.org/v3,crd.projectcalico.org/v1"


class SensorSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One node's sensor."""

    node: str
    manager: str
    manager_authority: Path | None = None
    manager_token: Path
    groups: tuple[str, ...]
    capture_mode: Literal["host", "pod"] = "host"
    spool: Path
    alerts: Path
    own_rules: Path | None = None
    settings: Path | None = None
    """A file of settings (docs/settings.md), which need not be there."""
    readiness_port: int = READINESS_PORT
    outputs: tuple[OutputName, ...] = ("alert_fast",)
    """Alert files that are written."""
    packets_around: bool = True
    """Alerts carry the packets before and after them."""
    payloads_off: tuple[str, ...] = ()
    """Namespaces of whose pods no payload is kept."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises SensorError where something is missing or makes no sense."""
        mode = environment.get("PODLYNX_CAPTURE_MODE", "host")
        if mode not in ("host", "pod"):
            raise SensorError(f"PODLYNX_CAPTURE_MODE is {mode!r}", "set it to host or pod")
        groups = tuple(text.strip() for text in environment.get("PODLYNX_GROUPS", _DEFAULT_GROUPS).split(",") if text.strip())
        if not groups or any(group.count("/") != 1 for group in groups):
            raise SensorError(f"PODLYNX_GROUPS is {','.join(groups)!r}", f"list group/version, as in {_DEFAULT_GROUPS}")
        authority, own = environment.get("PODLYNX_MANAGER_CA"), environment.get("PODLYNX_OWN_RULES")
        settings = environment.get("PODLYNX_SETTINGS")
        return cls(
            node=_needed(environment, "DPI_NODENAME", "the name of the node (fieldRef spec.nodeName)"),
            manager=_needed(environment, "PODLYNX_MANAGER", "the address of the manager, https://…"),
            manager_authority=Path(authority) if authority else None,
            manager_token=Path(environment.get("PODLYNX_MANAGER_TOKEN", "/var/run/secrets/podlynx/token")),
            groups=groups,
            capture_mode=mode,  # type: ignore[arg-type]  # one of the two, as was just seen
            spool=Path(environment.get("PODLYNX_SPOOL", "/var/lib/podlynx/spool")),
            alerts=Path(environment.get("PODLYNX_ALERTS", "/var/log/calico/snort-alerts")),
            own_rules=Path(own) if own else None,
            settings=Path(settings) if settings else None,
            outputs=_outputs(environment),
            packets_around=_switch(environment, "PODLYNX_PACKETS_AROUND"),
            payloads_off=tuple(name.strip() for name in environment.get("PODLYNX_PAYLOADS_OFF", "").split(",") if name.strip()),
        )


def _outputs(environment: Mapping[str, str]) -> tuple[OutputName, ...]:
    try:
        return read_names(environment.get("PODLYNX_OUTPUTS") or "alert_fast")
    except ValueError as error:
        raise SensorError(f"PODLYNX_OUTPUTS: {error}", "list outputs with commas, or say none") from error


def _switch(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name, "").strip().lower() or "on"
    if value not in ("on", "off"):
        raise SensorError(f"{name} is {value!r}", "set it to on or off")
    return value == "on"


def _needed(environment: Mapping[str, str], name: str, what: str) -> str:
    if value := environment.get(name, "").strip():
        return value
    raise SensorError(f"{name} is not set", f"set it to {what}; in a cluster the operator does")
