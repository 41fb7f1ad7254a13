"""Events as sensors send them: one attack of a client pod on a server pod, as either end's node sees it."""

import msgspec

from podlynx.models.endpoint import Observer, PodRef
from podlynx.models.engine_event import FlowSummary, SensorEvent
from podlynx.models.event import document

from ..engine_events import WHOLE

CLIENT = PodRef(namespace="shop", name="checkout-7d4b9-x2x4z", name_aggr="checkout-7d4b9-*", uid="uid-checkout-7d4b9-x2x4z")
SERVER = PodRef(namespace="pay", name="gateway-0", name_aggr="gateway-*", uid="uid-gateway-0")
CLIENT_IP, SERVER_IP, SERVICE_IP = "10.244.1.7", "10.244.2.9", "10.96.0.10"


def sensor_event(side, *, host="", **changed):
    """The event as the client's side sees it (it dials the Service) or the server's (translated)."""
    pod, address, port = (CLIENT, SERVICE_IP, 80) if side == "client" else (SERVER, SERVER_IP, 8080)
    host = host or f"node-{side}"
    fields = {name: getattr(WHOLE, name) for name in WHOLE.__struct_fields__} | {
        "host": host,
        "origin": f"dpi.{pod.namespace}/watch",
        "source": CLIENT if side == "client" else None,
        "destination": SERVER if side == "server" else None,
        "observers": [Observer(host=host, origin=f"dpi.{pod.namespace}/watch", namespace=pod.namespace, pod=pod.name, side=side)],
        "sequence": 4_000_000_001,
        "src_ip": CLIENT_IP,
        "dst_ip": address,
        "dst_port": port,
        "flow": FlowSummary(id=1, client_ip=CLIENT_IP, client_port=51234, server_ip=address, server_port=port),
        "packet": side.encode(),
    }
    return SensorEvent(**(fields | changed))


def plain(event):
    """Its document, without what a manager knows beside."""
    return document(event, host=event.host, origin=event.origin, observers=event.observers)


def lines(*events):
    return b"\n".join(msgspec.json.encode(event) for event in events)
