"""Who owns what the operator makes: the chart's ClusterRole, so that uninstalling the release takes it all along."""

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.errors import ApiError
from podlynx.kubernetes.kinds import CLUSTER_ROLES, Manifest


class Owner:
    """`references` are the ownerReferences; none where there is no such role: the operator runs outside of a chart.

    Only a cluster-wide object may own objects of any namespace (Kubernetes API, garbage collection).
    """

    def __init__(self, client: Client, name: str) -> None:
        self._client, self._name = client, name
        self.references: list[Manifest] = []
        self.fault = ""
        """Why it could not be read last; empty: it could."""

    async def look(self) -> list[Manifest]:
        """The references as of now; those that were known where the API server refuses to tell. Raises Unreachable."""
        try:
            found = await self._client.find(CLUSTER_ROLES, self._name) if self._name else None
        except ApiError as error:
            self.fault = f"ClusterRole {self._name}, the owner of what is made, could not be read: {error}"
            return self.references
        self.fault = ""
        self.references = [self._reference(found["metadata"]["uid"])] if found else []
        return self.references

    def _reference(self, uid: str) -> Manifest:
        role = {"apiVersion": CLUSTER_ROLES.api_version, "kind": CLUSTER_ROLES.kind, "name": self._name, "uid": uid}
        return {**role, "blockOwnerDeletion": False}
