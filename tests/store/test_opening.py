"""Files that cannot be used are named, with the mend; a process that is killed leaves a whole database."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import apsw
import pytest

from podlynx.store import Search, StoreError, open_store
from podlynx.store.errors import QueryTooSlow, StoreBusy, StoreClosed, StoreUnusable
from podlynx.store.sqlite import writer
from podlynx.store.sqlite.connection import APPLICATION_ID
from podlynx.store.sqlite.migrate import migrations
from podlynx.store.sqlite.store import SqliteStore

from ..engine_events import START, event_document

pytestmark = pytest.mark.anyio


def database(path, *statements):
    connection = apsw.Connection(str(path))
    for statement in statements:
        connection.execute(statement)
    connection.close()


async def test_the_file_is_its_owners_and_its_folder_is_made(tmp_path):
    path = tmp_path / "a" / "b" / "events.db"
    store = open_store(f"sqlite://{path}")
    await store.ingest([event_document()])
    modes = {stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()}
    assert modes == {0o600}
    await store.close()


@pytest.mark.parametrize(
    ("spoil", "says", "mend"),
    [
        (lambda path: path.write_bytes(b"not a database " * 100), "damaged, or no SQLite database", "mv "),
        (
            lambda path: database(
                path, f"PRAGMA application_id={APPLICATION_ID}", "CREATE TABLE t(a)", "PRAGMA user_version=9999"
            ),
            "newer",
            "mv ",
        ),
        (lambda path: database(path, "CREATE TABLE customers(a)"), "another program", "another file"),
        (lambda path: path.mkdir(), "is a folder", "events.db"),
    ],
    ids=["no database", "newer schema", "foreign database", "a folder"],
)
def test_a_file_that_cannot_be_used(path, spoil, says, mend):
    spoil(path)
    with pytest.raises(StoreUnusable) as caught:
        open_store(path)
    assert says in caught.value.message
    assert str(path) in str(caught.value)
    assert mend in caught.value.hint


def test_a_damaged_page_is_a_clear_error(path):
    with open_and_close(path):
        pass
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    path.write_bytes(content)
    with pytest.raises(StoreUnusable, match="damaged"):
        open_store(path)


@pytest.mark.parametrize("address", ["postgres://x/y", "sqlite://host/x.db"])
def test_an_address_that_is_not_known(address):
    with pytest.raises(StoreUnusable, match="sqlite"):
        open_store(address)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreUnusable, match="cannot be opened"):
        open_store(tmp_path / "events.db")


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnusable, match="cannot be opened"):
        open_store(tmp_path / "file" / "events.db")


class open_and_close:  # noqa: N801 reads like open_store
    def __init__(self, path):
        self._store = SqliteStore(path)

    def __enter__(self):
        return self._store

    def __exit__(self, *error):
        self._store._close()


def test_migrations_are_numbered_without_a_gap():
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


async def test_two_processes_may_use_one_file(path):
    one, other = open_store(path), open_store(path)
    await one.ingest([event_document(time=START)])
    await other.ingest([event_document(time=START), event_document(time=START + 1)])
    assert [row.count for row in (await one.alerts(Search())).items] == [2]
    await one.close()
    await other.close()


async def test_a_full_queue_refuses_at_once_and_counts(embedded, monkeypatch):
    store = embedded
    monkeypatch.setattr(writer, "MAX_JOBS", 0)
    with pytest.raises(StoreBusy, match="again"):
        await store.ingest([event_document()])
    assert (await store.statistics()).refused_busy == 1


async def test_a_closed_store_says_so(store):
    await store.close()
    with pytest.raises(StoreClosed):
        await store.ingest([event_document()])
    with pytest.raises(StoreClosed):
        await store.alerts(Search())


async def test_a_slow_search_is_ended(path):
    store = SqliteStore(path, read_seconds=0)
    await store.ingest([event_document(sid=n, time=START + n) for n in range(3000)])
    with pytest.raises(QueryTooSlow, match="shorter time"):
        await store.alerts(Search())
    assert store._readers.timed_out == 1
    await store.close()


async def test_a_disk_that_is_full_is_said_and_what_was_there_stays(path):
    store = SqliteStore(path)
    await store.ingest([event_document()])
    store._connection.pragma("max_page_count", store._connection.pragma("page_count"))
    with pytest.raises(StoreError, match="Free some space"):
        await store.ingest([event_document(time=n, packet=os.urandom(60_000)) for n in range(10)])
    assert [row.count for row in (await store.alerts(Search())).items] == [1]
    store._connection.pragma("max_page_count", 2**30)
    assert (await store.ingest([event_document(time=START + 1)])).accepted == 1
    await store.close()


WRITES_FOR_EVER = """
    import asyncio, sys
    from tests.engine_events import event_document
    from podlynx.store import open_store

    async def main():
        store = open_store(sys.argv[1])
        for batch in range(10**6):
            await store.ingest([event_document(time=batch * 100 + n) for n in range(50)])
            print(batch, flush=True)

    asyncio.run(main())
"""


@pytest.mark.parametrize("batches", [1, 3, 10])
async def test_killed_at_any_moment_it_keeps_what_it_acknowledged(path, batches):
    write_until_killed(path, batches)
    store = open_store(path)
    events = (await store.statistics()).events
    assert events >= batches * 50
    assert events % 50 == 0
    assert [row.count for row in (await store.alerts(Search())).items] == [events]
    check_integrity(path)
    await store.close()


def write_until_killed(path, batches):
    """Another process writes; it is killed as soon as it acknowledged that many batches of 50."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(root / "src")])}
    command = [sys.executable, "-c", textwrap.dedent(WRITES_FOR_EVER), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        acknowledged = [process.stdout.readline() for _ in range(batches)]
        process.send_signal(signal.SIGKILL)
    assert acknowledged[-1] == f"{batches - 1}\n".encode()


def check_integrity(path):
    connection = apsw.Connection(str(path))
    assert connection.pragma("integrity_check") == "ok"
    connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    connection.close()
