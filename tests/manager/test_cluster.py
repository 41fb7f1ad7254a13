"""A whole manager of a cluster over HTTPS, before an API server that is a few answers."""

import asyncio
import json

import httpx2
import msgspec
import pytest

from podlynx.kubernetes.client import Client
from podlynx.manager.certificates import CertificateError
from podlynx.manager.cluster import cluster_manager
from podlynx.manager.cluster_access import AUDIENCE
from podlynx.manager.environment import read_environment
from podlynx.models.sensor_report import PodMonitor, SensorReport

from .observed import CLIENT, CLIENT_IP, SERVER, SERVER_IP, SERVICE_IP, lines, sensor_event
from .test_certificates import mounted  # noqa: F401 a fixture
from .test_cluster_access import token

pytestmark = pytest.mark.anyio

SENSOR = "system:serviceaccount:tigera-dpi:tigera-dpi"
ALICE, BOB = token("alice", "api"), token("bob", "api")
NODES = {name: token(name, AUDIENCE) for name in ("node-client", "node-server")}


def pod(ref, address, node):
    meta = {"name": ref.name, "namespace": ref.namespace, "uid": ref.uid, "labels": {"app": ref.namespace}}
    status = {"phase": "Running", "startTime": "2023-11-14T00:00:00Z", "podIPs": [{"ip": address}]}
    return {"metadata": meta, "spec": {"nodeName": node}, "status": status}


SERVICE = {
    "metadata": {"name": "gateway", "namespace": "pay", "uid": "s", "creationTimestamp": "2023-11-14T00:00:00Z"},
    "spec": {"clusterIPs": [SERVICE_IP], "selector": {"app": "pay"}, "ports": [{"port": 80, "targetPort": 8080}]},
}
LISTS = {
    "/api/v1/pods": [pod(CLIENT, CLIENT_IP, "node-client"), pod(SERVER, SERVER_IP, "node-server")],
    "/api/v1/services": [SERVICE],
    "/api/v1/nodes": [],
}
RIGHTS = {("alice", "alerts", None), ("alice", "sensors", None), ("bob", "alerts", "shop")}


class Quiet(httpx2.AsyncByteStream):
    async def __aiter__(self):
        await asyncio.sleep(3_600)
        yield b""


async def answer(request):
    path = request.url.path
    if path in LISTS and "watch" in request.url.params:
        return httpx2.Response(200, stream=Quiet())
    if path in LISTS:
        return httpx2.Response(200, json={"metadata": {"resourceVersion": "1"}, "items": LISTS[path]})
    if not path.endswith("reviews"):
        return httpx2.Response(404, json={"reason": "NotFound", "message": f"{path} is not there"})
    spec = json.loads(request.content)["spec"]
    return httpx2.Response(201, json={"status": reviewed(spec) if "token" in spec else {"allowed": may(spec)}})


def reviewed(spec):
    node = next((name for name, held in NODES.items() if held == spec["token"]), None)
    if node:
        extra = {"authentication.kubernetes.io/node-name": [node]}
        return {"authenticated": True, "audiences": [AUDIENCE], "user": {"username": SENSOR, "extra": extra}}
    name = {ALICE: "alice", BOB: "bob"}.get(spec["token"], "")
    return {"authenticated": bool(name), "user": {"username": name}}


def may(spec):
    asked = spec["resourceAttributes"]
    found = {(spec["user"], asked["resource"], None), (spec["user"], asked["resource"], asked.get("namespace"))}
    return bool(found & RIGHTS) and "subresource" not in asked


