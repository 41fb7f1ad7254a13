"""Words of a text, as full-text search sees them (SQLite FTS5, tokenizer unicode61), and wildcard patterns."""

import unicodedata
from typing import Final

_WORD_CLASSES: Final = ("L", "N", "Co")


def words(text: str) -> tuple[str, ...]:
    """Runs of letters and digits, in lower case and without accents; everything else parts them."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.category(c).startswith("M"))
    kept = (c if unicodedata.category(c).startswith(_WORD_CLASSES) else " " for c in plain)
    return tuple("".join(kept).split())


def has_wildcard(text: str) -> bool:
    """Whether `*` or `?` stands in it."""
    return "*" in text or "?" in text


def like_pattern(text: str) -> str:
    """The SQL LIKE pattern (escape character backslash) of a text with `*` and `?`."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%").replace("?", "_")
