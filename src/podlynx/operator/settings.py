"""What the operator is told by its environment (set by the chart)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self, cast, get_args

CalicoGroups = Literal["auto", "both", "v1", "v3", "sideBySide"]
"""Which API groups are ours; `auto`: what the cluster already has decides."""
CaptureMode = Literal["host", "pod"]

MANAGER: Final = "https://podlynx-manager.podlynx-system.svc:8443"
TOKEN: Final = "/var/run/secrets/podlynx/token"  # noqa: S105 a path
"""The operator's own token of audience `podlynx-manager`."""


class WrongSetting(ValueError):
    """A variable of the environment has a value that cannot be."""


@dataclass(frozen=True)
class Settings:
    """See docs/operator.md; each field is the variable of the same name."""

    namespace: str = "podlynx-system"
    pod: str = "podlynx-operator"
    image: str = "podlynx:latest"
    pull_policy: str = ""
    pull_secrets: tuple[str, ...] = ()
    calico_groups: CalicoGroups = "auto"
    capture_mode: CaptureMode = "host"
    priority_class: str = "system-node-critical"
    """Empty: none."""
    sensor_log_level: str = ""
    sensor_outputs: str = ""
    """Outputs that sensors write, with commas; empty: as they do by themselves."""
    packets_around: str = ""
    payloads_off: str = ""
    """Namespaces, with commas."""
    manager: str = MANAGER
    webhooks_namespace: str = ""
    """Where webhooks' Secrets are; empty: their Role is not kept."""
    owner: str = "podlynx-operator"
    """ClusterRole of the chart that owns what is made, so that uninstalling takes it along; empty: nobody owns it."""
    token: str = TOKEN
    manager_tls_secret: str = ""
    """Secret with the manager's certificate where somebody else makes it; empty: the operator does."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """From the environment. Raises WrongSetting with the variable, its value and what it may be."""
        default = cls()

        def said(variable: str, otherwise: str) -> str:
            return environment.get(variable, "").strip() or otherwise

        return cls(
            namespace=said("POD_NAMESPACE", default.namespace),
            pod=said("POD_NAME", default.pod),
            image=said("PODLYNX_IMAGE", default.image),
            pull_policy=_one_of(environment, "PODLYNX_IMAGE_PULL_POLICY", ("", "Always", "IfNotPresent", "Never")),
            pull_secrets=tuple(filter(None, map(str.strip, said("PODLYNX_IMAGE_PULL_SECRETS", "").split(",")))),
            calico_groups=cast("CalicoGroups", _one_of(environment, "PODLYNX_CALICO_GROUPS", get_args(CalicoGroups))),
            capture_mode=cast("CaptureMode", _one_of(environment, "PODLYNX_CAPTURE_MODE", get_args(CaptureMode))),
            priority_class=environment.get("PODLYNX_PRIORITY_CLASS", default.priority_class).strip(),
            sensor_log_level=said("PODLYNX_SENSOR_LOG_LEVEL", ""),
            sensor_outputs=said("PODLYNX_SENSOR_OUTPUTS", ""),
            packets_around=_one_of(environment, "PODLYNX_PACKETS_AROUND", ("", "on", "off")),
            payloads_off=said("PODLYNX_PAYLOADS_OFF", ""),
            manager=said("PODLYNX_MANAGER", default.manager).rstrip("/"),
            owner=environment.get("PODLYNX_OWNER", default.owner).strip(),
            webhooks_namespace=said("PODLYNX_WEBHOOKS_NAMESPACE", ""),
            token=said("PODLYNX_MANAGER_TOKEN", default.token),
            manager_tls_secret=said("PODLYNX_MANAGER_TLS_SECRET", ""),
        )


def _one_of(environment: Mapping[str, str], variable: str, allowed: tuple[str, ...]) -> str:
    """The value of a variable; the first of the allowed ones where it is not set."""
    value = environment.get(variable, "").strip() or allowed[0]
    if value not in allowed:
        raise WrongSetting(f"{variable} is {value!r}; it may be {', '.join(filter(None, allowed))}")
    return value
