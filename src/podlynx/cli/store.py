"""`podlynx store`: backup and restore of the embedded database; documents that a search engine refused."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import msgspec

from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.manager import DatabaseOption, default_database
from podlynx.cli.options import flag, value
from podlynx.cli.serving import opened_store
from podlynx.cli.terminal import count
from podlynx.rules.directories import data_directory
from podlynx.store import StoreError
from podlynx.store.search.dead_letters import NAME, DeadLetter, read
from podlynx.store.sqlite.backup import back_up, restore

_TOGETHER: Final = 500
LettersOption = Annotated[Path | None, value("The file. Default: manager/dead-letters.jsonl of the data folder.")]


def backup_store(file: Path, /, *, database: DatabaseOption = None) -> int:
    """Copy the event database into a new file, while the manager goes on writing."""
    with _told():
        size = back_up(_database(database), file)
    print(f"{file}: {size:,} bytes")
    return Exit.OK


def restore_store(file: Path, /, *, database: DatabaseOption = None) -> int:
    """Put a backup in the place of the event database. The manager must be stopped; the file that was there is kept beside it."""
    target = _database(database)
    with _told():
        events = restore(file, target)
    print(f"{target}: {count(events, 'event')}")
    return Exit.OK


def dead_letters_store(*, file: LettersOption = None, json: Annotated[bool, flag("One JSON object a line.")] = False) -> int:
    """List documents that the search engine refused, and why."""
    for letter in _letters(file):
        if json:
            print(msgspec.json.encode(letter).decode())
        else:
            print(f"{letter.time}  {letter.document.id}  {letter.reason}")
    return Exit.OK


def retry_store(*, store: Annotated[str | None, value("Where: https://HOST:9200. Default: PODLYNX_STORE.")] = None,
    file: LettersOption = None) -> int:  # fmt: skip
    """Store the refused documents once more; those that are refused again stay in the file."""
    address = store or os.environ.get("PODLYNX_STORE")
    if not address:
        raise CommandError(Exit.USAGE, "no store is named", "give --store https://HOST:9200, or set PODLYNX_STORE")
    path = file or data_directory() / "manager" / NAME
    letters = list(_letters(path))
    if not letters:
        print("there are none")
        return Exit.OK
    taken = path.with_name(f"{path.name}.retried")
    path.replace(taken)
    with _told(), _put_back(taken, path):
        accepted, duplicates = asyncio.run(_stored(address, letters))
    refused = len(letters) - accepted - duplicates
    print(f"{accepted} stored, {duplicates} were there, {refused} refused again")
    return Exit.OK if refused <= 0 else Exit.UNREADABLE


async def _stored(address: str, letters: list[DeadLetter]) -> tuple[int, int]:
    accepted = duplicates = 0
    async with opened_store(address) as store:
        for part in _parts(letters):
            result = await store.ingest([each.document for each in part], told=False)
            accepted += result.accepted
            duplicates += result.duplicates
        refused = (await store.statistics()).refused_documents
    return accepted, duplicates - refused


@contextmanager
def _put_back(taken: Path, path: Path) -> Iterator[None]:
    """Removes what was taken, once it was tried; where it could not be it stands behind what came meanwhile."""
    try:
        yield
    except BaseException:
        with path.open("ab") as file:
            file.write(taken.read_bytes())
        raise
    finally:
        taken.unlink()


def _parts(letters: list[DeadLetter]) -> Iterator[list[DeadLetter]]:
    rest = iter(letters)
    while part := list(islice(rest, _TOGETHER)):
        yield part


def _letters(file: Path | None) -> Iterator[DeadLetter]:
    path = file or data_directory() / "manager" / NAME
    try:
        yield from read(path)
    except FileNotFoundError:
        return
    except OSError as error:
        said = f"cannot read {path}: {(error.strerror or str(error)).lower()}"
        raise CommandError(Exit.UNREADABLE, said, "name another with --file") from error


def _database(named: Path | None) -> Path:
    return named or Path(os.environ.get("PODLYNX_DATABASE") or default_database())


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise CommandError(Exit.UNREADABLE, error.message, error.hint) from error
