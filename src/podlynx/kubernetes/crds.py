"""CustomResourceDefinitions made from the models: structural, without `$ref` (Kubernetes API, apiextensions.k8s.io/v1).

`make gen` writes them to `deploy/crds`; a test finds drift.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from podlynx.kubernetes import resources
from podlynx.kubernetes.kinds import Manifest, Resource


@dataclass(frozen=True)
class Kind:
    """A resource and how the cluster serves it."""

    model: type[msgspec.Struct]
    group: str
    version: str
    plural: str
    namespaced: bool = False
    only_name: str = ""
    """The one name that an object may have; empty: any."""
    columns: tuple[tuple[str, str], ...] = ()
    """Title and JSON path of what `kubectl get -o wide` shows beside name and age."""

    @property
    def name(self) -> str:
        """As `kind:` says it."""
        return self.model.__name__

    @property
    def resource(self) -> Resource:
        """Where the API server serves it."""
        return Resource(self.group, self.version, self.plural, self.name, namespaced=self.namespaced)

    @property
    def file(self) -> str:
        """Name of its file in `deploy/crds`."""
        return f"{self.resource.definition}.yaml"


_READY = ("Ready", '.status.conditions[?(@.type=="Ready")].status')
_SELECTED = (("Selector", ".spec.selector"), _READY)
SELECTOR_COLUMN = {"Selector": "selector"}
"""The column by which sensors read the selector, so that they need not be sent every node's status."""
_STATE = (("State", ".status.state"), _READY)
_INSPECTIONS, _DETECTIONS = "deeppacketinspections", "intrusiondetections"

V3_INSPECTION = Kind(resources.DeepPacketInspection, "projectcalico.org", "v3", _INSPECTIONS, namespaced=True, columns=_SELECTED)
V1_INSPECTION = Kind(
    resources.DeepPacketInspection, "crd.projectcalico.org", "v1", _INSPECTIONS, namespaced=True, columns=_SELECTED
)
DETECTION = Kind(resources.IntrusionDetection, "operator.tigera.io", "v1", _DETECTIONS, only_name="tigera-secure", columns=_STATE)
_TIMES = (("Start", ".spec.startTime"), ("End", ".spec.endTime"), _READY)
_CONSUMERS = (
    ("Consumer", ".spec.consumer"),
    ("State", ".spec.state"),
    ("Healthy", '.status[?(@.type=="Healthy")].status'),
)
_EXCEPTIONS, _WEBHOOKS = "alertexceptions", "securityeventwebhooks"
EXCEPTION = Kind(resources.AlertException, "projectcalico.org", "v3", _EXCEPTIONS, columns=_TIMES)
WEBHOOK = Kind(resources.SecurityEventWebhook, "projectcalico.org", "v3", _WEBHOOKS, columns=_CONSUMERS)
BESIDE_INSPECTION = Kind(resources.DeepPacketInspection, "podlynx.io", "v1", _INSPECTIONS, namespaced=True, columns=_SELECTED)
BESIDE_DETECTION = Kind(resources.IntrusionDetection, "podlynx.io", "v1", _DETECTIONS, only_name="tigera-secure", columns=_STATE)
"""The group of our own, where Calico's commercial products hold the others."""
BESIDE_EXCEPTION = Kind(resources.AlertException, "podlynx.io", "v1", _EXCEPTIONS, columns=_TIMES)
BESIDE_WEBHOOK = Kind(resources.SecurityEventWebhook, "podlynx.io", "v1", _WEBHOOKS, columns=_CONSUMERS)
"""The same, and where Calico's own API server serves projectcalico.org/v3, which hides CRDs of that group."""
KINDS = (
    V3_INSPECTION,
    V1_INSPECTION,
    DETECTION,
    EXCEPTION,
    WEBHOOK,
    BESIDE_INSPECTION,
    BESIDE_DETECTION,
    BESIDE_EXCEPTION,
    BESIDE_WEBHOOK,
)

OURS = {"app.kubernetes.io/part-of": "podlynx"}
"""What marks an object as ours: nothing without it is ever changed. (Not `managed-by`: Helm writes its own name there.)"""


COPY = "podlynx.io/copy"
"""Label of the v1 copies of v3 objects: sensors, which read the originals, are not told of these."""


def definition(kind: Kind) -> Manifest:
    """The CustomResourceDefinition of one kind. The table that kubectl prints has NAME and AGE only; `-o wide` shows more."""
    names = {"kind": kind.name, "listKind": f"{kind.name}List", "plural": kind.plural, "singular": kind.name.lower()}
    version = {
        "name": kind.version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": _schema(kind)},
        "subresources": {"status": {}},
        "additionalPrinterColumns": [{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}, *_wide(kind)],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": kind.resource.definition,
            "labels": OURS,
            # Uninstalling a CRD would delete what people wrote.
            "annotations": {"helm.sh/resource-policy": "keep"},
        },
        "spec": {
            "group": kind.group,
            "names": names,
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "versions": [version],
        },
    }


def _wide(kind: Kind) -> list[Manifest]:
    return [{"name": name, "type": "string", "jsonPath": path, "priority": 1} for name, path in kind.columns]


def _schema(kind: Kind) -> Manifest:
    (root,), components = msgspec.json.schema_components([kind.model], ref_template="{name}")
    schema: Manifest = _structural(root, components)
    schema["properties"] = {
        "apiVersion": {"type": "string", "description": "Group and version of the object's schema."},
        "kind": {"type": "string", "description": "Kind of the object."},
        "metadata": {"type": "object"},
        **schema["properties"],
    }
    if kind.only_name:
        rule = f"self.metadata.name == '{kind.only_name}'"
        schema["x-kubernetes-validations"] = [
            {"rule": rule, "message": f"there is one {kind.name} and its name is {kind.only_name}"}
        ]
    return schema


_KEPT = ("type", "description", "enum", "format", "maxLength", "minLength", "maxItems", "required", "x-kubernetes-validations")
_INT_OR_STRING = {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}


def _structural(schema: Any, components: Manifest) -> Any:
    """References filled in, and what the API server does not take left out."""
    if "$ref" in schema:  # what stands beside a reference is nearer to the field than what it refers to
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return _structural({**components[schema["$ref"]], **beside}, components)
    out = {key: value for key, value in schema.items() if key in _KEPT}
    if not out.get("required", True):
        del out["required"]
    if "enum" in schema:
        out["type"] = "string"
    if "properties" in schema:
        out["properties"] = {name: _structural(inner, components) for name, inner in schema["properties"].items()}
    elif schema.get("type") == "object":
        out |= _free_form(schema)
    if "items" in schema:
        out["items"] = _structural(schema["items"], components)
    return out


def _free_form(schema: Manifest) -> Manifest:
    inner = schema.get("additionalProperties")
    if not inner:
        return {"x-kubernetes-preserve-unknown-fields": True}
    # The only maps that people fill are quantities: `cpu: 1` is as good as `cpu: "1"`.
    return {"additionalProperties": {**_INT_OR_STRING, "pattern": resources.QUANTITY}}
