"""docs/settings.md is what the model says."""

from pathlib import Path

from podlynx.models.settings import Settings
from podlynx.settings.reading import every_field
from podlynx.settings.reference import renewed, table

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_of_now():
    assert PAGE.read_text() == renewed(PAGE.read_text()), "make gen renews it"


def test_every_setting_has_a_row_that_says_what_it_is():
    rows = {row.split("`")[1]: row.split("|")[2].strip() for row in table().splitlines() if row.startswith("| `")}
    assert all(rows.values())
    assert {name.replace("[]", "") for name in rows if "[[" not in name} == set(every_field())
    assert Settings().json() == b"{}"
