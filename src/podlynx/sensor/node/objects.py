"""Pods and DeepPacketInspections as the API server says them, read down to the fields that a sensor needs (Kubernetes API v1).

A node may run hundreds of pods of 10 kB each: whatever is not named here is never kept.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from ipaddress import ip_address
from typing import Final

import msgspec

from podlynx.expressions.errors import ExpressionError
from podlynx.expressions.selector import Selector, parse_selector

_OFF: Final = frozenset({"off", "false", "no", "none"})
_ENDED: Final = frozenset({"Succeeded", "Failed"})
ADDRESS_CAP: Final = 16
PAYLOADS: Final = "podlynx.io/payloads"
"""Annotation of a DeepPacketInspection, for its namespace, or of a pod: `off` keeps no payload."""


class ResourceKey(msgspec.Struct, frozen=True, order=True):
    """A DeepPacketInspection by namespace and name."""

    namespace: str
    name: str

    @property
    def origin(self) -> str:
        """As the event document writes it."""
        return f"dpi.{self.namespace}/{self.name}"


class Pod(msgspec.Struct, frozen=True):
    """A pod of this node."""

    uid: str
    namespace: str
    name: str
    name_aggr: str
    labels: dict[str, str]
    addresses: tuple[str, ...] = ()
    host_network: bool = False
    ended: bool = False
    """Its containers are done for good: it has no network any more, though the object may stay for days."""
    payloads_off: bool = False
    """Nothing that it sends or receives is kept beyond headers (annotation `podlynx.io/payloads: "off"`)."""
    process_uid: str = ""
    """The UID that its processes' cgroups carry: another one for a static pod of the kubelet."""

    @property
    def title(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"


class Inspection(msgspec.Struct, frozen=True):
    """A DeepPacketInspection; `selects` is None where the selector cannot be read, and `fault` says why."""

    key: ResourceKey
    selector: str
    generation: int = 0
    copy: bool = False
    """Made of an object of the other group, which is the one that counts."""
    payloads_off: bool = False
    """The same for every pod of the namespace."""
    selects: Selector | None = None
    fault: str = ""


class _Owner(msgspec.Struct):
    kind: str = ""


class _Annotations(msgspec.Struct):
    config_hash: str = msgspec.field(name="kubernetes.io/config.hash", default="")
    payloads: str = msgspec.field(name=PAYLOADS, default="")


class _Metadata(msgspec.Struct, rename="camel"):
    name: str
    uid: str = ""
    namespace: str = "default"
    generate_name: str = ""
    generation: int = 0
    labels: dict[str, str] | None = None
    annotations: _Annotations | None = None
    owner_references: list[_Owner] | None = None

    @property
    def payloads_off(self) -> bool:
        """Whether its annotation says so."""
        return self.annotations is not None and self.annotations.payloads.strip().lower() in _OFF


class _PodSpec(msgspec.Struct, rename="camel"):
    host_network: bool = False


class _PodIP(msgspec.Struct):
    ip: str = ""


class _PodStatus(msgspec.Struct, rename="camel"):
    phase: str = ""
    pod_ip: str = msgspec.field(name="podIP", default="")
    pod_ips: list[_PodIP] | None = msgspec.field(name="podIPs", default=None)


class PodObject(msgspec.Struct):
    """A v1 Pod, as far as it is read."""

    metadata: _Metadata
    spec: _PodSpec = msgspec.field(default_factory=_PodSpec)
    status: _PodStatus = msgspec.field(default_factory=_PodStatus)

    def pod(self) -> Pod:
        """What is kept of it."""
        metadata, status = self.metadata, self.status
        addresses = [each.ip for each in status.pod_ips or []] or [status.pod_ip]
        static = metadata.annotations.config_hash if metadata.annotations else ""
        return Pod(
            uid=metadata.uid,
            namespace=metadata.namespace,
            name=metadata.name,
            name_aggr=f"{metadata.generate_name}*" if metadata.generate_name else metadata.name,
            labels=metadata.labels or {},
            addresses=tuple(_canonical(addresses))[:ADDRESS_CAP],
            host_network=self.spec.host_network,
            ended=status.phase in _ENDED,
            process_uid=static or metadata.uid,
            payloads_off=metadata.payloads_off,
        )


def _canonical(addresses: Iterable[str]) -> Iterator[str]:
    """As the engine writes them (RFC 5952); what is no address is left out."""
    for address in addresses:
        with suppress(ValueError):
            yield str(ip_address(address))


class _InspectionSpec(msgspec.Struct):
    selector: str | None = None


class InspectionObject(msgspec.Struct):
    """A DeepPacketInspection of either group, as far as it is read."""

    metadata: _Metadata
    spec: _InspectionSpec | None = None

    def inspection(self, parse: Callable[[str], Selector] = parse_selector) -> Inspection:
        """What is kept of it; a selector that cannot be read selects nothing and says why."""
        metadata = self.metadata
        text = (self.spec.selector if self.spec else None) or ""
        copy = any(owner.kind == "DeepPacketInspection" for owner in metadata.owner_references or [])
        key = ResourceKey(metadata.namespace, metadata.name)
        try:
            return Inspection(key, text, metadata.generation, copy, metadata.payloads_off, parse(text))
        except ExpressionError as error:
            return Inspection(
                key,
                text,
                metadata.generation,
                copy,
                metadata.payloads_off,
                None,
                f"the selector cannot be read: {error.rendered()}",
            )
