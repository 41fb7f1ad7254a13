"""Both ends of an event, as the manager tells them."""

import pytest

from podlynx.manager.identity.facts import MAX_IMAGES, MAX_LABELS
from podlynx.manager.identity.naming import Namer, Peers
from podlynx.manager.identity.places import Places
from podlynx.manager.sensors import Sensors
from podlynx.models.endpoint import PodRef
from podlynx.models.sensor_report import PodMonitor, SensorReport

from ..observed import CLIENT, CLIENT_IP, SERVER, SERVER_IP, SERVICE_IP, sensor_event
from .objects import Cluster, at, node, pod, service

SELECTOR = {"app": "gateway"}
TO_8080 = [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]


@pytest.fixture
def cluster():
    cluster = Cluster()
    owner, labels = ("ReplicaSet", "checkout-7d4b9"), {"app": "checkout", "pod-template-hash": "7d4b9"}
    image = {"image": "shop/checkout:1"}
    client = pod("checkout-7d4b9-x2x4z", CLIENT_IP, owner=owner, labels=labels, containers=[image, image], node="node-client")
    server = pod("gateway-0", SERVER_IP, namespace="pay", owner=("StatefulSet", "gateway"), labels=SELECTOR, node="node-server")
    cluster.tell(1, "replace", client, server)
    cluster.tell(1, "replace", service("gateway", SERVICE_IP, ports=TO_8080, selector=SELECTOR, namespace="pay"))
    cluster.tell(1, "replace", node("n1", "10.199.0.11"))
    return cluster


@pytest.fixture
def namer(cluster):
    return Namer(cluster.watch, Places(None, None), "east")


def told(namer, side, seconds=10, **changed):
    return namer.document(sensor_event(side, time=at(seconds), **changed))


def test_what_the_clients_node_sees(namer):
    document = told(namer, "client")
    assert (document.source_name, document.source_namespace, document.source_name_aggr) == (
        CLIENT.name,
        "shop",
        "checkout-7d4b9-*",
    )
    assert (document.dest_name, document.dest_namespace) == ("", "")
    source, dest = document.endpoints.source, document.endpoints.dest
    assert (dest.kind, dest.service, dest.service_port) == ("service", "pay/gateway", 80)
    assert (source.kind, source.workload_kind, source.workload, source.node) == ("pod", "Deployment", "checkout", "node-client")
    assert document.cluster == "east"


def test_what_the_servers_node_sees(namer):
    document = told(namer, "server")
    assert (document.dest_name, document.dest_namespace) == (SERVER.name, "pay")
    assert (document.source_name, document.source_namespace, document.source_name_aggr) == (
        CLIENT.name,
        "shop",
        "checkout-7d4b9-*",
    )
    source, dest = document.endpoints.source, document.endpoints.dest
    assert (source.kind, source.workload_kind, source.workload, source.node) == ("pod", "Deployment", "checkout", "node-client")
    assert (source.labels["app"], source.images, source.service) == ("checkout", ["shop/checkout:1"], "")
    assert (dest.kind, dest.name) == ("pod", "gateway-0")


def test_the_sensor_knows_its_own_pods_better(namer, cluster):
    other = PodRef(namespace="shop", name="just-started", uid="uid-just-started")
    document = told(namer, "client", source=other)
    assert (document.source_name, document.endpoints.source.name) == ("just-started", "just-started")
    cluster.tell(20, "delete", pod("checkout-7d4b9-x2x4z", CLIENT_IP))
    assert told(namer, "server", seconds=30).source_name == ""
    assert told(namer, "server", seconds=10).source_name == CLIENT.name


def test_a_sensor_is_not_believed_in_pods_of_other_nodes(namer):
    document = told(namer, "server", source=SERVER, src_ip="198.51.100.9", host="node-client")
    assert (document.source_name, document.source_namespace, document.endpoints.source.kind) == ("", "", "")


