"""Numbered migrations: `NNNN_name.sql` beside this file, applied once each, in order; `user_version` says how far."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Final

import apsw

from podlynx.store.errors import StoreUnusable
from podlynx.store.sqlite.connection import APPLICATION_ID, aside, saying

_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


def migrations() -> list[tuple[int, str]]:
    """(number, SQL) of every migration, ascending from 1."""
    entries = files(__package__).joinpath("migrations").iterdir()
    named = ((_NAME.fullmatch(entry.name), entry) for entry in entries)
    return sorted((int(match[1]), entry.read_text()) for match, entry in named if match)


def migrate(connection: apsw.Connection, path: Path) -> None:
    """Brings the schema up to date, all or nothing. Raises `StoreUnusable` for a newer schema or a foreign database."""
    with saying(path):
        connection.execute("BEGIN IMMEDIATE")  # two processes may start at once; the second finds the work done
        try:
            _apply(connection, path)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _apply(connection: apsw.Connection, path: Path) -> None:
    known = migrations()
    version = _version(connection, path, known[-1][0])
    for number, sql in known:
        if number > version:
            connection.execute(sql)
            connection.execute(f"PRAGMA user_version = {number}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _version(connection: apsw.Connection, path: Path, newest: int) -> int:
    """The schema's version, if it is one that we can work with."""
    version = int(connection.pragma("user_version"))
    empty = connection.execute("SELECT count(*) FROM sqlite_schema").get == 0
    if not empty and connection.pragma("application_id") != APPLICATION_ID:
        hint = "Choose another file for the events."
        raise StoreUnusable(f"{path} is a database of another program.", hint)
    if version > newest:
        message = f"The event database {path} was written by a newer Podlynx (schema {version}; this one knows up to {newest})."
        raise StoreUnusable(message, f"Use the newer Podlynx. Or: {aside(path)}")
    return version
