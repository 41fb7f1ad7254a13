"""A rule set on its way from the manager to the nodes: `GET /api/v1/rules/{version}`, JSON, compressed with gzip."""

import hashlib
from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

VERSION_DIGITS: Final = 32
MAX_FILES: Final = 1_000

_Version = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")]


class RuleBundle(msgspec.Struct, frozen=True):
    """`files`: name and text of each. `version` is `version_of` them, so whoever gets the bundle can tell that it is whole."""

    version: _Version
    source: Annotated[str, msgspec.Meta(max_length=255)]
    files: Annotated[list[tuple[str, str]], msgspec.Meta(max_length=MAX_FILES)]


def version_of(files: Iterable[tuple[str, str]]) -> str:
    """The first 32 hex digits of SHA-256 over each file's name and text in order, each with its length in bytes before it."""
    digest = hashlib.sha256()
    for part in (part for file in files for part in file):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()[:VERSION_DIGITS]
