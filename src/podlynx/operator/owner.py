"""Who owns what the operator makes: the chart's ClusterRole, so that uninstalling the release takes it all along."""

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.kinds import CLUSTER_ROLES, Manifest


async def find_owners(client: Client, name: str) -> list[Manifest]:
    """The ownerReferences for that ClusterRole; none where there is no such role: the operator runs outside of a chart.

    Raises what Client raises. Only a cluster-wide object may own objects of any namespace (Kubernetes API, garbage collection).
    """
    found = await client.find(CLUSTER_ROLES, name) if name else None
    if found is None:
        return []
    role = {"apiVersion": CLUSTER_ROLES.api_version, "kind": CLUSTER_ROLES.kind, "name": name, "uid": found["metadata"]["uid"]}
    return [{**role, "blockOwnerDeletion": False}]
