"""The reference page is what the engine says."""

from podlynx.rules.reference import page


def test_the_page_is_up_to_date(pytestconfig):
    committed = (pytestconfig.rootpath / "docs" / "rule-options.md").read_text()
    assert committed == page(), "docs/rule-options.md is out of date: make gen"
