"""Backup while a manager writes, restore as a whole, and what cannot be restored."""

import asyncio

import apsw
import pytest

from podlynx.store import Search, StoreError
from podlynx.store.errors import StoreUnusable
from podlynx.store.sqlite.backup import back_up, restore
from podlynx.store.sqlite.connection import APPLICATION_ID
from podlynx.store.sqlite.store import SqliteStore

from ..engine_events import START, event_document

pytestmark = pytest.mark.anyio


async def filled(path, *sids):
    store = SqliteStore(path)
    await store.ingest([event_document(sid=sid) for sid in sids])
    await store.close()


async def sids(path):
    store = SqliteStore(path)
    found = sorted(row.rule.sid for row in (await store.alerts(Search(dismissed=None, limit=500))).items)
    await store.close()
    return found


async def test_a_backup_is_of_one_moment_while_the_manager_writes(embedded, path, tmp_path):
    await embedded.ingest([event_document(sid=1, time=START + n, packet=bytes(4000)) for n in range(500)])
    backing = asyncio.create_task(asyncio.to_thread(back_up, path, tmp_path / "backup.db"))
    batches = 0
    while not backing.done():
        batches += 1
        await embedded.ingest([event_document(sid=2, time=START + 50 * batches + n) for n in range(50)])
    await backing
    copy = SqliteStore(tmp_path / "backup.db")
    rows = {row.rule.sid: row.count for row in (await copy.alerts(Search())).items}
    assert rows[1] == 500
    assert rows.get(2, 0) % 50 == 0
    assert sum(rows.values()) == (await copy.statistics()).events
    await copy.close()


async def test_restored_events_are_those_of_the_backup_and_the_others_are_kept_beside(path, tmp_path):
    backup = tmp_path / "backup.db"
    await filled(path, 1, 2)
    assert back_up(path, backup) == backup.stat().st_size
    await filled(path, 3)
    assert restore(backup, path) == 2
    assert await sids(path) == [1, 2]
    assert await sids(path.with_name("events.db.before-restore")) == [1, 2, 3]
    assert {each.name for each in tmp_path.iterdir() if "part" in each.name} == set()


async def test_a_database_that_is_damaged_is_replaced(path, tmp_path):
    await filled(path, 1)
    back_up(path, tmp_path / "backup.db")
    path.write_bytes(b"no database " * 500)
    assert restore(tmp_path / "backup.db", path) == 1
    assert await sids(path) == [1]


async def test_nothing_is_restored_under_a_manager_that_runs(embedded, path, tmp_path):
    await embedded.ingest([event_document(sid=1)])
    back_up(path, tmp_path / "backup.db")
    await embedded.ingest([event_document(sid=2)])
    with pytest.raises(StoreUnusable, match="Stop the manager"):
        restore(tmp_path / "backup.db", path)
    assert len((await embedded.alerts(Search())).items) == 2
    await embedded.ingest([event_document(sid=3)])


def damaged(path):
    content = bytearray(path.read_bytes())
    content[8192:12_000] = b"\xff" * 3808
    path.write_bytes(content)


def newer(path):
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA user_version = 9999; PRAGMA application_id = {APPLICATION_ID}")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (damaged, "damaged"),
        (newer, "newer Podlynx"),
        (lambda path: path.write_text("hello"), "no event database"),
        (lambda path: path.unlink(), "no backup"),
    ],
    ids=["damaged", "newer", "something else", "absent"],
)
async def test_what_is_no_good_backup_leaves_all_as_it_was(path, tmp_path, spoil, says):
    backup = tmp_path / "backup.db"
    await filled(path, *range(1, 200))
    back_up(path, backup)
    await filled(path, 900)
    spoil(backup)
    with pytest.raises(StoreError, match=says):
        restore(backup, path)
    assert 900 in await sids(path)


async def test_a_backup_overwrites_nothing(path, tmp_path):
    await filled(path, 1)
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(StoreUnusable, match="exists"):
        back_up(path, tmp_path / "mine")
    with pytest.raises(StoreUnusable, match="no event database"):
        back_up(tmp_path / "nothing.db", tmp_path / "new")
