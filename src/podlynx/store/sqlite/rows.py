"""From an event document to what it shares with alike ones: columns and words. Binary columns are in hexadecimal."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from podlynx.expressions.values import address_key
from podlynx.models.event import EventDocument
from podlynx.models.identity import group_key

_ENCODER: Final = msgspec.json.Encoder()
_BUFFER: Final = 8_192
"""Bytes that most documents fit into."""


class GroupColumns(NamedTuple):
    """What all events of a group have in common."""

    key: str
    gid: int
    sid: int
    rev: int
    priority: int
    severity: int
    classtype: str
    source_ip: str
    source_ip_key: str | None
    dest_ip: str
    dest_ip_key: str | None
    dest_port: int | None
    source_namespace: str
    dest_namespace: str


class TraitColumns(NamedTuple):
    """The searched columns that alike events share: all but time, source port and HTTP request."""

    gid: int
    sid: int
    rev: int
    priority: int
    severity: int
    msg: str
    classtype: str
    protocol: str
    service: str | None
    host: str
    origin: str
    source_ip: str
    source_ip_key: str | None
    source_name: str
    source_namespace: str
    dest_ip: str
    dest_ip_key: str | None
    dest_port: int | None
    dest_name: str
    dest_namespace: str
    type: str


class RuleColumns(NamedTuple):
    """What traits of one rule share. `reference` and `mitre` are JSON lists."""

    gid: int
    sid: int
    rev: int
    priority: int
    severity: int
    msg: str
    classtype: str
    protocol: str
    service: str | None
    type: str
    reference: str
    mitre: str


class PlaceColumns(NamedTuple):
    """What traits that one monitor saw between the same two namespaces share."""

    severity: int
    host: str
    origin: str
    source_namespace: str
    dest_namespace: str


class WordColumns(NamedTuple):
    """The text of a trait by full-text column."""

    msg: str
    reference: str
    mitre: str
    about: str
    source_names: str
    dest_names: str


EVENT_COLUMNS: Final = ("time", "source_port", *TraitColumns._fields)
"""The searched columns of one event."""

_GROUP: Final = attrgetter(*GroupColumns._fields[1:])
_RULE: Final = attrgetter(*RuleColumns._fields[:-2])
_PLACE: Final = attrgetter(*PlaceColumns._fields)
_SHARED: Final = attrgetter(
    *("type", "severity", "host", "origin", "protocol", "mitre_tactic", "mitre_ids"),
    *(f"{end}_{part}" for end in ("source", "dest") for part in ("ip", "name", "namespace")),
    "dest_port",
    *(f"podlynx.{part}" for part in ("gid", "sid", "rev", "priority", "msg", "classtype", "class_text", "service", "references")),
    *(f"podlynx.{part}" for part in ("src_ip", "dst_ip", "dst_port")),
)
"""All that `trait_columns`, `word_columns` and `group_columns` are made of."""


def trait_digest(document: EventDocument) -> str:
    """What tells the trait of a document from every other, in hexadecimal."""
    return digest(_SHARED(document)).hex()


def digest(text: object) -> bytes:
    """16 bytes that tell a trait or a request from every other. `text` is built of strings, numbers, bytes, None and tuples."""
    return blake2b(_PACKER.encode(text), digest_size=16).digest()


_PACKER: Final = msgspec.msgpack.Encoder()


def jsons(documents: Iterable[tuple[str, EventDocument]]) -> list[bytes]:
    """The JSON of each document, with the id that it got. All are written into one buffer, that so grows but once."""
    buffer = bytearray(_BUFFER)
    found: list[bytes] = []
    for identifier, document in documents:
        named = document if document.id == identifier else msgspec.structs.replace(document, id=identifier)
        _ENCODER.encode_into(named, buffer)
        found.append(bytes(buffer))
    return found


def trait_columns(document: EventDocument) -> TraitColumns:
    """The searched columns that the document shares."""
    event = document.podlynx
    return TraitColumns(
        gid=event.gid,
        sid=event.sid,
        rev=event.rev,
        priority=event.priority,
        severity=document.severity,
        msg=event.msg,
        classtype=event.classtype,
        protocol=document.protocol,
        service=event.service,
        host=document.host,
        origin=document.origin,
        source_ip=document.source_ip,
        source_ip_key=_key(document.source_ip),
        source_name=document.source_name,
        source_namespace=document.source_namespace,
        dest_ip=document.dest_ip,
        dest_ip_key=_key(document.dest_ip),
        dest_port=document.dest_port,
        dest_name=document.dest_name,
        dest_namespace=document.dest_namespace,
        type=document.type,
    )


def group_columns(document: EventDocument) -> GroupColumns:
    """What is kept of its group."""
    key = group_key(document.podlynx, document.source_namespace, document.dest_namespace)
    return GroupColumns(key, *_GROUP(trait_columns(document)))


def rule_columns(document: EventDocument, trait: TraitColumns) -> RuleColumns:
    """What it shares with other events of its rule. `trait`: its columns."""
    lists = (list(dict.fromkeys(filter(None, each))) for each in (document.podlynx.references, document.mitre_ids))
    return RuleColumns(*_RULE(trait), *(_ENCODER.encode(each).decode() for each in lists))


def place_columns(document: EventDocument) -> PlaceColumns:
    """What it shares with other events that the same monitor saw between the same namespaces."""
    return PlaceColumns(*_PLACE(document))


def word_columns(document: EventDocument) -> WordColumns:
    """The text that full-text search sees of a trait."""
    event = document.podlynx
    about = (document.host, document.origin, event.service or "", event.classtype, event.class_text, event.rule)
    return WordColumns(
        msg=event.msg,
        reference=" ".join(event.references),
        mitre=" ".join((document.mitre_tactic, *document.mitre_ids)),
        about=" ".join(about),
        source_names=f"{document.source_name} {document.source_namespace}",
        dest_names=f"{document.dest_name} {document.dest_namespace}",
    )


def request_words(document: EventDocument) -> str:
    """The text that full-text search sees of an HTTP request."""
    http = document.podlynx.http
    return f"{http.request_line} {http.host} {http.user_agent}" if http else ""


@lru_cache(maxsize=16_384)
def _key(ip: str) -> str | None:
    """The sortable form of an address, in hexadecimal; None where an engine said something that is none."""
    try:
        return address_key(ip).hex()
    except ValueError:
        return None
