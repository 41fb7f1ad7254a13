"""The table of docs/outputs.md is that of the code."""

import pytest

from podlynx.models.schema import event_schema
from podlynx.outputs.crosswalk import ROWS, fields_of
from podlynx.outputs.reference import renewed


def test_the_page_is_up_to_date(pytestconfig):
    text = (pytestconfig.rootpath / "docs" / "outputs.md").read_text()
    assert renewed(text) == text, "run `make gen`"


def test_a_page_without_marks_is_not_written():
    with pytest.raises(ValueError, match="lost its marks"):
        renewed("# Outputs")


@pytest.mark.parametrize("output", ["alert_json", "eve", "ecs"])
def test_no_name_stands_twice_and_none_is_also_a_folder(output):
    paths = [path for path, _ in fields_of(output)]
    assert len(paths) == len(set(paths))
    assert not [path for path in paths for other in paths if other.startswith(f"{path}.")]


def test_every_field_of_a_document_that_is_named_exists():
    definitions = event_schema()["$defs"]

    def exists(path, name="EventDocument"):
        first, _, rest = path.partition(".")
        found = definitions[name]["properties"].get(first)
        if found is None or not rest:
            return found is not None
        (inner,) = [each["$ref"] for each in [found, *found.get("anyOf", [])] if "$ref" in each]
        return exists(rest, inner.rsplit("/", 1)[1])

    named = {row.document for row in ROWS} - {"", "_id"}
    assert [path for path in sorted(named) if not exists(path)] == []
