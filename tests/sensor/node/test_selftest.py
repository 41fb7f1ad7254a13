"""A self-test through a real veth pair, ring, engine, spool, manager, store and stream; and what keeps others from making one."""

import asyncio
import os
import sys

import httpx2
import msgspec
import pytest
from tests.engine_events import engine_event
from tests.kubernetes.waiting import until
from tests.sensor.namespaces import Pod
from tests.sensor.node.fakes import PODS, V3, ApiServer, inspection_manifest, pod_manifest

from podlynx.kubernetes.client import Client
from podlynx.manager.server import Manager
from podlynx.manager.settings import Settings
from podlynx.models.selftest import GID, SID, STAGES, SelftestResult, datagram
from podlynx.sensor.confined.supervisor import InspectorProcess
from podlynx.sensor.limits import Plan
from podlynx.sensor.node.selftest import NOBODY, NodeSelftest
from podlynx.sensor.node.settings import SensorSettings
from podlynx.sensor.node.watcher import Watcher
from podlynx.store import open_store

RULE = 'alert udp any any -> any any ( msg:"a word"; content:"firstword"; sid:1; rev:1; )\n'
TOKEN = "a" * 32


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Whole:
    """A sensor with its inspector, and the manager that it delivers to."""

    async def start(self, folder):
        (folder / "rules").mkdir()
        (folder / "rules" / "words.rules").write_text(RULE)
        (folder / "token").write_text("of-sensors")
        self.store = open_store(folder / "events.db")
        self.manager = Manager(self.store, Settings(token="of-people", ingest_token="of-sensors"))
        await self.manager.start()
        self.api = await ApiServer().start()
        settings = SensorSettings(
            node="node-1",
            manager=self.manager.url,
            manager_token=folder / "token",
            groups=("projectcalico.org/v3", "crd.projectcalico.org/v1"),
            spool=folder / "spool",
            alerts=folder / "alerts",
            own_rules=folder / "rules",
            readiness_port=0,
        )
        self.client = Client(httpx2.AsyncClient(base_url=self.api.url))
        self.watcher = Watcher(settings, self.client, InspectorProcess(plan=Plan(ring_mib=4)))
        self.running = asyncio.create_task(self.watcher.run())
        await until(lambda: self.running.done() or not self.watcher.not_ready(), 60)

    async def stop(self):
        self.watcher.stop()
        await self.running
        await self.client.close()
        await self.api.stop()
        await self.manager.stop()
        await self.store.close()

    async def podlynx(self, *arguments):
        """Exit code and output of a command."""
        command = [sys.executable, "-m", "podlynx", *arguments, "--url", self.manager.url]
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, "PODLYNX_TOKEN": "of-people"}, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        return process.returncode, said


@pytest.fixture
async def whole(tmp_path, anyio_backend):
    whole = Whole()
    await whole.start(tmp_path)
    yield whole
    await whole.stop()


@pytest.mark.anyio
async def test_a_packet_of_ours_is_followed_to_the_page_and_no_further(whole, namespaces, tmp_path):
    with Pod("10.200.9.2") as pod:
        whole.api.set(V3, "dpi", inspection_manifest("dpi", "all()"))
        whole.api.set(PODS, "web-1", pod_manifest("web-1", "u1", addresses=[pod.address]))
        await until(lambda: any(each.monitored for each in whole.watcher.reporter.monitors()), 30)
        code, said = await whole.podlynx("selftest", "--node", "node-1", "--json")
    result = msgspec.json.decode(said, type=SelftestResult)
    assert result.passed, result
    assert code == 0
    assert tuple(each.name for each in result.stages) == STAGES
    assert not list((tmp_path / "alerts").rglob("alert_fast.txt"))
    assert whole.watcher.report().monitors[0].events == 0
    code, listed = await whole.podlynx("events", "list", "--json")
    assert b"self-test" not in listed


@pytest.mark.anyio
async def test_a_node_where_nothing_is_monitored_says_so_and_what_to_do(whole):
    await until(lambda: whole.watcher.heartbeat.heard, 30)
    code, said = await whole.podlynx("selftest")
    assert code == 1
    assert NOBODY in said.decode()
    assert "kubectl podlynx status" in said.decode()


def event(payload):
    return engine_event(gid=GID, sid=SID, payload=payload)


def test_only_the_packet_that_was_asked_for_passes_and_only_once(monkeypatch):
    sent = []
    monkeypatch.setattr("podlynx.sensor.node.selftest.send", lambda address, token: sent.append((address, token)))
    test = NodeSelftest(lambda: iter(["10.0.0.1"]), lambda: None)
    assert not test.accepts(event(datagram(TOKEN)))
    test.asked(TOKEN)
    test.asked(TOKEN)
    assert sent == [("10.0.0.1", TOKEN)]
    assert not test.accepts(event(datagram("b" * 32)))
    assert test.accepts(event(datagram(TOKEN)))
    assert not test.accepts(event(datagram(TOKEN)))
    assert test.unasked == 3


def test_where_the_first_pod_cannot_be_reached_the_next_one_is_taken(monkeypatch):
    def send(address, _token):
        if address == "10.0.0.1":
            raise OSError(101, "Network is unreachable")

    monkeypatch.setattr("podlynx.sensor.node.selftest.send", send)
    test = NodeSelftest(lambda: iter(["10.0.0.1", "10.0.0.2"]), lambda: None)
    test.asked(TOKEN)
    assert test.report.sent
    assert not test.report.error
