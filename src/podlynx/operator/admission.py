"""Answers to the API server's question whether an object may be written (Kubernetes API, admission.k8s.io/v1). Pure.

Refused is what cannot mean anything: a selector or query that cannot be read, a second IntrusionDetection. What can be told
without refusing (this is a copy; this has no effect yet) is a warning that kubectl prints.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from podlynx.kubernetes.crds import Kind
from podlynx.kubernetes.inspections import is_copy
from podlynx.kubernetes.kinds import Manifest
from podlynx.kubernetes.validation import kind_of, problem_of, unknown_fields_of
from podlynx.kubernetes.webhook_settings import warnings_of

WARNING_LENGTH: Final = 250
"""Characters of a warning (the API asks for no more than 256)."""


class _Named(msgspec.Struct):
    group: str = ""
    version: str = ""
    kind: str = ""


class _Request(msgspec.Struct):
    uid: str
    kind: _Named = msgspec.field(default_factory=_Named)
    operation: str = ""
    name: str = ""
    object: dict[str, Any] | None = None
    oldObject: dict[str, Any] | None = None  # noqa: N815 the API's name


class Review(msgspec.Struct):
    """An AdmissionReview as it comes in."""

    request: _Request


def answer(body: bytes, kinds: Sequence[Kind]) -> bytes:
    """The AdmissionReview to answer with. Raises msgspec.MsgspecError where the question is none.

    `kinds`: those that are ours in this cluster. Calico's own objects of the same names are Calico's to judge.
    """
    request = msgspec.json.decode(body, type=Review).request
    response = {"uid": request.uid, **_decision(request, kinds)}
    return msgspec.json.encode({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response})


def _decision(request: _Request, kinds: Sequence[Kind]) -> Manifest:
    written = request.object
    if written is None or request.operation not in ("CREATE", "UPDATE") or _leaves_spec(written, request.oldObject):
        return {"allowed": True}
    group = f"{request.kind.group}/{request.kind.version}"
    kind = kind_of(group, request.kind.kind)
    if kind is None or kind not in kinds:
        return {"allowed": True}
    problem = problem_of(kind, written)
    if problem is not None:
        return {"allowed": False, "status": {"code": 422, "reason": problem.reason, "message": problem.message}}
    said = [warning[:WARNING_LENGTH] for warning in _warnings(kind, written)]
    return {"allowed": True, **({"warnings": said} if said else {})}


def _leaves_spec(written: Manifest, before: Manifest | None) -> bool:
    """An object that is wrong already must still take a label, and lose a finalizer."""
    if before is None:
        return False
    return bool(written.get("metadata", {}).get("deletionTimestamp")) or written.get("spec") == before.get("spec")


def _warnings(kind: Kind, written: Manifest) -> list[str]:
    spec = written.get("spec") or {}
    if kind.name == "AlertException":
        return unknown_fields_of(kind, spec)
    if kind.name == "SecurityEventWebhook":
        return [*unknown_fields_of(kind, spec), *warnings_of(spec)]
    if kind.name == "IntrusionDetection":
        kept = [field for field in ("anomalyDetection", "intrusionDetectionControllerDeployment") if field in spec]
        return [f"spec.{field} is accepted and kept, without effect here" for field in kept]
    if is_copy(written):
        return ["this object follows the one of the same name in projectcalico.org/v3: what is changed here is changed back"]
    return []
