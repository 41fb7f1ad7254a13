"""The CRDs are those of the models, structural, and take the walk-through's manifests as typed."""

from pathlib import Path

import jsonschema
import msgspec
import pytest

from podlynx.kubernetes.crds import KINDS, definition
from podlynx.kubernetes.resources import DeepPacketInspection, IntrusionDetection

CHECKOUT = Path(__file__).resolve().parents[2]
CRDS = CHECKOUT / "deploy" / "crds"
WALK_THROUGH = CHECKOUT / "demo" / "60-deep-packet-inspection"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.file)
def test_the_committed_file_is_what_the_models_say(kind):
    written = (CRDS / kind.file).read_bytes()
    assert written == msgspec.yaml.encode(definition(kind)), "run `make gen`"


def test_nothing_else_lies_there():
    assert {path.name for path in CRDS.iterdir()} == {kind.file for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.file)
def test_schemas_are_structural(kind):
    def check(schema, path):
        assert "$ref" not in schema, path
        assert "type" in schema or schema.get("x-kubernetes-int-or-string"), path
        for name, inner in schema.get("properties", {}).items():
            check(inner, f"{path}.{name}")
        if "items" in schema:
            check(schema["items"], f"{path}[]")

    version = definition(kind)["spec"]["versions"][0]
    check(version["schema"]["openAPIV3Schema"], kind.name)
    assert version["subresources"] == {"status": {}}
    columns = version["additionalPrinterColumns"]
    assert [column["name"] for column in columns if not column.get("priority")] == ["Age"], "more only with -o wide"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.file)
def test_every_field_is_explained(kind):
    def check(schema, path):
        for name, inner in schema.get("properties", {}).items():
            if (path, name) != (kind.name, "metadata"):  # the API server knows that one, and allows no words on it
                assert inner.get("description", "").endswith("."), f"{path}.{name}"
            check(inner, f"{path}.{name}")
        if "items" in schema:
            check(schema["items"], f"{path}[]")

    check(definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"], kind.name)


@pytest.mark.parametrize(
    ("file", "model"), [("sample-dpi-frontend.yaml", DeepPacketInspection), ("resource-dpi.yaml", IntrusionDetection)]
)
def test_the_walk_through_is_accepted(file, model):
    manifest = msgspec.yaml.decode((WALK_THROUGH / file).read_bytes())
    group, version = manifest["apiVersion"].split("/")
    kind = next(kind for kind in KINDS if (kind.group, kind.version, kind.name) == (group, version, manifest["kind"]))
    jsonschema.validate(manifest, definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
    assert isinstance(msgspec.convert(manifest, model), model)


def test_scope_and_the_one_name_of_intrusion_detection():
    kind = next(kind for kind in KINDS if kind.name == "IntrusionDetection")
    spec = definition(kind)["spec"]
    assert spec["scope"] == "Cluster"
    assert "tigera-secure" in spec["versions"][0]["schema"]["openAPIV3Schema"]["x-kubernetes-validations"][0]["rule"]


DEFAULTS = {"componentName": "DeepPacketInspection", "resourceRequirements": {"limits": {"cpu": 1, "memory": "1.5Gi"}}}


def limits(**amounts):
    return {"componentResources": [{**DEFAULTS, "resourceRequirements": {"limits": amounts}}]}


@pytest.mark.parametrize(
    ("name", "spec", "accepted"),
    [
        ("IntrusionDetection", {"componentResources": [DEFAULTS]}, True),
        ("IntrusionDetection", {"anomalyDetection": {"storageClassName": "x"}}, True),
        ("IntrusionDetection", limits(memory="1 GB"), False),
        ("IntrusionDetection", limits(cpu="lots"), False),
        ("IntrusionDetection", {"componentResources": [DEFAULTS, DEFAULTS]}, False),
        ("IntrusionDetection", {"componentResources": [{**DEFAULTS, "componentName": "Other"}]}, False),
        ("DeepPacketInspection", {}, True),
        ("DeepPacketInspection", {"selector": "a" * 4097}, False),
        ("AlertException", {"description": "d", "selector": "s"}, False),
        ("SecurityEventWebhook", {"consumer": "Pager", "state": "Enabled", "query": "", "config": []}, False),
        (
            "SecurityEventWebhook",
            {"consumer": "Slack", "state": "Test", "query": "", "config": [{"name": "u", "value": "v"}]},
            True,
        ),
    ],
)
def test_what_the_schemas_take(name, spec, accepted):
    kind = next(kind for kind in KINDS if kind.name == name)
    schema = definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert jsonschema.Draft202012Validator(schema).is_valid({"spec": spec}) is accepted
    if accepted:
        msgspec.convert({"spec": spec}, kind.model)
