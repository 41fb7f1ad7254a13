"""Certificates and their authority change while events flow: nothing is lost, and nobody is restarted."""

import asyncio
import json
import random
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import msgspec
import pytest
from tests.chaos.mounts import mount
from tests.chaos.processes import PATIENCE, SEED, stored_once, until
from tests.chaos.source import event
from tests.kubernetes.waiting import until as until_so
from tests.manager.test_cluster import NODES, answer

from podlynx.kubernetes.client import Client
from podlynx.manager import certificates, sealing
from podlynx.manager.cluster import cluster_manager
from podlynx.manager.environment import read_environment
from podlynx.manager.oidc import provider as oidc
from podlynx.manager.oidc.settings import OidcSettings
from podlynx.models.sensor_report import SensorReport
from podlynx.operator import session_keys
from podlynx.operator.certificates import issue, new_authority
from podlynx.operator.listening import TlsContext, serving, webhook
from podlynx.sensor.node.door import ManagerDoor
from podlynx.sensor.spool.shipping import Shipper
from podlynx.sensor.spool.spool import Spool
from podlynx.store.protocol import Selection
from podlynx.store.search.address import Engine
from podlynx.store.search.http import Http

pytestmark = pytest.mark.anyio
ROUNDS = 5
NAMES = ("localhost", "127.0.0.1")


class Sensor:
    """One node's spool, shipper and heartbeat; its authority is mounted in a folder of its own."""

    def __init__(self, folder, manager, node, authority):
        self.node, self.folder = node, folder
        folder.mkdir()
        (folder / "token").write_text(NODES[node])
        self.mount(authority)
        self.spool = Spool(folder / "spool", host=node, file_bytes=64 << 10)
        self.door = ManagerDoor(manager.url, node, token=folder / "token", authority=folder / "ca" / "ca.crt")
        self.shipper = Shipper(self.spool, self.door)
        self.number = self.beats = 0

    def mount(self, authority):
        mount(self.folder / "ca", {"ca.crt": authority})

    async def see(self):
        """A few events, again and again."""
        while True:
            seen = [msgspec.structs.replace(event(self.number + each), host=self.node) for each in range(10)]
            await asyncio.to_thread(self.spool.append, [msgspec.json.encode(each) for each in seen])
            self.number += 10
            self.shipper.wake()
            await asyncio.sleep(0.01)

    async def beat(self):
        while True:
            await self.door.heartbeat(SensorReport(node=self.node, boot="1", version="1", time=0.0))
            self.beats += 1
            await asyncio.sleep(0.02)


class World:
    """A manager, its sensors, and whoever makes their certificates."""

    def __init__(self, folder, store):
        self.folder, self.store = folder, store
        self.authority = new_authority(datetime.now(UTC))
        self.greet()

    def greet(self):
        """With a new certificate, of the authority that is the newest."""
        self.pair = pair = issue(self.authority, NAMES, datetime.now(UTC))
        mount(self.folder / "tls", {"tls.crt": pair.certificate, "tls.key": pair.key})

    @asynccontextmanager
    async def running(self):
        tls = {"PODLYNX_TLS_CERT": str(self.folder / "tls" / "tls.crt"), "PODLYNX_TLS_KEY": str(self.folder / "tls" / "tls.key")}
        keys = (
            mount(self.folder / "session", {session_keys.FILE: session_keys.renewed(b"", datetime.now(UTC))}) / session_keys.FILE
        )
        environment = read_environment({**tls, "PODLYNX_RULES_URL": "none", "PODLYNX_SESSION_KEYS": str(keys)})
        client = Client(httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://api"))
        async with cluster_manager(environment, self.store, client, 0, "127.0.0.1") as self.manager:
            made = self.authority.certificate
            self.sensors = [Sensor(self.folder / node, self.manager, node, made) for node in NODES]
            async with asyncio.TaskGroup() as tasks:
                seeing = [tasks.create_task(each.see()) for each in self.sensors]
                others = [tasks.create_task(each) for one in self.sensors for each in (one.shipper.run(), one.beat())]
                yield
                for task in seeing:
                    task.cancel()
                await until(lambda: all(each.spool.waiting == 0 for each in self.sensors), "the spools do not empty")
                for task in others:
                    task.cancel()
            for each in self.sensors:
                await each.door.close()

    async def taken_up(self):
        """Until the manager greets with its newest certificate."""
        port = int(self.manager.url.rpartition(":")[2])

        async def greets_so():
            shown = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))
            return shown == self.pair.certificate.decode()

        await until_so(greets_so, PATIENCE)

    async def shipped_more(self):
        """Until each has delivered something that it had not before."""
        before = {each.node: each.shipper.shipped for each in self.sensors}
        await until(lambda: all(each.shipper.shipped > before[each.node] for each in self.sensors), "nothing is delivered")

    async def all_stored_once(self):
        found = {each.node: [] for each in self.sensors}
        async for page in self.store.scan(Selection(dismissed=None)):
            for each in page:
                found[each.host].append(each.podlynx.packet_number)
        for each in self.sensors:
            assert each.number > 0
            stored_once(found[each.node], each.number)


