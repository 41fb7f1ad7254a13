"""Names both ends of an event at its packet's time: by the sensor that saw the packet, then by the history of addresses."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

from podlynx.manager.expiring import Expiring
from podlynx.manager.identity.facts import Facts, PodFacts, ServiceFacts
from podlynx.manager.identity.forwarded import true_client
from podlynx.manager.identity.places import NOWHERE, Place, Places, is_public
from podlynx.manager.identity.services import any_selected
from podlynx.manager.identity.watching import ClusterWatch
from podlynx.manager.sensors import Sensors
from podlynx.models.endpoint import EndpointDetail, Endpoints, PodRef
from podlynx.models.engine_event import EngineEvent, SensorEvent
from podlynx.models.event import UNKNOWN, Endpoint, EventDocument, GeoInfo, document

_SERVICE_SECONDS: Final = 1.0
_MAX_SERVICES: Final = 4_096


class Namer:
    """Makes documents of what sensors send."""

    def __init__(self, cluster: ClusterWatch, places: Places, name: str = "") -> None:
        self._cluster = cluster
        self._places = places
        self._name = name

    def document(self, event: SensorEvent) -> EventDocument:
        """The document, with both ends as far as they are known."""
        source_end, source = self._end(event.source, event.src_ip, event)
        dest_end, dest = self._end(event.destination, event.dst_ip, event)
        source = self._reached(source, event, server=_is_server(event, event.src_ip, event.src_port), port=event.src_port)
        dest = self._reached(dest, event, server=_is_server(event, event.dst_ip, event.dst_port), port=event.dst_port)
        places = self._places.of(event.src_ip), self._places.of(event.dst_ip)
        return document(
            event,
            host=event.host,
            origin=event.origin,
            source=source_end,
            destination=dest_end,
            observers=event.observers,
            endpoints=Endpoints(source=_placed(source, places[0]), dest=_placed(dest, places[1]), true_client=true_client(event)),
            geo_info=_geo_info(places[0] if is_public(event.src_ip) else places[1]),
            cluster=self._name,
            generated_time=datetime.now(UTC),
        )

    def _end(self, ref: PodRef | None, address: str, event: SensorEvent) -> tuple[Endpoint, EndpointDetail]:
        facts = (self._cluster.history.of(address, ref.uid) or self._cluster.pod(ref.uid)) if ref else None
        elsewhere = isinstance(facts, PodFacts) and facts.node not in {"", event.host}
        if ref is None or elsewhere:  # a sensor names pods of its own node, and is believed in nothing else
            facts = self._cluster.history.at(address, event.time)
            return _endpoint(facts), facts.detail() if facts else EndpointDetail()
        aggregated = ref.name_aggr or (facts.name_aggr if isinstance(facts, PodFacts) else "")
        detail = facts.detail() if facts else EndpointDetail(kind="pod", namespace=ref.namespace, name=ref.name, uid=ref.uid)
        return Endpoint(ref.name, ref.namespace, aggregated), detail

    def _reached(self, end: EndpointDetail, event: EngineEvent, *, server: bool, port: int | None) -> EndpointDetail:
        """The end with the Service that it was reached by, where it is the server's end and there is but one."""
        if not server or port is None:
            return end
        if end.kind == "service":
            return msgspec.structs.replace(end, service=f"{end.namespace}/{end.name}", service_port=port)
        pod = self._cluster.pod(end.uid) if end.kind == "pod" else None
        if pod is None:
            return end
        service, before = self._cluster.services.before(pod, port, event.protocol)
        return msgspec.structs.replace(end, service=service, service_port=before)


class Peers:
    """Whether the other end of an event may be monitored too, so that it is worth waiting for."""

    def __init__(self, cluster: ClusterWatch, sensors: Sensors, clock: Callable[[], float] = time.monotonic) -> None:
        self._cluster = cluster
        self._sensors = sensors
        self._services: Expiring[str, bool] = Expiring(_MAX_SERVICES, clock)

    def __call__(self, document: EventDocument) -> bool:
        """Of an event that the client's side saw: whether the server's pod, or one behind the server's Service, is watched."""
        event = document.podlynx
        if event.flow is None:
            return False
        server = document.endpoints.source if event.src_ip == event.flow.server_ip else document.endpoints.dest
        if server.kind == "service":
            return self._behind(event.flow.server_ip, server.uid)
        return self._sensors.watches_address(event.flow.server_ip) or self._sensors.watches_pod(server.uid)

    def _behind(self, address: str, uid: str) -> bool:
        """Asked for each event, looked up once a second: it goes through every monitored pod."""
        if known := self._services.get(uid):
            return known[0]
        service = self._cluster.history.of(address, uid)
        watched = (self._cluster.pod(each) for each in self._sensors.watched_pods())
        pods = (pod for pod in watched if pod is not None)
        answer = isinstance(service, ServiceFacts) and any_selected(service, pods)
        return self._services.put(uid, answer, _SERVICE_SECONDS)


def _endpoint(facts: Facts | None) -> Endpoint:
    return Endpoint(facts.name, facts.namespace, facts.name_aggr) if isinstance(facts, PodFacts) else UNKNOWN


def _is_server(event: EngineEvent, address: str, port: int | None) -> bool:
    return event.flow is not None and (address, port) == (event.flow.server_ip, event.flow.server_port)


def _placed(end: EndpointDetail, place: Place) -> EndpointDetail:
    return end if place is NOWHERE else msgspec.structs.replace(end, country=place.country, city=place.city, asn=place.asn)


def _geo_info(place: Place) -> GeoInfo:
    return GeoInfo(place.city or None, place.country or None, place.iso or None, place.asn or None)
