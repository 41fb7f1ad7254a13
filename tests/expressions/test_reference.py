"""The table of fields is that of the code, wherever it was written down."""

from podlynx.expressions.fields import FIELDS
from podlynx.expressions.reference import for_the_page, page


def test_the_page_of_the_docs_has_every_field(pytestconfig):
    committed = (pytestconfig.rootpath / "docs" / "query.md").read_text()
    assert committed == page(committed), "docs/query.md is out of date: make gen"
    assert all(f"| `{field.name}` |" in committed for field in FIELDS)


def test_the_search_box_knows_every_field(pytestconfig):
    committed = (pytestconfig.rootpath / "web" / "src" / "alerts" / "query" / "fields.json").read_text()
    assert committed == for_the_page(), "fields.json is out of date: make gen"
