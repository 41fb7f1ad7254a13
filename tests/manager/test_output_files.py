"""Files with all alerts: written once, within caps, never in the way of an alert."""

import json

import pytest

from podlynx.manager import output_files
from podlynx.manager.ingest import Ingest
from podlynx.manager.live import Live
from podlynx.manager.output_files import OutputFiles
from podlynx.manager.payloads_off import PayloadsOff
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings
from podlynx.outputs import rotated

from ..engine_events import event_document, sensor_event

pytestmark = pytest.mark.anyio


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_what_is_stored_is_written_once_to_each_output(tmp_path, store):
    services = Services(store, Settings(outputs=("eve", "alert_fast"), output_folder=tmp_path / "outputs"))
    documents = [event_document(sid=sid, source="shop/a") for sid in (1, 2)]
    for _ in range(2):
        await services.ingest.keep(documents)
    services.outputs.close()
    eve = lines(tmp_path / "outputs" / "eve.json")
    assert [each["alert"]["signature_id"] for each in eve] == [1, 2]
    assert [each["podlynx"]["id"] for each in eve] == [document.id for document in documents]
    assert eve[0]["podlynx"]["source"] == {"namespace": "shop", "name": "a"}
    assert (tmp_path / "outputs" / "alert_fast.txt").read_text().count("[1:") == 2
    assert services.counters["output_lines_lost"]() == 0


async def test_a_disk_that_takes_nothing_is_counted_and_the_alert_is_stored(tmp_path, store):
    (tmp_path / "outputs").write_text("a file where a folder should be")
    services = Services(store, Settings(outputs=("eve",), output_folder=tmp_path / "outputs"))
    assert (await services.ingest.keep([event_document()])).accepted == 1
    services.outputs.close()
    assert services.counters["output_lines_lost"]() == 1


async def test_files_are_turned_over_and_keep_their_cap(tmp_path, monkeypatch):
    monkeypatch.setattr(rotated, "FILE_BYTES", 2000)
    monkeypatch.setattr(output_files, "TOTAL_BYTES", 6000)
    files = OutputFiles(tmp_path, ("eve",))
    for sid in range(30):
        files.take([event_document(sid=sid)])
        files.close()
        files = OutputFiles(tmp_path, ("eve",))
    files.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert set(names) <= {"eve.json", *(f"eve.json.{number}" for number in range(1, 6))}
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 6000 + 2500
    newest = lines(tmp_path / min(names))
    assert newest[-1]["alert"]["signature_id"] == 29


async def test_a_slow_disk_costs_lines_and_no_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(output_files, "WAITING", 3)
    files = OutputFiles(tmp_path, ("eve",))
    files.take([event_document(sid=sid) for sid in range(10)])
    files.close()
    assert files.lost == 7
    assert len(lines(tmp_path / "eve.json")) == 3


@pytest.mark.parametrize(("namespaces", "kept"), [({"pay"}, False), ({"shop"}, False), ({"other"}, True), (set(), True)])
async def test_payloads_of_some_namespaces_are_not_stored(store, namespaces, kept):
    def named(event):
        return event_document(source="shop/checkout", dest="pay/gateway")

    ingest = Ingest(store, Live(max_readers=1, max_each=1, queue=1))
    ingest.document = PayloadsOff(named, frozenset(namespaces))
    document = ingest.document(sensor_event())
    assert bool(document.podlynx.payload) is bool(document.podlynx.packet) is kept
    assert document.podlynx.msg
