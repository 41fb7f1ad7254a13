"""Objects as the API server's JSON says them, decoded as the watch decodes them."""

import msgspec

from podlynx.kubernetes.watch import Change
from podlynx.manager.identity.history import SECOND, History
from podlynx.manager.identity.objects import Node, Pod, Service
from podlynx.manager.identity.services import Services
from podlynx.manager.identity.watching import ClusterWatch

NOON = 1_795_521_600
"""2026-11-24 12:00:00 UTC."""


def at(seconds):
    """Nanoseconds of so many seconds after noon."""
    return int((NOON + seconds) * SECOND)


def stamp(seconds):
    return f"2026-11-24T12:{seconds // 60:02}:{seconds % 60:02}Z"


def pod(name, *addresses, started=0, namespace="shop", labels=None, owner=None, phase="Running", node="n1", **spec):
    meta = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "labels": labels, "creationTimestamp": stamp(started)}
    if owner:
        meta |= {"ownerReferences": [{"kind": owner[0], "name": owner[1], "controller": True}], "generateName": f"{owner[1]}-"}
    status = {"phase": phase, "startTime": stamp(started), "podIPs": [{"ip": each} for each in addresses]}
    return msgspec.convert({"metadata": meta, "spec": {"nodeName": node, **spec}, "status": status}, Pod)


def service(name, *addresses, ports, selector, namespace="shop", ingress=()):
    meta = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "creationTimestamp": stamp(0)}
    spec = {"selector": selector, "ports": ports, "clusterIPs": list(addresses)}
    status = {"loadBalancer": {"ingress": [{"ip": each} for each in ingress]}}
    return msgspec.convert({"metadata": meta, "spec": spec, "status": status}, Service)


def node(name, *addresses):
    found = [{"type": "InternalIP", "address": each} for each in addresses]
    meta = {"name": name, "uid": f"uid-{name}", "creationTimestamp": stamp(0)}
    return msgspec.convert({"metadata": meta, "status": {"addresses": found}}, Node)


class Cluster:
    """A watch without an API server, whose clock a test sets."""

    def __init__(self, **bounds):
        self.now = at(0)
        self.history = History(**bounds)
        self.watch = ClusterWatch(self.history, Services(), lambda: self.now)

    def tell(self, seconds, kind, *objects):
        self.now = at(seconds)
        change = Change(kind, objects)
        of = {Pod: self.watch.pods_changed, Service: self.watch.services_changed, Node: self.watch.nodes_changed}
        of[type(objects[0])](change)

    def name(self, address, seconds):
        facts = self.history.at(address, at(seconds))
        return facts.name if facts else None
