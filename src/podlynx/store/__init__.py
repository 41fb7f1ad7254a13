"""Stored events. `open_store` answers the `EventStore` for an address; nothing else of the house touches the database."""

from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from podlynx.store.errors import StoreError, StoreUnusable
from podlynx.store.protocol import EventStore, Search, Selection, Statistic
from podlynx.store.sqlite.retention import Retention
from podlynx.store.sqlite.store import SqliteStore

__all__ = ["EventStore", "Retention", "Search", "Selection", "Statistic", "StoreError", "open_store"]

_SCHEME: Final = "sqlite"


def open_store(address: str | Path, *, retention: Retention | None = None) -> EventStore:
    """The store at a path, or at `sqlite:///absolute/path`. Raises `StoreUnusable`, whose text says how to mend it."""
    return SqliteStore(_path_of(address), retention=retention)


def _path_of(address: str | Path) -> Path:
    if isinstance(address, Path) or "://" not in address:
        path = Path(address)
    else:
        parts = urlsplit(address)
        if parts.scheme != _SCHEME or parts.netloc:
            hint = "Give the path of a file, or sqlite:///absolute/path."
            raise StoreUnusable(f"Events cannot be stored at {parts.scheme}://: only SQLite files are known.", hint)
        path = Path(unquote(parts.path))
    if path.is_dir() or not path.name:
        raise StoreUnusable(f"{address} is a folder.", f"Name a file in it, such as {path / 'events.db'}.")
    return path.absolute()
