"""The reference page of the rule options, made from the engine's own table: `python -m podlynx.rules.reference` prints it."""

import sys
from typing import Literal

import msgspec

from podlynx import _engine

HEAD = """\
<!-- Made by `make gen` from the engine's table of options. -->

# Rule options

Every option of the Snort 3 rule language, as its [rule writing guide](https://docs.snort.org) and reference manual name them.
`podlynx rules explain SID` says what a rule does with them; `podlynx rules check` says which rules could not be used, and why.
"""

Support = Literal["evaluated", "accepted", "refused"]

SECTIONS: dict[Support, str] = {
    "evaluated": """
## Evaluated

They decide whether a rule matches. Of the arguments of the HTTP options, `with_header`, `with_body` and `with_trailer` say
nothing, as in Snort 3.12; `request` means the request while its response is inspected, and such a rule is held against a
message once.

| option | what it does |
|---|---|
""",
    "accepted": """
## Accepted without effect on what matches

They are read and checked, and shown with the alert where they are for people. Packets are watched, never changed.

| option | what it says |
|---|---|
""",
    "refused": """
## Refused

A rule with one of these is not used: it could only match wrongly or never. `podlynx rules check` names the option and its place
(`D007`). So are `width` and `endian` of `content`.

| option | what it does in Snort | why it is refused |
|---|---|---|
""",
}


class Option(msgspec.Struct):
    """One row of a table."""

    keyword: str
    does: str
    support: Support
    why: str = ""

    @property
    def row(self) -> str:
        """As Markdown."""
        cells = [f"`{self.keyword}`", self.does, *([self.why] if self.support == "refused" else [])]
        return f"| {' | '.join(cells)} |\n"


def page() -> str:
    """The text of docs/rule-options.md."""
    options = msgspec.json.decode(_engine.rule_options(), type=list[Option])
    chosen = {support: [each.row for each in options if each.support == support] for support in SECTIONS}
    return HEAD + "".join(head + "".join(chosen[support]) for support, head in SECTIONS.items())


if __name__ == "__main__":
    sys.stdout.write(page())
