"""The id of an event document: `<ns>_<dpi>_<unix ns>_<src ip>_<src port>_<dst ip>_<dst port>_<host>_<gid>_<sid>_<rev>`.

The first eight parts are the id that users of Calico's deep packet inspection know. It lacks the rule, so two rules on one
packet would overwrite each other; hence the last three. Where one rule fires twice in the same nanosecond an ordinal
follows. An id is also a path segment of the API and a document id of a search engine (at most 512 bytes), so only
characters that need no escaping in either are kept.
"""

import hashlib
import re
from functools import lru_cache
from typing import Final, NamedTuple

from podlynx.models.engine_event import EngineEvent

MAX_ID: Final = 512
"""Bytes of a document id that Elasticsearch and OpenSearch accept."""
_HASH: Final = 32
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.:\-]+")
_ORIGIN_PREFIX: Final = "dpi."


def split_origin(origin: str) -> tuple[str, str]:
    """(namespace, name) of `dpi.<namespace>/<name>`. Any other text is a name without a namespace."""
    namespace, slash, name = origin.removeprefix(_ORIGIN_PREFIX).partition("/")
    return (namespace, name) if slash and origin.startswith(_ORIGIN_PREFIX) else ("", origin)


def document_id(event: EngineEvent, *, host: str, origin: str) -> str:
    """The id of the event seen on node `host` for resource `origin`, without an ordinal. A missing port is written 0."""
    return capped(whole_id(event, host=host, origin=origin))


def whole_id(event: EngineEvent, *, host: str, origin: str) -> str:
    """The same without a cap on its length."""
    source = f"{_safe(event.src_ip)}_{event.src_port or 0}"
    dest = f"{_safe(event.dst_ip)}_{event.dst_port or 0}"
    return f"{_resource(origin)}_{event.time}_{source}_{dest}_{_safe(host)}_{event.gid}_{event.sid}_{event.rev}"


@lru_cache(maxsize=8192)
def _resource(origin: str) -> str:
    return "_".join(map(_safe, split_origin(origin)))


@lru_cache(maxsize=8192)  # names and addresses come again and again
def _safe(part: str) -> str:
    return _UNSAFE.sub("-", part)


def is_of_host(whole: str, host: str) -> bool:
    """Whether an id (`whole_id`) is of an event that was seen on that node. No part of an id has an underscore but as a mark."""
    parts = whole.rsplit("_", 4)
    return len(parts) == 5 and parts[1] == _safe(host)


def with_ordinal(identifier: str, ordinal: int) -> str:
    """The id of the `ordinal`-th further event (from 1) that has this very id; 0 is the first, and the id itself."""
    return capped(f"{identifier}_{ordinal}") if ordinal else identifier


def capped(identifier: str) -> str:
    """The id itself, or its head and a hash of the whole where it is longer than `MAX_ID` bytes."""
    if len(identifier) <= MAX_ID:
        return identifier
    digest = hashlib.sha256(identifier.encode()).hexdigest()[:_HASH]
    return f"{identifier[: MAX_ID - _HASH - 1]}_{digest}"


class EventKey(NamedTuple):
    """What tells a stored event from every other: its id before any ordinal, and its fingerprint."""

    id: str
    fingerprint: bytes


def fingerprint(event: EngineEvent) -> bytes:
    """16 bytes that tell a repeat of an event from another event with the same id: packet, PDU kind and matches."""
    digest = hashlib.blake2b(event.packet, digest_size=16)
    digest.update(event.payload)
    matches = [(match.option, match.buffer, match.offset, match.length) for match in event.matches]
    digest.update(repr((event.packet_number, event.generator, event.direction, matches)).encode())
    return digest.digest()


def group_key(event: EngineEvent, source_namespace: str = "", dest_namespace: str = "") -> str:
    """The id of the group of alike alerts: same rule, source address, destination address and port. `g` and 24 hex digits.

    An address that another namespace takes over begins a group of its own: who may see a group may see all that is in it.
    """
    parts: tuple[object, ...] = (event.gid, event.sid, event.rev, event.src_ip, event.dst_ip, event.dst_port)
    if source_namespace or dest_namespace:
        parts = (*parts, source_namespace, dest_namespace)
    return "g" + hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()
