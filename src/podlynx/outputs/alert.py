"""What an output is made of: an event, and what is known around it."""

from datetime import UTC, tzinfo
from functools import cached_property
from typing import Self

import msgspec

from podlynx.models.attack import Attack, attack_of
from podlynx.models.engine_event import EngineEvent, SensorEvent
from podlynx.models.event import EventDocument
from podlynx.models.identity import document_id


class PodRefs(msgspec.Struct, frozen=True, kw_only=True):
    """Whose the addresses were; empty where they were no known pod's."""

    source_namespace: str = ""
    source_name: str = ""
    dest_namespace: str = ""
    dest_name: str = ""


class Alert(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One event as it is told to other programs. `zone`: of times in text, None the local one; `input`: the capture's path."""

    event: EngineEvent
    zone: tzinfo | None = UTC
    input: str = ""
    several_inputs: bool = False
    """Captures are read, and more than one: each alert says of which it is."""
    host: str = ""
    origin: str = ""
    id: str = ""
    ends: PodRefs = PodRefs()

    @classmethod
    def of_sensor(cls, event: SensorEvent) -> Self:
        """As the sensor knows it."""
        ends = PodRefs(
            source_namespace=event.source.namespace if event.source else "",
            source_name=event.source.name if event.source else "",
            dest_namespace=event.destination.namespace if event.destination else "",
            dest_name=event.destination.name if event.destination else "",
        )
        identifier = document_id(event, host=event.host, origin=event.origin)
        return cls(event=event, host=event.host, origin=event.origin, id=identifier, ends=ends)

    @classmethod
    def of_document(cls, document: EventDocument) -> Self:
        """As it is stored."""
        ends = PodRefs(
            source_namespace=document.source_namespace,
            source_name=document.source_name,
            dest_namespace=document.dest_namespace,
            dest_name=document.dest_name,
        )
        return cls(event=document.podlynx, host=document.host, origin=document.origin, id=document.id, ends=ends)

    @cached_property
    def attack(self) -> Attack:
        """What it means to a defender."""
        return attack_of(self.event.classtype, self.event.metadata)

    @cached_property
    def request(self) -> tuple[str, str, str] | None:
        """Method, target and version of the HTTP request (RFC 9112, 3); None: there is none."""
        http = self.event.http
        if http is None or not http.request_line:
            return None
        method, _, rest = http.request_line.partition(" ")
        target, _, version = rest.rpartition(" ")
        return (method, target, version) if target else (method, rest, "")
