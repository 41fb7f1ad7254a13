"""Stored events. `open_store` answers the `EventStore` for an address; nothing else of the house touches the database."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from podlynx.store.errors import StoreError, StoreUnusable
from podlynx.store.protocol import EventStore, Search, Selection, Statistic
from podlynx.store.search.address import SCHEMES, engine_of
from podlynx.store.search.store import SearchStore
from podlynx.store.sqlite.retention import Retention
from podlynx.store.sqlite.store import SqliteStore

__all__ = [
    "EventStore",
    "Retention",
    "Search",
    "Selection",
    "Statistic",
    "StoreError",
    "is_search_engine",
    "open_store",
    "retention_of",
]

_SCHEME: Final = "sqlite"
_MOST: Final = 1e6


def open_store(
    address: str | Path, *, retention: Retention | None = None, folder: Path | None = None, live: bool = False
) -> EventStore:
    """The store at a path, at `sqlite:///absolute/path`, or in a search engine at `https://host:9200`.

    Of a search engine `PODLYNX_STORE_*` say more (`search.address`); `folder` is where documents are kept that it refuses;
    `live`: what changed is asked for with `changes_since`, and not told by `ingest`. Raises
    `StoreUnusable`, whose text says how to mend it; a search engine that does not answer is found out at first use.
    """
    if is_search_engine(address):
        return SearchStore(engine_of(str(address), folder=folder), retention=retention, tells_changes=not live)
    return SqliteStore(_path_of(address), retention=retention)


def retention_of(variables: Mapping[str, str], *, shared: bool) -> Retention:
    """What `PODLYNX_STORE_DAYS` and `PODLYNX_STORE_GIGABYTES` say, else 30 days and 2 GB (100 GB where `shared`)."""
    days = _positive(variables, "PODLYNX_STORE_DAYS", 30)
    gigabytes = _positive(variables, "PODLYNX_STORE_GIGABYTES", 100 if shared else 2)
    return Retention(seconds=int(days * 86_400), bytes=int(gigabytes * 1024**3))


def _positive(variables: Mapping[str, str], name: str, default: float) -> float:
    try:
        number = float(variables.get(name) or default)
    except ValueError:
        number = 0.0
    if not 0 < number < _MOST:
        raise StoreUnusable(f"{name} is {variables.get(name)!r}.", "Give a number greater than 0, such as 30 or 0.5.")
    return number


def is_search_engine(address: str | Path) -> bool:
    """Whether the address is one of a search engine, which several managers may share."""
    return not isinstance(address, Path) and urlsplit(address).scheme in SCHEMES


def _path_of(address: str | Path) -> Path:
    if isinstance(address, Path) or "://" not in address:
        path = Path(address)
    else:
        parts = urlsplit(address)
        if parts.scheme != _SCHEME or parts.netloc:
            hint = "Give the path of a file, sqlite:///absolute/path, or https://host:9200 of a search engine."
            raise StoreUnusable(f"Events cannot be stored at {parts.scheme}://.", hint)
        path = Path(unquote(parts.path))
    if path.is_dir() or not path.name:
        raise StoreUnusable(f"{address} is a folder.", f"Name a file in it, such as {path / 'events.db'}.")
    return path.absolute()
