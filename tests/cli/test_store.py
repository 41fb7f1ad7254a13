"""`podlynx store`: what a person reads, and the exit codes."""

import asyncio
import json

import pytest

from podlynx.store import open_store
from podlynx.store.search.dead_letters import DeadLetters

from ..engine_events import event_document


@pytest.fixture
def database(tmp_path):
    async def filled():
        store = open_store(tmp_path / "events.db")
        await store.ingest([event_document()])
        await store.close()

    asyncio.run(filled())
    return tmp_path / "events.db"


def test_backup_and_restore(podlynx, database, tmp_path):
    backup = tmp_path / "backup.db"
    ended = podlynx("store", "backup", str(backup), "--database", str(database))
    assert (ended.code, "bytes" in ended.out) == (0, True)
    assert podlynx("store", "backup", str(backup), "--database", str(database)).code == 3
    ended = podlynx("store", "restore", str(backup), "--database", str(tmp_path / "new" / "events.db"))
    assert (ended.code, "1 event" in ended.out) == (0, True)
    ended = podlynx("store", "restore", str(tmp_path / "nothing"))
    assert (ended.code, "no backup" in ended.err) == (3, True)


def test_dead_letters_are_listed_and_stay_where_they_cannot_be_stored(podlynx, tmp_path):
    assert podlynx("store", "dead-letters").out == ""
    DeadLetters(tmp_path).add([(event_document(), "mapper_parsing_exception: no date")])
    file = str(tmp_path / "dead-letters.jsonl")
    ended = podlynx("store", "dead-letters", "--file", file)
    assert "no date" in ended.out
    (line,) = podlynx("store", "dead-letters", "--file", file, "--json").out.splitlines()
    assert json.loads(line)["document"]["id"] == event_document().id
    assert podlynx("store", "retry", "--file", file).code == 2
    ended = podlynx("store", "retry", "--file", file, "--store", "sqlite:///proc/none/events.db")
    assert ended.code == 3
    assert "no date" in podlynx("store", "dead-letters", "--file", file).out
    ended = podlynx("store", "retry", "--file", file, "--store", f"sqlite://{tmp_path / 'new.db'}")
    assert (ended.code, "1 stored" in ended.out) == (0, True)
    assert podlynx("store", "dead-letters", "--file", file).out == ""
