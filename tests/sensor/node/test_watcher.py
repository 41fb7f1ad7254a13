"""A whole sensor: its watch, a real inspector on real veth pairs, its alert files, spool and heartbeat."""

import asyncio
import base64
import os
import signal
import socket
import time
from contextlib import asynccontextmanager

import httpx2
import msgspec
import pytest
from tests.documented_metrics import assert_same
from tests.ports import free_port
from tests.sensor.listening import inspector_pid, until
from tests.sensor.namespaces import Pod
from tests.sensor.node.fakes import PODS, V1, V3, ApiServer, FakeManager, inspection_manifest, pod_manifest

from podlynx.kubernetes.client import Client
from podlynx.models.engine_event import SensorEvent
from podlynx.models.identity import fingerprint, whole_id
from podlynx.sensor.confined.supervisor import InspectorProcess
from podlynx.sensor.limits import Plan
from podlynx.sensor.node.settings import SensorSettings
from podlynx.sensor.node.watcher import Watcher

RULE = 'alert udp any any -> any any ( msg:"a word"; content:"firstword"; sid:1; rev:1; )\n'


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Node:
    """One sensor with everything around it."""

    def __init__(self, folder, api, manager):
        self.folder, self.api, self.manager = folder, api, manager
        self.port = free_port()

    async def start(self):
        (self.folder / "token").write_text("secret\n")
        settings = SensorSettings(
            node="node-1",
            manager=self.manager.url,
            manager_token=self.folder / "token",
            groups=("projectcalico.org/v3", "crd.projectcalico.org/v1"),
            spool=self.folder / "spool",
            alerts=self.folder / "alerts",
            readiness_port=self.port,
        )
        self.client = Client(httpx2.AsyncClient(base_url=self.api.url))
        self.watcher = Watcher(settings, self.client, InspectorProcess(plan=Plan(ring_mib=4)))
        self.running = asyncio.create_task(self.watcher.run())

    async def stop(self):
        self.watcher.stop()
        await self.running
        await self.client.close()

    async def ready(self):
        await until(lambda: self.running.done() or not self.watcher.not_ready())
        assert not self.running.done(), self.running.exception()
        await until(lambda: self.manager.report["rules"].get("version") == self.manager.version)

    def say(self, pod, text=b"firstword"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.sendto(text, (pod.address, 9999))

    def knock(self, pod):
        with socket.socket() as line:
            line.connect_ex((pod.address, 9998))  # refused: a segment each way

    def resource(self, name="dpi"):
        return next((each for each in self.manager.report["resources"] if each["name"] == name), None)

    def monitor(self, name):
        return next((each for each in self.manager.report["monitors"] if each["pod"] == name), {})


@asynccontextmanager
async def node_of(folder):
    api, manager = await ApiServer().start(), await FakeManager().start()
    manager.serve_rules("words.rules", RULE)
    node = Node(folder, api, manager)
    await node.start()
    try:
        yield node
    finally:
        if not node.running.done():
            await node.stop()
        await api.stop()
        await manager.stop()


@pytest.fixture
def pod(namespaces):
    with Pod("10.200.8.2") as made:
        yield made


@pytest.mark.anyio
async def test_from_the_packet_to_the_manager_and_the_alert_file(tmp_path, pod):
    async with node_of(tmp_path) as node:
        node.api.set(V3, "dpi", inspection_manifest("dpi", 'app == "web"'))
        node.api.set(V3, "also", inspection_manifest("also", "all()"))
        node.api.set(V1, "dpi", inspection_manifest("dpi", 'app == "web"', owner=True))
        node.api.set(PODS, "web-1", pod_manifest("web-1", "u1", addresses=[pod.address]))
        await node.ready()
        await until(lambda: node.monitor("web-1").get("monitored"))
        begin = time.time()
        node.say(pod)
        await until(lambda: node.manager.events)
        took = time.time() - begin
        assert node.resource()["success"] is True
        async with httpx2.AsyncClient() as http:
            assert (await http.get(f"http://127.0.0.1:{node.port}/readiness")).status_code == 200
    event = node.manager.events[0]
    assert (event["origin"], event["host"], event["interface"]) == ("dpi.default/also", "node-1", pod.veth)
    assert event["destination"] == {"namespace": "default", "name": "web-1", "name_aggr": "web-*", "uid": "u1"}
    assert [each["origin"] for each in event["observers"]] == ["dpi.default/also", "dpi.default/dpi"]
    assert len(node.manager.events) == 1
    for resource in ("dpi", "also"):
        line = (tmp_path / "alerts" / "default" / resource / "web-1" / "alert_fast.txt").read_text()
        assert '[**] [1:1:1] "a word" [**]' in line
    assert took < 0.5, f"{took * 1000:.0f} ms"


@pytest.mark.anyio
async def test_packets_around_an_alert_are_shipped_and_no_secret_lies_on_a_disk(tmp_path, pod):
    secret = b"Bearer c2VjcmV0LW9mLXNvbWVib2R5"
    async with node_of(tmp_path) as node:
        node.api.set(V3, "dpi", inspection_manifest("dpi", 'app == "web"'))
        node.api.set(PODS, "web-1", pod_manifest("web-1", "u1", addresses=[pod.address]))
        await node.ready()
        await until(lambda: node.monitor("web-1").get("monitored"))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            for text in (b"hello", b"firstword\r\nAuthorization: " + secret, b"Cookie: " + secret):
                line.sendto(text, (pod.address, 9999))
        await until(lambda: len(node.manager.events) == 2)
    event, later = node.manager.events
    (before,), (after,) = event["capture"]["before"], later["after"]["after"]
    assert base64.b64decode(before["bytes"]).endswith(b"hello")
    assert base64.b64decode(after["bytes"]).endswith(b"Cookie: " + b"*" * len(secret))
    assert base64.b64decode(event["payload"]) == b"firstword\r\nAuthorization: " + b"*" * len(secret)
    shipped = msgspec.convert(event, SensorEvent)
    assert later["event_id"] == whole_id(shipped, host="node-1", origin="dpi.default/dpi")
    assert base64.b64decode(later["fingerprint"]) == fingerprint(shipped)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert secret not in kept
    assert base64.b64encode(b"Cookie: " + secret)[:-4] not in kept


@pytest.mark.anyio
async def test_a_pod_that_wants_no_payload_kept(tmp_path, pod):
    async with node_of(tmp_path) as node:
        node.api.set(V3, "dpi", inspection_manifest("dpi", 'app == "web"'))
        manifest = pod_manifest("web-1", "u1", addresses=[pod.address])
        manifest["metadata"]["annotations"] = {"podlynx.io/payloads": "off"}
        node.api.set(PODS, "web-1", manifest)
        await node.ready()
        await until(lambda: node.monitor("web-1").get("monitored"))
        node.say(pod)
        await until(lambda: node.manager.events)
    event = node.manager.events[0]
    assert (event["payload"], event["packet"], event["matches"][0]["bytes"], event["sid"]) == ("", "", "", 1)


@pytest.mark.anyio
async def test_labels_and_selectors_act_within_a_second(tmp_path, pod):
    async with node_of(tmp_path) as node:
        node.api.set(V3, "dpi", inspection_manifest("dpi", 'app == "other"'))
        node.api.set(PODS, "web-1", pod_manifest("web-1", "u1", addresses=[pod.address]))
        await node.ready()
        node.say(pod)
        await asyncio.sleep(0.3)
        assert not node.manager.events
        node.api.set(V3, "dpi", inspection_manifest("dpi", 'app == "web"'))
        await until(lambda: node.monitor("web-1").get("monitored"), 1.0)
        node.say(pod)
        await until(lambda: len(node.manager.events) == 1, 1.0)
        node.api.set(PODS, "web-1", pod_manifest("web-1", "u1", addresses=[pod.address], labels={"app": "gone"}))
        await until(lambda: not node.monitor("web-1"), 1.0)
        node.say(pod)
        await asyncio.sleep(0.3)
    assert len(node.manager.events) == 1


@pytest.mark.anyio
async def test_the_first_packets_of_a_pod_count_though_nobody_knew_it_yet(tmp_path, namespaces):
    async with node_of(tmp_path) as node:
        node.api.set(V3, "dpi", inspection_manifest("dpi", 'app == "web"'))
        await node.ready()
        with Pod("10.200.8.3") as pod:
            await asyncio.sleep(0.1)
            node.say(pod)
            await asyncio.sleep(0.4)
            assert not node.manager.events
            node.api.set(PODS, "web-1", pod_manifest("web-1", "u1", addresses=[pod.address]))
            await until(lambda: node.manager.events)
    assert node.manager.events[0]["destination"]["name"] == "web-1"


@pytest.mark.anyio
async def test_a_pod_that_takes_over_an_address_is_not_mistaken(tmp_path, namespaces):
    async with node_of(tmp_path) as node:
        node.api.set(V3, "dpi", inspection_manifest("dpi", 'app == "web"'))
        await node.ready()
        with Pod("10.200.8.4") as first:
            node.api.set(PODS, "web-1", pod_manifest("web-1", "u1", addresses=[first.address]))
            await until(lambda: node.monitor("web-1").get("monitored"))
            node.say(first)
            await until(lambda: node.manager.events)
        with Pod("10.200.8.4") as second:  # the API server has not told of the first one's end yet
            node.api.set(PODS, "web-2", pod_manifest("web-2", "u2", addresses=[second.address]))
            await until(lambda: node.monitor("web-2").get("monitored"))
            node.say(second)
            await until(lambda: len(node.manager.events) == 2)
            node.api.delete(PODS, "web-1")
            await until(lambda: not node.monitor("web-1"))
            assert node.monitor("web-2")["monitored"]
    assert [event["destination"]["uid"] for event in node.manager.events] == ["u1", "u2"]


@pytest.mark.anyio
async def test_what_is_not_monitored_is_said_never_green(tmp_path, namespaces):
    async with node_of(tmp_path) as node:
        node.api.set(V3, "dpi", inspection_manifest("dpi", "all()"))
        node.api.set(V3, "wrong", inspection_manifest("wrong", 'app == "web'))
        node.api.set(PODS, "host-1", pod_manifest("host-1", "u1", host_network=True))
        node.api.set(PODS, "lost-1", pod_manifest("lost-1", "u2", addresses=["10.200.8.77"]))
        await node.ready()
        await until(lambda: node.resource() and len(node.resource()["errors"]) == 2)
        wrong, right = node.resource("wrong"), node.resource()
    assert (wrong["success"], right["success"]) == (False, False)
    assert "^" in wrong["errors"][0]
    errors = " ".join(right["errors"])
    for words in ("default/host-1", "hostNetwork", "default/lost-1", "captureMode: pod"):
        assert words in errors


TALK = """
import socket
for _ in range(20):
    line = socket.socket()
    line.setblocking(False)
    line.connect_ex(("192.0.2.9", 9999))
"""


@pytest.mark.anyio
async def test_an_interface_that_shows_one_direction_only_is_an_error_until_it_shows_both(tmp_path, pod, monkeypatch):
    monkeypatch.setattr("podlynx.sensor.node.one_way.WINDOW_SECONDS", 0.5)
    pod.ip("neigh", "add", "192.0.2.9", "lladdr", "02:00:00:00:00:09", "dev", "eth0")
    async with node_of(tmp_path) as node:
        node.api.set(V3, "dpi", inspection_manifest("dpi", "all()"))
        node.api.set(PODS, "web-1", pod_manifest("web-1", "u1", addresses=[pod.address]))
        await node.ready()
        await until(lambda: node.monitor("web-1").get("monitored"))
        async with asyncio.timeout(30):
            while not node.monitor("web-1").get("error"):
                await asyncio.to_thread(pod.run, TALK)
        error = node.monitor("web-1")["error"]
        assert not node.resource()["success"]
        async with asyncio.timeout(30):
            while not node.resource()["success"]:
                await asyncio.to_thread(pod.run, TALK)
                for _ in range(20):
                    node.knock(pod)
    assert f"{pod.veth} shows packets from the pod only" in error
    assert error.endswith("captureMode: pod captures inside the pod's network namespace")


@pytest.mark.anyio
async def test_a_dead_capture_is_told_and_mended(tmp_path, pod):
    async with node_of(tmp_path) as node:
        node.api.set(V3, "dpi", inspection_manifest("dpi", "all()"))
        node.api.set(PODS, "web-1", pod_manifest("web-1", "u1", addresses=[pod.address]))
        await node.ready()
        await until(lambda: node.monitor("web-1").get("monitored"))
        told = len(node.manager.reports)
        os.kill(inspector_pid(), signal.SIGKILL)
        await until(lambda: any(not report["capture"]["alive"] for report in node.manager.reports[told:]))
        await until(lambda: node.manager.report["capture"]["alive"] and node.resource()["success"])
        node.say(pod)
        await until(lambda: node.manager.events)
        assert node.manager.report["capture"]["restarts"] == 1


@pytest.mark.anyio
async def test_events_outlive_a_manager_that_is_away_and_a_restart_of_the_sensor(tmp_path, pod):
    async with node_of(tmp_path) as node:
        node.api.set(V3, "dpi", inspection_manifest("dpi", "all()"))
        node.api.set(PODS, "web-1", pod_manifest("web-1", "u1", addresses=[pod.address]))
        await node.ready()
        await until(lambda: node.monitor("web-1").get("monitored"))
        node.manager.away = True
        node.say(pod)
        await until(lambda: node.watcher.spool.waiting == 1)
        node.watcher.shipper.drain = never
        await node.stop()
        node.manager.away = False
        await node.start()
        await until(lambda: node.manager.events)
        await until(lambda: "gap_ms" in node.manager.report["capture"]["counters"])
        # The last good rules are in use at once, before the manager is asked.
        assert node.watcher.rules.report.version == node.manager.version
    assert len(node.manager.events) == 1


async def never():
    pass


@pytest.mark.anyio
async def test_it_tells_numbers_of_its_node_and_no_names(tmp_path, pod):
    async with node_of(tmp_path) as node:
        node.api.set(V3, "dpi", inspection_manifest("dpi", "all()"))
        node.api.set(PODS, "web-1", pod_manifest("web-1", "u1", addresses=[pod.address]))
        await node.ready()
        await until(lambda: node.monitor("web-1").get("monitored"))
        async with httpx2.AsyncClient(trust_env=False) as http:
            told = (await http.get(f"http://127.0.0.1:{node.port}/metrics")).text
    assert_same("Sensor", told)
    assert 'podlynx_sensor_capturing{node="node-1"} 1.0' in told.splitlines()
    assert 'podlynx_sensor_pods{node="node-1"} 1.0' in told.splitlines()
    assert not [line for line in told.splitlines() if not line.startswith("#") and ("default" in line or "web-1" in line)]
