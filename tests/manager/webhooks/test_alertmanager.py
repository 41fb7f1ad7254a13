"""A real Alertmanager shows what a webhook tells."""

import shutil
import subprocess

import httpx2
import pytest
from tests.absent import absent
from tests.engine_events import event_document
from tests.kubernetes.waiting import until
from tests.ports import free_port

from .conftest import webhook

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alertmanager(tmp_path, anyio_backend):
    program = shutil.which("prometheus-alertmanager")
    if program is None:
        absent("no prometheus-alertmanager: install the Debian package of that name")
    port = free_port()
    (tmp_path / "config.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    arguments = {
        "config.file": tmp_path / "config.yml",
        "storage.path": tmp_path / "data",
        "web.listen-address": f"127.0.0.1:{port}",
        "cluster.listen-address": "",
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 it starts at once
            [program, *(f"--{name}={value}" for name, value in arguments.items())], stdout=log, stderr=log
        )
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:

            async def ready():
                try:
                    return (await client.get("/-/ready")).status_code == 200
                except httpx2.HTTPError:
                    assert process.poll() is None, (tmp_path / "log").read_text()
                    return False

            try:
                await until(ready, 60)
                yield client
            finally:
                process.terminate()
                process.wait()


async def test_it_shows_the_alert(bench, alertmanager):
    url = f"{alertmanager.base_url}/api/v2/alerts".replace("//api", "/api")
    async with bench.at_work(webhook(url, consumer="Alertmanager", labels="team:blue")):
        await bench.store.ingest([event_document(source="shop/web-1", dest="pay/db-0"), event_document(sid=2, service=None)])

        async def shown():
            return (await alertmanager.get("/api/v2/alerts")).json()

        alerts = await until(shown, 60)
        assert bench.state.reason in ("Delivering", "Waiting")
    by_rule = {each["labels"]["rule"]: each for each in alerts}
    first = by_rule["1:57461:1"]
    assert (first["status"]["state"], first["labels"]["dest_name"], first["labels"]["team"]) == ("active", "db-0", "blue")
    assert first["annotations"]["summary"].startswith("MALWARE-BACKDOOR back door reached: shop/web-1")
    assert len(alerts) == 2
