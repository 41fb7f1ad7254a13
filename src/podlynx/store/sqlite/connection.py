"""Opens the database file, and says in our words what SQLite complains of."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import apsw

from podlynx.store.errors import QueryTooSlow, StoreError, StoreUnusable
from podlynx.store.sqlite.bodies import unpacked

APPLICATION_ID: Final = 0x50444C58
"""`PDLX`: marks the file as ours (sqlite.org/pragma.html#pragma_application_id)."""
BUSY_MILLISECONDS: Final = 10_000
"""How long to wait for another process that writes to the same file."""
JOURNAL_LIMIT: Final = 64 * 1024 * 1024
"""Bytes that the write-ahead log may keep once it was written back."""
WRITER_CACHE: Final = 128 * 1024
"""KiB of pages that the writer keeps: the insides of every index, so that an insert reads nothing."""
READER_CACHE: Final = 32 * 1024
"""KiB of pages that each reader keeps."""
CHECKPOINT_PAGES: Final = 8192
"""Pages of the log (32 MiB) after which it is written back: a page that many transactions change is then written once."""
_STEPS: Final = 20_000
"""Virtual machine steps between two looks at the clock: about a millisecond."""


def open_writer(path: Path) -> apsw.Connection:
    """The one connection that writes; makes the file, readable by its owner only, where there is none."""
    with saying(path):
        _create(path)
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(BUSY_MILLISECONDS)
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "full")
        connection.pragma("journal_size_limit", JOURNAL_LIMIT)
        connection.pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        connection.pragma("cache_size", -WRITER_CACHE)
        connection.pragma("foreign_keys", 0)
        connection.pragma("temp_store", "memory")
        _know_bodies(connection)
    return connection


def open_reader(path: Path) -> apsw.Connection:
    """A connection that only reads."""
    with saying(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(BUSY_MILLISECONDS)
        connection.pragma("query_only", 1)
        connection.pragma("temp_store", "memory")
        connection.pragma("cache_size", -READER_CACHE)
        _know_bodies(connection)
    return connection


def _know_bodies(connection: apsw.Connection) -> None:
    """SQL's `document_text(body)`: the JSON of a stored document."""

    def text(*arguments: Any) -> str:
        return unpacked(arguments[0]).decode()

    connection.create_scalar_function("document_text", text, 1, deterministic=True)


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


@contextmanager
def limited(connection: apsw.Connection, seconds: float) -> Iterator[None]:
    """Ends any statement that is still running after that many seconds with `QueryTooSlow`."""
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        yield
    except apsw.InterruptError:
        hint = "Ask for less: a shorter time, a rule, or an address."
        raise QueryTooSlow(f"The search took longer than {seconds:g} s and was ended.", hint) from None
    finally:
        connection.set_progress_handler(None)


@contextmanager
def saying(path: Path) -> Iterator[None]:
    """Turns what SQLite and the file system raise into a `StoreError` that names the file and the mend."""
    try:
        yield
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise StoreUnusable(f"The event database {path} is damaged, or no SQLite database ({error}).", aside(path)) from error
    except (apsw.FullError, apsw.IOError) as error:
        raise StoreError(f"The event database {path} could not be written ({error}).", "Free some space on its disk.") from error
    except apsw.BusyError as error:
        hint = "Another process holds it: wait for it, or use another file."
        raise StoreError(f"The event database {path} is locked.", hint) from error
    except (OSError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        hint = "Choose a folder and a file that this user may write."
        raise StoreUnusable(f"The event database {path} cannot be opened ({reason}).", hint) from error


def aside(path: Path) -> str:
    """How to go on without that file."""
    return f"Move it away (mv {path} {path}.old) and start again; a new one is made."
