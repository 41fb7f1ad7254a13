"""Who stands behind an address: the pod as its node's sensor knows it, and what the manager knows of either end."""

from typing import Annotated, Literal

import msgspec

_Name = Annotated[str, msgspec.Meta(max_length=255)]
_Labels = Annotated[dict[_Name, _Name], msgspec.Meta(max_length=64)]


class PodRef(msgspec.Struct, frozen=True, kw_only=True):
    """A pod at packet time. `name_aggr` is its generated name with the random part as `*`, as flow logs group pods."""

    namespace: _Name
    name: _Name
    name_aggr: _Name = ""
    uid: _Name = ""


class Observer(msgspec.Struct, frozen=True, kw_only=True):
    """One monitored end that saw the packet: node, resource and pod, and on which side of the flow that pod is."""

    host: _Name
    origin: Annotated[str, msgspec.Meta(max_length=512, description="dpi.<namespace>/<name of the resource>")]
    namespace: _Name
    pod: _Name
    interface: _Name = ""
    side: Literal["client", "server", "unknown"] = "unknown"


class EndpointDetail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is known of one end of an alert at packet time. `kind`: what the address was; empty where it was nobody's here."""

    kind: Literal["", "pod", "service", "node"] = ""
    namespace: _Name = ""
    name: _Name = ""
    uid: _Name = ""
    workload_kind: _Name = ""
    workload: _Name = ""
    node: _Name = ""
    labels: _Labels = {}
    images: Annotated[list[_Name], msgspec.Meta(max_length=16)] = []
    service: _Name = ""
    """`namespace/name` of the Service in front of it, where that is certain."""
    service_port: int | None = None
    """The port before translation."""
    country: _Name = ""
    city: _Name = ""
    asn: _Name = ""


class Endpoints(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Both ends of an alert. `true_client`: who `X-Forwarded-For` or `Forwarded` (RFC 7239) say came first; unproven."""

    source: EndpointDetail = msgspec.field(default_factory=EndpointDetail)
    dest: EndpointDetail = msgspec.field(default_factory=EndpointDetail)
    true_client: Annotated[str, msgspec.Meta(max_length=255)] = ""
