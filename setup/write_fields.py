"""Writes the fields of the event query where people and the page read them: docs/query.md and the page's fields.json."""

from pathlib import Path

from podlynx.expressions.reference import for_the_page, page

CHECKOUT = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    docs = CHECKOUT / "docs" / "query.md"
    docs.write_text(page(docs.read_text()))
    (CHECKOUT / "web" / "src" / "alerts" / "query" / "fields.json").write_text(for_the_page())