@pytest.fixture
def world(tmp_path, store, monkeypatch):
    monkeypatch.setenv("PODLYNX_DATA", str(tmp_path / "data"))
    for each in (certificates, sealing):
        monkeypatch.setattr(each, "LOOK_SECONDS", 0.05)
    return World(tmp_path, store)


async def test_certificate_and_authority_are_rotated_while_events_flow(world):
    """In the operator's order: the new authority beside the old one, to each node in its own time; then what it signs."""
    chance = random.Random(SEED)
    async with world.running():
        for _ in range(ROUNDS):
            world.authority = new_authority(datetime.now(UTC), world.authority)
            for sensor in chance.sample(world.sensors, len(world.sensors)):
                await asyncio.sleep(chance.uniform(0, 0.3))
                sensor.mount(world.authority.certificate)
            await world.shipped_more()
            world.greet()
            await world.taken_up()
            await world.shipped_more()
    await world.all_stored_once()
    assert [each.shipper.failed for each in world.sensors] == [0, 0], "no delivery was refused"


async def test_sensors_that_hear_late_of_a_new_authority_deliver_all_once_they_do(world):
    async with world.running():
        for _ in range(2):
            await world.shipped_more()
            world.authority = new_authority(datetime.now(UTC))
            world.greet()
            await world.taken_up()
            for sensor in world.sensors:
                sensor.mount(b"-----BEGIN CERTIFICATE-----\nhalf of")
                await asyncio.sleep(0.2)
                sensor.mount(world.authority.certificate)
            await world.shipped_more()
    await world.all_stored_once()


class Greeting:
    """An HTTPS server whose certificate and authority change; `authority` is the file that its callers read."""

    def __init__(self, folder):
        self.folder, self.tls = folder, TlsContext()
        self.pair = new_authority(datetime.now(UTC))
        self.path = mount(folder / "authority", {"ca.crt": self.pair.certificate}) / "ca.crt"
        self.tls.load(issue(self.pair, NAMES, datetime.now(UTC)))

    def rotate(self):
        self.pair = new_authority(datetime.now(UTC), self.pair)
        mount(self.folder / "authority", {"ca.crt": self.pair.certificate})
        self.tls.load(issue(self.pair, NAMES, datetime.now(UTC)))


@pytest.fixture
def greeting(tmp_path):
    return Greeting(tmp_path)


async def said(scope, receive, send):
    base = f"https://localhost:{scope['server'][1]}"
    body = {"issuer": base, "authorization_endpoint": f"{base}/a", "token_endpoint": f"{base}/t", "jwks_uri": f"{base}/k"}
    await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


async def of_provider(port, path):
    settings = OidcSettings(issuer=f"https://localhost:{port}", client_id="podlynx", authority=path)
    passing = iter(range(0, 1_000_000, int(oidc.KEPT_SECONDS) + 1))
    provider = oidc.Provider(settings, clock=lambda: float(next(passing)))
    while True:
        yield await provider.description()


async def of_search_engine(port, path):
    http = Http(Engine(url=f"https://localhost:{port}", ca=path), write_seconds=60)
    try:
        while True:
            yield await http.json("GET", "/")
        assert http.retried == 0
    finally:
        await http.close()


@pytest.mark.parametrize("asking", [of_provider, of_search_engine])
async def test_an_authority_in_a_file_is_followed(greeting, asking):
    async with serving(said, 0, greeting.tls.context, host="127.0.0.1") as port:
        answers = asking(port, greeting.path)
        for _ in range(ROUNDS):
            assert await anext(answers)
            greeting.rotate()
        assert await anext(answers)
        await answers.aclose()


async def test_the_webhook_answers_every_review_while_its_certificate_changes(greeting):
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "1", "operation": "DELETE"}}
    answered = []
    async with serving(webhook(list), 0, greeting.tls.context, host="127.0.0.1") as port:

        async def ask():
            """With a new connection each time, as an API server that reads its configuration anew."""
            while True:
                context = ssl.create_default_context(cafile=greeting.path)
                async with httpx2.AsyncClient(verify=context, trust_env=False) as http:
                    answered.append((await http.post(f"https://localhost:{port}/validate", json=review)).status_code)

        asking = asyncio.create_task(ask())
        for _ in range(ROUNDS):
            have = len(answered)
            await until(lambda at=have: asking.done() or len(answered) > at + 1, "no review is answered")
            greeting.rotate()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert set(answered) == {200}
