"""CustomResourceDefinitions made from the models: structural, without `$ref` (Kubernetes API, apiextensions.k8s.io/v1).

`make gen` writes them to `deploy/crds`; a test finds drift.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from podlynx.kubernetes import resources

Manifest = dict[str, Any]


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

    @property
    def name(self) -> str:
        """As `kind:` says it."""
        return self.model.__name__

    @property
    def file(self) -> str:
        """Name of its file in `deploy/crds`."""
        return f"{self.plural}.{self.group}.yaml"


KINDS = (
    Kind(resources.DeepPacketInspection, "projectcalico.org", "v3", "deeppacketinspections", namespaced=True),
    Kind(resources.DeepPacketInspection, "crd.projectcalico.org", "v1", "deeppacketinspections", namespaced=True),
    Kind(resources.IntrusionDetection, "operator.tigera.io", "v1", "intrusiondetections", only_name="tigera-secure"),
    Kind(resources.AlertException, "projectcalico.org", "v3", "alertexceptions"),
    Kind(resources.SecurityEventWebhook, "projectcalico.org", "v3", "securityeventwebhooks"),
)

OURS = {"app.kubernetes.io/part-of": "podlynx"}
"""What marks an object as ours: nothing without it is ever changed. (Not `managed-by`: Helm writes its own name there.)"""


def definition(kind: Kind) -> Manifest:
    """The CustomResourceDefinition of one kind. The table that kubectl prints has NAME and AGE only."""
    names = {"kind": kind.name, "listKind": f"{kind.name}List", "plural": kind.plural, "singular": kind.name.lower()}
    version = {
        "name": kind.version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": _schema(kind)},
        "subresources": {"status": {}},
        "additionalPrinterColumns": [{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{kind.plural}.{kind.group}",
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


def _schema(kind: Kind) -> Manifest:
    (root,), components = msgspec.json.schema_components([kind.model], ref_template="{name}")
    schema: Manifest = _structural(root, components)
    schema["properties"] = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
        **schema["properties"],
    }
    if kind.only_name:
        rule = f"self.metadata.name == '{kind.only_name}'"
        schema["x-kubernetes-validations"] = [{"rule": rule, "message": f"the one {kind.name} is named {kind.only_name}"}]
    return schema


_KEPT = ("type", "description", "enum", "format", "maxLength", "maxItems", "required", "x-kubernetes-validations")
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
