"""The event document: what is stored, searched and answered by the API (index `tigera_secure_ee_events*`).

The flat fields keep the names and meanings that users of Calico's deep packet inspection know. Everything else that is
known stands under `podlynx`, beside those fields and never instead of them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Final

import msgspec

from podlynx.models.alert_fast import alert_fast
from podlynx.models.attack import attack_of
from podlynx.models.endpoint import Endpoints, Observer
from podlynx.models.engine_event import EngineEvent
from podlynx.models.identity import document_id, fingerprint
from podlynx.models.loss import DESCRIPTION as LOSS_DESCRIPTION
from podlynx.models.loss import TYPE as LOSS_TYPE
from podlynx.models.loss import is_loss
from podlynx.models.selftest import is_selftest
from podlynx.models.severity import severity_of

INDEX: Final = "tigera_secure_ee_events"
"""What the indices of a search engine that hold events begin with."""
TYPE: Final = "deep_packet_inspection"
DESCRIPTION: Final = "Signature Triggered Alert"
_SECOND: Final = 1_000_000_000


class Endpoint(msgspec.Struct, frozen=True):
    """Who an address belonged to at packet time. All empty where it was no known pod."""

    name: str = ""
    namespace: str = ""
    name_aggr: str = ""


UNKNOWN: Final = Endpoint()


class Record(msgspec.Struct, frozen=True):
    """Snort's own words for the alert; all strings."""

    snort_signature_id: str
    snort_signature_revision: str
    snort_alert: str


class GeoInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the outer end is, if a GeoIP database is mounted."""

    city_name: str | None = None
    country_name: str | None = None
    iso: str | None = None
    asn: str | None = None


NOWHERE: Final = GeoInfo()
NOBODY: Final = Endpoints()


class EventDocument(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One event. Ports are numbers, and absent (null) unless the protocol is TCP or UDP."""

    id: str
    type: str = TYPE
    time: Annotated[int, msgspec.Meta(description="Epoch seconds")]
    generated_time: Annotated[str, msgspec.Meta(description="ISO 8601; when the document was made")] = ""
    origin: str
    name: str
    description: str = DESCRIPTION
    severity: Annotated[int, msgspec.Meta(ge=0, le=100)]
    host: str
    cluster: str = ""
    protocol: str
    source_ip: str
    source_port: int | None = None
    source_name: str = ""
    source_namespace: str = ""
    source_name_aggr: str = ""
    dest_ip: str
    dest_port: int | None = None
    dest_name: str = ""
    dest_namespace: str = ""
    dest_name_aggr: str = ""
    attack_vector: str = "Network"
    mitre_tactic: str = ""
    mitre_ids: list[str] = []
    mitigations: list[str] = []
    dismissed: bool = False
    geo_info: GeoInfo = GeoInfo()
    observers: list[Observer] = []
    """Every monitored end that saw it, the one that owns the document (the server's side, where it is one) first."""
    endpoints: Endpoints = msgspec.field(default_factory=Endpoints)
    record: Record
    podlynx: EngineEvent

    @cached_property
    def fingerprint(self) -> bytes:
        """Tells a repeat of the event from another one with the same id (`identity.fingerprint`)."""
        return fingerprint(self.podlynx)


def document(
    event: EngineEvent,
    *,
    host: str,
    origin: str,
    source: Endpoint = UNKNOWN,
    destination: Endpoint = UNKNOWN,
    observers: Sequence[Observer] = (),
    endpoints: Endpoints = NOBODY,
    geo_info: GeoInfo = NOWHERE,
    cluster: str = "",
    generated_time: datetime | None = None,
) -> EventDocument:
    """The document of an engine event seen on node `host` for the resource `origin` (`dpi.<namespace>/<name>`).

    `generated_time` is given by the caller, because models read no clock.
    """
    attack = attack_of(event.classtype, event.metadata)
    lost = is_loss(event)
    return EventDocument(
        id=document_id(event, host=host, origin=origin),
        type=LOSS_TYPE if lost else TYPE,
        description=LOSS_DESCRIPTION if lost else DESCRIPTION,
        time=event.time // _SECOND,
        generated_time=_iso(generated_time) if generated_time else "",
        origin=origin,
        name=event.msg,
        severity=0 if is_selftest(event) else severity_of(event.priority),  # nobody is to be woken by it
        host=host,
        cluster=cluster,
        protocol=event.protocol,
        source_ip=event.src_ip,
        source_port=event.src_port,
        source_name=source.name,
        source_namespace=source.namespace,
        source_name_aggr=source.name_aggr,
        dest_ip=event.dst_ip,
        dest_port=event.dst_port,
        dest_name=destination.name,
        dest_namespace=destination.namespace,
        dest_name_aggr=destination.name_aggr,
        mitre_tactic=attack.tactic,
        mitre_ids=list(attack.techniques),
        mitigations=list(attack.mitigations),
        geo_info=geo_info,
        observers=list(observers),
        endpoints=endpoints,
        record=_record(event),
        podlynx=event if type(event) is EngineEvent else _engine_part(event),
    )


def _iso(moment: datetime) -> str:
    return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat()


def _record(event: EngineEvent) -> Record:
    return Record(str(event.sid), str(event.rev), alert_fast(event))


def _engine_part(event: EngineEvent) -> EngineEvent:
    """Only what the engine said: host and origin of a shipped event stand in the document already."""
    return EngineEvent(
        time=event.time,
        packet_number=event.packet_number,
        gid=event.gid,
        sid=event.sid,
        rev=event.rev,
        msg=event.msg,
        classtype=event.classtype,
        class_text=event.class_text,
        priority=event.priority,
        references=event.references,
        metadata=event.metadata,
        rule_text=event.rule_text,
        sequence=event.sequence,
        protocol=event.protocol,
        generator=event.generator,
        direction=event.direction,
        service=event.service,
        src_ip=event.src_ip,
        src_port=event.src_port,
        dst_ip=event.dst_ip,
        dst_port=event.dst_port,
        vlan=event.vlan,
        packet_length=event.packet_length,
        interface=event.interface,
        ifindex=event.ifindex,
        towards_pod=event.towards_pod,
        packet=event.packet,
        packet_time=event.packet_time,
        link_type=event.link_type,
        payload=event.payload,
        matches=event.matches,
        buffers=event.buffers,
        buffer_offsets=event.buffer_offsets,
        flow=event.flow,
        http=event.http,
        headers=event.headers,
        incomplete=event.incomplete,
        event_number=event.event_number,
        capture=event.capture,
    )
