"""What of Calico's names a cluster already has. Reads only."""

from dataclasses import dataclass, field
from typing import Final

from podlynx.kubernetes.apply import is_ours
from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import KINDS
from podlynx.kubernetes.kinds import API_SERVICES, DEFINITIONS, DEPLOYMENTS, Manifest

V3: Final = "projectcalico.org"
V1: Final = "crd.projectcalico.org"
_CONTROLLER: Final = ("intrusion-detection-controller", "tigera-intrusion-detection")
"""Deployment and namespace of the intrusion detection of Calico Enterprise and Cloud."""


@dataclass(frozen=True)
class Found:
    """What was found. Groups: those of CRDs that are not ours."""

    aggregated: bool = False
    """An APIService hands `projectcalico.org/v3` to a server of its own."""
    foreign_v3: bool = False
    foreign_v1: bool = False
    controller: bool = False
    """Calico's own intrusion detection controller is there."""
    taken: tuple[str, ...] = field(default=())
    """Names of CRDs that we would make and that are somebody else's."""


async def look(client: Client) -> Found:
    """Asks the API server. Raises what Client raises."""
    service = await client.find(API_SERVICES, f"v3.{V3}")
    name, namespace = _CONTROLLER
    controller = await client.find(DEPLOYMENTS, name, namespace)
    return found_of(service, await client.list_all(DEFINITIONS), controller)


def found_of(service: Manifest | None, definitions: list[Manifest], controller: Manifest | None) -> Found:
    """Pure half of `look`: the APIService of v3, all CRDs, the controller's Deployment."""
    foreign = [each for each in definitions if not is_ours(each)]
    groups = {each["spec"]["group"] for each in foreign}
    wanted = {kind.resource.definition for kind in KINDS}
    return Found(
        # The API server makes an APIService for each group of CRDs by itself; that one names no service.
        aggregated=service is not None and bool((service.get("spec") or {}).get("service")),
        foreign_v3=V3 in groups,
        foreign_v1=V1 in groups,
        controller=controller is not None,
        taken=tuple(sorted(wanted & {each["metadata"]["name"] for each in foreign})),
    )