@pytest.fixture
async def manager(anyio_backend, store, mounted, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("PODLYNX_DATA", str(tmp_path / "data"))
    tls = {"PODLYNX_TLS_CERT": str(mounted / "tls.crt"), "PODLYNX_TLS_KEY": str(mounted / "tls.key")}
    environment = read_environment({**tls, "PODLYNX_RULES_URL": "none"})
    client = Client(httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://api"))
    async with cluster_manager(environment, store, client, 0, "127.0.0.1") as manager:
        yield manager


def asking(manager, held):
    headers = {"Authorization": f"Bearer {held}", "Host": "podlynx-manager.podlynx-system.svc:8443"}
    return httpx2.AsyncClient(base_url=manager.url, verify=False, headers=headers, timeout=10)


async def beat(http, node, ref, address):
    monitor = PodMonitor(namespace=ref.namespace, pod=ref.name, uid=ref.uid, addresses=[address], monitored=True)
    report = SensorReport(node=node, boot="1", version="1", time=0.0, monitors=[monitor])
    assert (await http.post(f"/api/v1/sensors/{node}/heartbeat", content=msgspec.json.encode(report))).status_code == 200


async def test_one_attack_seen_at_both_ends_is_one_alert_that_each_may_see_their_part_of(manager):
    async with asking(manager, ALICE) as alice, asking(manager, BOB) as bob:
        async with asking(manager, NODES["node-client"]) as client, asking(manager, NODES["node-server"]) as server:
            await beat(client, "node-client", CLIENT, CLIENT_IP)
            await beat(server, "node-server", SERVER, SERVER_IP)
            deliveries = [
                http.post("/api/v1/events", content=lines(sensor_event(side)))
                for http, side in ((client, "client"), (server, "server"))
            ]
            answers = await asyncio.gather(*deliveries)
        assert [each.status_code for each in answers] == [200, 200]
        (row,) = (await alice.get("/api/v1/alerts")).json()["items"]
        detail = (await alice.get(f"/api/v1/alerts/{row['event_id']}")).json()
        assert (detail["source_name"], detail["dest_name"], detail["host"]) == (CLIENT.name, SERVER.name, "node-server")
        assert [each["side"] for each in detail["observers"]] == ["server", "client"]
        assert (detail["endpoints"]["dest"]["service"], detail["endpoints"]["dest"]["service_port"]) == ("pay/gateway", 80)
        (row,) = (await bob.get("/api/v1/alerts")).json()["items"]
        detail = (await bob.get(f"/api/v1/alerts/{row['event_id']}")).json()
        assert (detail["source_name"], detail["dest_name"], detail["podlynx"]["packet"]) == (CLIENT.name, "", "")
        assert ([each["namespace"] for each in detail["observers"]], detail["endpoints"]["dest"]) == (["shop"], {})
        assert len((await alice.get("/api/v1/sensors")).json()["sensors"]) == 2
        counters = (await alice.get("/api/v1/status")).json()["counters"]
        assert (counters["merged"], counters["addresses"], counters["merge_not_awaited_full"]) == (1, 3, 0)
        assert (await bob.get("/api/v1/sensors")).status_code == 403


async def test_the_stream_tells_each_their_part(manager):
    told = {}

    async def read(name, held):
        async with asking(manager, held) as http, http.stream("GET", "/api/v1/alerts/stream") as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    told.setdefault(name, []).append(json.loads(line[5:]))

    readers = [asyncio.create_task(read(name, held)) for name, held in (("alice", ALICE), ("bob", BOB))]
    await asyncio.sleep(0.3)
    other = sensor_event("server", sid=2, src_ip="198.51.100.7")
    async with asking(manager, NODES["node-server"]) as server:
        await server.post("/api/v1/events", content=lines(other))
        await server.post("/api/v1/events", content=lines(sensor_event("server")))
    for _ in range(100):
        if len(told.get("alice", ())) == 2 and "bob" in told:
            break
        await asyncio.sleep(0.02)
    for reader in readers:
        reader.cancel()
    assert [row["rule"]["sid"] for row in told["alice"]] == [2, 57461]
    assert [(row["rule"]["sid"], row["source"]["name"], row["destination"]["name"]) for row in told["bob"]] == [
        (57461, CLIENT.name, "")
    ]


async def test_it_becomes_ready_and_is_called_by_its_services_names_only(manager):
    async with httpx2.AsyncClient(base_url=manager.url, verify=False) as http:
        for _ in range(100):
            if (await http.get("/readyz")).status_code == 200:
                break
            await asyncio.sleep(0.02)
        assert (await http.get("/readyz")).json() == {"status": "ok"}
        headers = {"Authorization": f"Bearer {ALICE}", "Host": "evil.example"}
        assert (await http.get("/api/v1/alerts", headers=headers)).status_code == 421


async def test_without_a_certificate_it_does_not_start(store, tmp_path, monkeypatch):
    monkeypatch.setattr("podlynx.manager.certificates.WAIT_SECONDS", 0)
    environment = read_environment({"PODLYNX_TLS_CERT": str(tmp_path / "none"), "PODLYNX_TLS_KEY": str(tmp_path / "none")})
    client = Client(httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://api"))
    with pytest.raises(CertificateError):
        async with cluster_manager(environment, store, client, 0, "127.0.0.1"):
            pass


async def test_a_port_that_is_taken_is_told_plainly(manager, store, mounted):  # noqa: F811
    tls = {"PODLYNX_TLS_CERT": str(mounted / "tls.crt"), "PODLYNX_TLS_KEY": str(mounted / "tls.key")}
    client = Client(httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://api"))
    port = int(manager.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="taken"):
        async with cluster_manager(read_environment({**tls, "PODLYNX_RULES_URL": "none"}), store, client, port, "127.0.0.1"):
            pass