def service_of(namer):
    dest = told(namer, "server").endpoints.dest
    return dest.service, dest.service_port


def test_the_service_in_front_where_there_is_one(cluster, namer):
    assert service_of(namer) == ("pay/gateway", 80)


@pytest.mark.parametrize(
    ("name", "ports", "selector", "expected"),
    [
        ("by-name", [{"port": 81, "targetPort": "http"}], SELECTOR, ("pay/gateway", 80)),
        ("same-port", TO_8080, SELECTOR, ("", 80)),
        ("other-port", [{"port": 443, "targetPort": 8080}], SELECTOR, ("", None)),
        ("other-target", [{"port": 80, "targetPort": 9090}], SELECTOR, ("pay/gateway", 80)),
        ("udp", [{"port": 53, "targetPort": 8080, "protocol": "UDP"}], SELECTOR, ("pay/gateway", 80)),
        ("others", TO_8080, {"app": "else"}, ("pay/gateway", 80)),
        ("no-selector", TO_8080, None, ("pay/gateway", 80)),
        ("headless", TO_8080, SELECTOR, ("pay/gateway", 80)),
    ],
)
def test_a_second_service(cluster, namer, name, ports, selector, expected):
    address = "None" if name == "headless" else "10.96.0.11"
    second = service(name, address, ports=ports, selector=selector, namespace="pay")
    cluster.tell(2, "set", second)
    assert service_of(namer) == expected
    cluster.tell(3, "delete", second)
    assert service_of(namer) == ("pay/gateway", 80)


def test_a_port_by_its_name(cluster, namer):
    ports = [{"name": "http", "containerPort": 8080}]
    server = pod("gateway-0", SERVER_IP, namespace="pay", labels=SELECTOR, containers=[{"image": "x", "ports": ports}])
    cluster.tell(2, "set", server)
    cluster.tell(
        2, "set", service("gateway", SERVICE_IP, ports=[{"port": 80, "targetPort": "http"}], selector=SELECTOR, namespace="pay")
    )
    assert service_of(namer) == ("pay/gateway", 80)


def test_an_address_of_nobody_and_of_a_node(namer):
    document = told(namer, "server", src_ip="198.51.100.9")
    assert (document.source_name, document.endpoints.source.kind) == ("", "")
    document = told(namer, "server", src_ip="10.199.0.11")
    assert (document.source_name, document.endpoints.source.kind, document.endpoints.source.name) == ("", "node", "n1")


def test_what_a_person_can_make_grow_is_capped(cluster, namer):
    labels = {f"label-{n}": "x" for n in range(200)} | {"k" * 300: "y"}
    images = [{"image": "i" * 400 + str(n)} for n in range(1)] + [{"image": f"image-{n}"} for n in range(100)]
    cluster.tell(2, "set", pod("big", "10.244.9.9", labels=labels, containers=images))
    detail = told(namer, "server", src_ip="10.244.9.9").endpoints.source
    assert (len(detail.labels), len(detail.images)) == (MAX_LABELS, MAX_IMAGES)
    assert max(len(each) for each in detail.images) == 255


def watched(*pods):
    sensors = Sensors()
    monitors = [PodMonitor(namespace="x", pod=uid, uid=uid, addresses=[address], monitored=True) for uid, address in pods]
    sensors.heard(SensorReport(node="n2", boot="1", version="1", time=0.0, monitors=monitors))
    return sensors


@pytest.mark.parametrize(
    ("side", "pods", "expected"),
    [
        ("client", [("uid-gateway-0", SERVER_IP)], True),
        ("client", [("uid-checkout-7d4b9-x2x4z", CLIENT_IP)], False),
        ("client", [], False),
        ("server", [("uid-gateway-0", SERVER_IP)], True),
    ],
)
def test_whether_the_other_end_is_worth_waiting_for(cluster, namer, side, pods, expected):
    assert Peers(cluster.watch, watched(*pods))(told(namer, side)) is expected
