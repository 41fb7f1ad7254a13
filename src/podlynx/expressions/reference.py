"""The table of fields for people and for the page's search box; `make gen` writes it where they read it."""

from typing import Final

import msgspec

from podlynx.expressions.fields import FIELDS, Field, Kind

BEGIN: Final = "<!-- fields: made by `make gen` from podlynx/expressions/fields.py -->"
END: Final = "<!-- end of fields -->"
_TAKES: Final[dict[Kind, str]] = {
    "number": "number, range",
    "keyword": "whole value, `*` and `?`",
    "address": "address, network, range, `*`",
    "time": "time, range",
    "words": "words, `*` at the end",
}


class FieldHelp(msgspec.Struct, frozen=True):
    """A field as the search box offers it."""

    name: str
    aliases: tuple[str, ...]
    kind: Kind
    help: str


def table() -> str:
    """The rows of docs/query.md."""
    rows = [f"| `{field.name}` | {_aliases(field)} | {_TAKES[field.kind]} | {field.help} |" for field in FIELDS]
    return "\n".join([BEGIN, "| field | also | takes | meaning |", "|---|---|---|---|", *rows, END])


def page(text: str) -> str:
    """A page with its table made anew. Raises ValueError where it has no place for one."""
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"there is no place between {BEGIN} and {END}")
    return f"{before}{table()}{after}"


def for_the_page() -> str:
    """JSON of the fields, one a line."""
    lines = [msgspec.json.encode(FieldHelp(field.name, field.aliases, field.kind, field.help)).decode() for field in FIELDS]
    return "[\n  " + ",\n  ".join(lines) + "\n]\n"


def _aliases(field: Field) -> str:
    return ", ".join(f"`{alias}`" for alias in field.aliases)
