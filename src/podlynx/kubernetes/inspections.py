"""DeepPacketInspections of two groups: which are sources, and what the copy of one looks like. Pure.

People write `projectcalico.org/v3`; what Calico's users type lists `crd.projectcalico.org/v1`. The copy is one-way, v3 to v1, and
says by its ownerReference that it is one. A v1 object without that owner is a source itself.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from podlynx.kubernetes.crds import COPY, OURS, V1_INSPECTION, V3_INSPECTION
from podlynx.kubernetes.kinds import Manifest

_TRACKING: Final = (
    "argocd.argoproj.io/",
    "kustomize.toolkit.fluxcd.io/",
    "helm.toolkit.fluxcd.io/",
    "meta.helm.sh/",
    "helm.sh/",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "kubectl.kubernetes.io/last-applied-configuration",
)
"""Labels and annotations by which tools find what they manage: on the copy they would make a tool prune it."""
_SOURCE: Final = V3_INSPECTION.resource
_COPY: Final = V1_INSPECTION.resource

Name = tuple[str, str]
"""Namespace and name."""


def name_of(manifest: Manifest) -> Name:
    """Namespace and name of an object."""
    return manifest["metadata"].get("namespace") or "", manifest["metadata"]["name"]


def owner_of(manifest: Manifest) -> str:
    """UID of the v3 object that a v1 object is the copy of; empty where it is a source."""
    owners = manifest["metadata"].get("ownerReferences") or []
    return next((each["uid"] for each in owners if source_owner(each)), "")


def source_owner(reference: Mapping[str, str]) -> bool:
    """Whether an ownerReference names a v3 DeepPacketInspection."""
    return (reference["apiVersion"], reference["kind"]) == (_SOURCE.api_version, _SOURCE.kind)


def is_copy(manifest: Manifest) -> bool:
    """Whether it follows another object: such a one is not monitored by itself."""
    return manifest.get("apiVersion", _COPY.api_version) == _COPY.api_version and bool(owner_of(manifest))


def sources(manifests: Iterable[Manifest], *, followed: bool = True) -> list[Manifest]:
    """Those that count, of any group, in the order of their names: no copies, and where both groups hold a name, that of v3.

    `followed`: whether v3 is read at all; where it is not, a copy that is left is all that says what to monitor.
    """
    found: dict[Name, Manifest] = {}
    for each in manifests:
        if not (followed and is_copy(each)) and (name_of(each) not in found or each.get("apiVersion") == _SOURCE.api_version):
            found[name_of(each)] = each
    return [found[name] for name in sorted(found)]


def copy_of(source: Manifest) -> Manifest:
    """The v1 object that follows a v3 one."""
    said = source["metadata"]
    owner = {"apiVersion": _SOURCE.api_version, "kind": _SOURCE.kind, "name": said["name"], "uid": said["uid"]}
    metadata = {
        "name": said["name"],
        "namespace": said["namespace"],
        "labels": _kept(said.get("labels")) | OURS | {COPY: "true"},
        "annotations": _kept(said.get("annotations")),
        "ownerReferences": [{**owner, "blockOwnerDeletion": False, "controller": True}],
    }
    return {"apiVersion": _COPY.api_version, "kind": _COPY.kind, "metadata": metadata, "spec": source.get("spec") or {}}


def is_current(copy: Manifest, source: Manifest) -> bool:
    """Whether a copy says what its source says; labels and annotations that others added to it do not matter."""
    wanted, found = copy_of(source), copy["metadata"]
    same = all(
        (found.get(part) or {}).get(key) == value
        for part in ("labels", "annotations")
        for key, value in wanted["metadata"][part].items()
    )
    return same and owner_of(copy) == source["metadata"]["uid"] and (copy.get("spec") or {}) == wanted["spec"]


def _kept(said: Mapping[str, str] | None) -> dict[str, str]:
    return {key: value for key, value in (said or {}).items() if not key.startswith(_TRACKING)}
