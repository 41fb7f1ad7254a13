"""Two clusters that differ only in what somebody of the namespace `shop` may not see: every answer to them has to be the same."""

from dataclasses import dataclass

import msgspec

from podlynx.manager.app import app_of
from podlynx.manager.cluster_access import ClusterAccess
from podlynx.manager.rule_library import RuleLibrary
from podlynx.manager.services import Services
from podlynx.models.endpoint import EndpointDetail, Endpoints, Observer
from podlynx.models.event import Endpoint, document
from podlynx.models.sensor_report import ResourceReport
from podlynx.store import Search, open_store

from ..engine_events import START, WHOLE, engine_event
from .conftest import ADDRESS
from .test_cluster_access import ALICE, SENSOR, Cluster
from .test_sensors import report

SECRETS = ("zzfirst", "zzother")
"""What each world is made of; nothing of it may come out."""


def end(namespace, name, secret):
    """All that is known of a pod, every text of it."""
    detail = EndpointDetail(
        kind="pod",
        namespace=namespace,
        name=name,
        uid=f"uid-{name}",
        workload_kind="Deployment",
        workload=f"{secret}-workload",
        node=f"{secret}-node",
        labels={f"{secret}-label": f"{secret}-value"},
        images=[f"registry.example/{secret}:1"],
        service=f"{namespace}/{secret}-service",
        service_port=80,
    )
    return Endpoint(name=name, namespace=namespace, name_aggr=f"{name}-*"), detail


def between(source, dest, *, host="shop-node", origin="dpi.shop/guard", observers=(), **changed):
    """The document of an event between two ends of `end`; None: an address that nobody knows."""
    nobody = (Endpoint(), EndpointDetail())
    (one, one_detail), (other, other_detail) = source or nobody, dest or nobody
    endpoints = Endpoints(source=one_detail, dest=other_detail)
    event = engine_event(**changed)
    return document(event, host=host, origin=origin, source=one, destination=other, observers=observers, endpoints=endpoints)


def wire(secret):
    """Everything of an event that was on the wire, full of a secret."""
    text = secret.encode()
    http = msgspec.structs.replace(WHOLE.http, request_line=f"GET /a?token={secret} HTTP/1.1")
    match = msgspec.structs.replace(WHOLE.matches[0], bytes=text)
    return {"packet": text, "payload": text, "buffers": {"http_header": text}, "matches": [match], "http": http}


def everything(secret):
    """An event nothing of which is for shop."""
    http = msgspec.structs.replace(WHOLE.http, request_line=f"GET /{secret} HTTP/1.1", host=secret, user_agent=secret)
    told = {"msg": secret, "classtype": secret, "class_text": secret, "references": [secret], "metadata": [secret]}
    return {**wire(secret), **told, "http": http, "rule_text": secret, "service": secret, "interface": secret}


def documents(secret):
    """One of shop, two of shop and pay, three of pay, one of nobody."""
    shop, pay = end("shop", "checkout", "known"), end("pay", f"{secret}-gateway", secret)
    priority = 1 + SECRETS.index(secret)
    seen = [
        Observer(host="shop-node", origin="dpi.shop/guard", namespace="shop", pod="checkout", side="client"),
        Observer(host=f"{secret}-node", origin=f"dpi.pay/{secret}", namespace="pay", pod=f"{secret}-gateway", side="server"),
    ]
    hidden = {"host": f"{secret}-node", "origin": f"dpi.pay/{secret}", "priority": priority, **everything(secret)}
    return [
        between(shop, shop, sid=1, time=START + 1),
        between(shop, pay, sid=2, time=START + 2, observers=seen),
        between(pay, shop, sid=3, time=START + 3, observers=seen[::-1]),
        *(between(pay, pay, sid=900 + n + priority, time=START + 4 + n, **hidden) for n in range(3)),
        between(None, None, sid=800, time=START + 9, **hidden),
    ]


def later(secret, number):
    """What happens while somebody listens: first of pay, then of shop."""
    pay, shop = end("pay", f"{secret}-later", secret), end("shop", "checkout", "known")
    hidden = {"host": f"{secret}-node", "origin": f"dpi.pay/{secret}", **everything(secret)}
    return [
        between(pay, pay, sid=990, time=START + 1_000 + number, **hidden),
        between(shop, pay, sid=5_000 + number, time=START + 1_000 + number),
    ]


@dataclass
class World:
    secret: str
    services: Services
    cluster: Cluster
    app: object
    ids: list[str]

    def headers(self, held=""):
        said = {"Host": ADDRESS.partition("//")[2], "Accept": "*/*"}
        return {**said, "Authorization": f"Bearer {held}"} if held else said

    def people(self):
        """Tokens by who holds them."""
        return {
            "everything": self.cluster.add("root", *(f"{verb} {what}" for verb, what in EVERY_RIGHT)),
            "shop": self.cluster.add("alice", *ALICE),
            "nothing": self.cluster.add("nobody"),
            "sensor": self.cluster.add(SENSOR, audience="podlynx-manager", node="shop-node"),
        }


EVERY_RIGHT = (
    *(("get", what) for what in ("alerts", "alerts/packets", "sensors", "rules")),
    ("update", "alerts"),
    ("update", "rules"),
)


async def make_world(folder, settings, secret, events=None):
    """The manager of a cluster with those events in its store; its ids are in an order that both worlds share."""
    cluster, store = Cluster(), open_store(folder / f"{secret}.db")
    library = RuleLibrary(folder / f"{secret}-rules")
    services = Services(store, settings, access=ClusterAccess(settings, cluster, "tigera-dpi/tigera-dpi"), rules=library)
    stored = documents(secret) if events is None else events
    await store.ingest(stored)
    resources = [ResourceReport(namespace="pay", name=secret, success=False)]
    pods = [("shop", "checkout", "10.0.0.1"), ("pay", f"{secret}-gateway", "10.0.0.2")]
    services.sensors.heard(report("shop-node", pods[0]))
    services.sensors.heard(report(f"{secret}-node", pods[1], resources=resources))
    rows = {row.rule.sid: row.id for row in (await store.alerts(Search())).items}
    groups = [rows[each.podlynx.sid] for each in stored]
    return World(secret, services, cluster, app_of(services), [*(each.id for each in stored), *groups, "nothing"])
