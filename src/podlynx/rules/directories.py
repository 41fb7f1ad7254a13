"""Where Podlynx keeps what outlives a process (XDG Base Directory Specification 0.8)."""

import os
from pathlib import Path


def data_directory() -> Path:
    """`$PODLYNX_DATA`, else `$XDG_DATA_HOME/podlynx`, else `~/.local/share/podlynx`. Not created here."""
    if own := os.environ.get("PODLYNX_DATA"):
        return Path(own)
    if (xdg := os.environ.get("XDG_DATA_HOME")) and Path(xdg).is_absolute():  # the specification ignores relative ones
        return Path(xdg) / "podlynx"
    return Path.home() / ".local" / "share" / "podlynx"


def cache_directory() -> Path:
    """`$PODLYNX_CACHE`, else `$XDG_CACHE_HOME/podlynx`, else `~/.cache/podlynx`: may be deleted at any time. Not created here."""
    if own := os.environ.get("PODLYNX_CACHE"):
        return Path(own)
    if (xdg := os.environ.get("XDG_CACHE_HOME")) and Path(xdg).is_absolute():
        return Path(xdg) / "podlynx"
    return Path.home() / ".cache" / "podlynx"


def fetched_rules() -> Path:
    """The folder that `podlynx rules fetch` keeps up to date (a link to the version in use)."""
    return data_directory() / "rules" / "community"
