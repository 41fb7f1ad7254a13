"""The reference page of the rule options, made from the engine's own table: `python -m podlynx.rules.reference` prints it."""

import sys

import msgspec

from podlynx import _engine

HEAD = """\
<!-- Made by `make gen` from the engine's table of options. -->

# Rule options

Every option of the Snort 3 rule language that Podlynx reads. `podlynx rules explain SID` says what a rule does with them;
`podlynx rules check` counts rules by an option that is parsed but not evaluated yet.

| option | what it does |
|---|---|
"""


class Option(msgspec.Struct):
    """One row of the table."""

    keyword: str
    does: str


def page() -> str:
    """The text of docs/rule-options.md."""
    options = msgspec.json.decode(_engine.rule_options(), type=list[Option])
    return HEAD + "".join(
        f"| `{option.keyword}` | {option.does} |\n" for option in sorted(options, key=lambda each: each.keyword)
    )


if __name__ == "__main__":
    sys.stdout.write(page())
