"""Online backup and restore of the database file (sqlite.org/backup.html): consistent while a manager writes."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import apsw

from podlynx.store.errors import StoreUnusable
from podlynx.store.sqlite.connection import APPLICATION_ID, open_reader, saying
from podlynx.store.sqlite.migrate import migrations

_PAGES: Final = 2_000
"""Pages that are copied at once; others write between two steps."""
_MAGIC: Final = b"SQLite format 3\0"


def back_up(source: Path, target: Path) -> int:
    """Copies the database as it stands at one moment into a new file; answers its bytes. Raises StoreUnusable, StoreError.

    All is read in one transaction, so writers never make it begin anew; they go on meanwhile.
    """
    if not source.is_file():
        raise StoreUnusable(f"There is no event database {source}.", "Name the file that the manager uses.")
    if target.exists():
        raise StoreUnusable(f"{target} exists.", "Name a new file, or move that one away.")
    with saying(source):
        _check_ours(source)
    part = target.with_name(f"{target.name}.part")
    with saying(target), _removed(part):
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(open_reader(source)) as reader, closing(apsw.Connection(str(part))) as copy:
            reader.execute("BEGIN; SELECT 1 FROM sqlite_schema")
            _copy(reader, copy)
            copy.pragma("journal_mode", "delete")
        _sync(part)
        part.rename(target)
    return target.stat().st_size


def restore(backup: Path, target: Path) -> int:
    """Puts a backup in the place of the database, whole or not at all; answers its events. Raises StoreUnusable, StoreError.

    The file that was there is kept beside it as `<name>.before-restore`. Refused while a manager has the database open.
    """
    events = _checked(backup)
    with saying(target):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    with saying(target), _removed(part):
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(open_reader(backup)) as reader, closing(apsw.Connection(str(part))) as copy:
            _copy(reader, copy)
        _sync(part)
        if target.exists():
            _aside(target)
        part.rename(target)
        _sync(target.parent)
    return events


def _copy(source: apsw.Connection, target: apsw.Connection) -> None:
    with target.backup("main", source, "main") as running:
        while not running.done:
            running.step(_PAGES)


def _checked(backup: Path) -> int:
    """How many events a backup holds. Raises StoreUnusable for what is damaged, foreign or newer."""
    if not backup.is_file():
        raise StoreUnusable(f"There is no backup {backup}.", "Name a file that `podlynx store backup` wrote.")
    with saying(backup):
        _check_ours(backup)
        with closing(open_reader(backup)) as reader:
            version, newest = int(reader.pragma("user_version")), migrations()[-1][0]
            if version > newest:
                said = f"The backup {backup} was written by a newer Podlynx (schema {version}; this one knows up to {newest})."
                raise StoreUnusable(said, "Use the newer Podlynx.")
            if (found := reader.pragma("integrity_check")) != "ok":
                raise StoreUnusable(f"The backup {backup} is damaged: {str(found)[:200]}.", "Use another one.")
            return int(reader.execute("SELECT events FROM totals").get)


def _check_ours(path: Path) -> None:
    with path.open("rb") as file:
        ours = file.read(len(_MAGIC)) == _MAGIC
    if ours:
        with closing(open_reader(path)) as reader:
            ours = reader.pragma("application_id") == APPLICATION_ID
    if not ours:
        raise StoreUnusable(f"{path} is no event database of Podlynx.", "Name another file.")


def _aside(target: Path) -> None:
    """Moves the present database away, once nobody has it open."""
    connection = apsw.Connection(str(target), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(0)
        connection.pragma("locking_mode", "exclusive")
        # Leaving the write-ahead log needs the file for oneself alone, and writes it back.
        connection.pragma("journal_mode", "delete")
        connection.execute("BEGIN EXCLUSIVE; COMMIT")
    except apsw.BusyError as error:
        raise StoreUnusable(f"The event database {target} is in use.", "Stop the manager first, then restore.") from error
    except (apsw.NotADBError, apsw.CorruptError):
        pass  # it is damaged: that may be why somebody restores
    finally:
        connection.close()
    target.rename(target.with_name(f"{target.name}.before-restore"))
    for suffix in ("-wal", "-shm"):
        target.with_name(f"{target.name}{suffix}").unlink(missing_ok=True)


@contextmanager
def _removed(part: Path) -> Iterator[None]:
    """Leaves no half of a file behind."""
    try:
        yield
    finally:
        part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
