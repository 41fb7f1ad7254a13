"""Server-side apply of what is ours, and of nothing else (Kubernetes API, "Server-Side Apply").

Our field manager owns the fields that our manifests name, and takes them back where somebody changed them; fields of others in
the same object stay as they are. An object without our label is somebody else's: it is neither changed nor deleted.
"""

from typing import Final, Literal

from podlynx.kubernetes.client import Client
from podlynx.kubernetes.crds import OURS
from podlynx.kubernetes.errors import ClusterError
from podlynx.kubernetes.kinds import Manifest, resource_of

FIELD_MANAGER: Final = "podlynx-operator"

Outcome = Literal["created", "changed", "unchanged"]


class NotOurs(ClusterError):
    """An object of the name we need is there, without our label."""

    def __init__(self, manifest: Manifest) -> None:
        label, value = next(iter(OURS.items()))
        found = f"{named(manifest)} exists without the label {label}={value} and is left alone"
        super().__init__(f"{found}: delete it, or label it to hand it over")


def named(manifest: Manifest) -> str:
    """`DaemonSet tigera-dpi/tigera-dpi`, for people."""
    metadata = manifest["metadata"]
    namespace = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{manifest.get('kind', 'object')} {namespace}{metadata['name']}"


def is_ours(manifest: Manifest) -> bool:
    """Whether it carries our label."""
    labels = manifest["metadata"].get("labels") or {}
    return all(labels.get(key) == value for key, value in OURS.items())


async def apply(client: Client, manifest: Manifest) -> Outcome:
    """Makes the object as the manifest says. Raises NotOurs, and what Client raises."""
    resource, metadata = resource_of(manifest), manifest["metadata"]
    before = await client.find(resource, metadata["name"], metadata.get("namespace"))
    if before is not None and not is_ours(before):
        raise NotOurs(manifest)
    after = await client.apply(resource, manifest, manager=FIELD_MANAGER)
    if before is None:
        return "created"
    return "unchanged" if _version(before) == _version(after) else "changed"


async def remove(client: Client, manifest: Manifest) -> bool:
    """Deletes the object that the manifest names, if it is ours. Whether there was one. Raises NotOurs."""
    resource, metadata = resource_of(manifest), manifest["metadata"]
    found = await client.find(resource, metadata["name"], metadata.get("namespace"))
    if found is None or found["metadata"].get("deletionTimestamp"):
        return False
    if not is_ours(found):
        raise NotOurs(manifest)
    return await client.delete(resource, metadata["name"], metadata.get("namespace"), uid=found["metadata"]["uid"])


def _version(manifest: Manifest) -> str:
    return str(manifest["metadata"].get("resourceVersion"))
