"""Where a search engine is, and how to be let in: the URL, and what files and environment say beside it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from podlynx.models.event import INDEX
from podlynx.store.errors import StoreUnusable

SCHEMES: Final = frozenset({"http", "https"})
_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_.-")
_VARIABLE: Final = "PODLYNX_STORE_"


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """A search engine to talk to. Secrets in files are read anew each time, so that a rotated one needs no restart."""

    url: str
    index: str = INDEX
    ca: Path | None = None
    username: str = ""
    password: str = ""
    password_file: Path | None = None
    api_key: str = ""
    api_key_file: Path | None = None
    lifecycle: bool = True
    """Whether the engine's own lifecycle management is used where it has one."""
    folder: Path | None = None
    """Where documents that the engine refuses are kept; none are where it is None, only counted."""

    def __repr__(self) -> str:
        """Without secrets."""
        return f"Engine({self.url!r}, index={self.index!r})"


def engine_of(address: str, variables: Mapping[str, str] = os.environ, folder: Path | None = None) -> Engine:
    """The engine at a URL, with what `PODLYNX_STORE_*` say (docs/manager.md). Raises StoreUnusable."""
    said = {
        name.removeprefix(_VARIABLE).lower(): value for name, value in variables.items() if name.startswith(_VARIABLE) and value
    }
    parts = urlsplit(address)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise StoreUnusable(f"{_shown(address)} is no address of a search engine.", "Write https://HOST:9200.")
    if parts.query or parts.fragment:
        raise StoreUnusable(f"{_shown(address)} has more than host, port and path.", "Write https://HOST:9200.")
    if parts.password is not None:
        hint = "Name a file in PODLYNX_STORE_PASSWORD_FILE instead: addresses stand in lists of processes and in logs."
        raise StoreUnusable("The address of the search engine holds a password.", hint)
    host = parts.netloc.rpartition("@")[2]
    return Engine(
        url=f"{parts.scheme}://{host}{parts.path.rstrip('/')}",
        index=_index(said.get("index", INDEX)),
        ca=_file(said, "ca"),
        username=said.get("username", "") or unquote(parts.username or ""),
        password=said.get("password", ""),
        password_file=_file(said, "password_file"),
        api_key=said.get("api_key", ""),
        api_key_file=_file(said, "api_key_file"),
        lifecycle=said.get("lifecycle", "auto") != "off",
        folder=folder,
    )


def _shown(address: str) -> str:
    """The address without what may be a secret."""
    return address.rpartition("@")[2]


def _file(said: Mapping[str, str], name: str) -> Path | None:
    if not said.get(name):
        return None
    path = Path(said[name])
    if not path.is_file():
        raise StoreUnusable(f"{_VARIABLE}{name.upper()} names {path}, which is no file.", "Mount it, or leave the variable out.")
    return path


def _index(name: str) -> str:
    """An index name (Elasticsearch: lower case, at most 255 bytes, some characters not, not every one first)."""
    if not set(name) <= _NAME or name[0] in "_.-" or len(name) > 200:
        hint = "Use lower-case letters, digits, `_`, `-` and `.`, a letter or digit first."
        raise StoreUnusable(f"PODLYNX_STORE_INDEX is {name!r}, which is no name of an index.", hint)
    return name
