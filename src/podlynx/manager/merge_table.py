"""One alert for one attack: which events, seen at both monitored ends of a flow, are the same one.

Same means: same rule, same client address and port, same direction, same TCP sequence number (where there is none, same
payload), seen by other observers. Address translation changes the server's end only, so the client's tuple survives it. The
end at the server's side owns the document. Pure: no clock, no task, no store; `Merger` drives it.
"""

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, Literal

import msgspec

from podlynx.manager.sightings import MAX_OBSERVERS, End, Place, Sighting, Sightings
from podlynx.models.endpoint import EndpointDetail, Endpoints, Observer
from podlynx.models.event import EventDocument
from podlynx.models.identity import EventKey

WAIT_SECONDS: Final = 0.1
"""How long the client's side waits for the server's. A sensor delivers within some 20 ms; an alert must be shown within 250."""
REMEMBERED_SECONDS: Final = 60.0
"""How long a stored event is known, so that the other side's later one joins it."""
MAX_EVENTS: Final = 20_000
"""Events that are known at once; the oldest is forgotten, and its other side would then be an event of its own."""
MAX_WAITING: Final = 4_096
"""Events that wait at once; one more is stored as it is."""
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024

Part = Literal["own", "waiting", "join", "repeat"]
"""What a document is to its sighting: to be stored now; waiting with it; joining what is stored or being stored; sent again."""


class Table:
    """What was offered lately. `now` is in seconds of any clock that does not go back."""

    def __init__(self, wait_seconds: float = WAIT_SECONDS) -> None:
        self._wait = wait_seconds
        self._known: OrderedDict[int, Sighting] = OrderedDict()
        self._alike = Sightings()
        self._waiting: OrderedDict[int, Sighting] = OrderedDict()
        self._waiting_bytes = 0
        self.merged = 0
        self.forgotten_full = 0
        self.not_awaited_full = 0

    @property
    def not_compared_full(self) -> int:
        """Events with too many unlike ones at their place to compare with all."""
        return self._alike.not_compared_full

    def offer(self, document: EventDocument, now: float, *, peer_watched: bool) -> tuple[Sighting, Part]:
        """The sighting that this document belongs to, and as what."""
        self._forget(now)
        place, key = place_of(document), EventKey(document.id, document.fingerprint)
        if place is None:
            return Sighting(None, key, document, "storing", now, frozenset(), set()), "own"
        if known := self._alike.known(place, key):
            return known, "waiting" if known.state == "waiting" else "repeat"
        ends = frozenset(end_of(each) for each in document.observers)
        if lacking := self._alike.lacking(place, ends):
            return lacking, self._merge(lacking, document, key, ends)
        return self._new(Sighting(place, key, document, "storing", now, ends, {key}), peer_watched=peer_watched)

    def due(self, now: float) -> list[Sighting]:
        """Those that waited long enough: they are `storing` from now on."""
        ready = [each for each in self._waiting.values() if each.due <= now]
        for sighting in ready:
            self._end_wait(sighting)
        return ready

    def next_due(self) -> float | None:
        """When the next one has waited long enough."""
        return next((each.due for each in self._waiting.values()), None)

    def failed(self, sighting: Sighting) -> None:
        """Forgets one that could not be stored, so that it is stored when it is sent again."""
        self._remove(sighting)
        sighting.state = "failed"

    def _remove(self, sighting: Sighting) -> None:
        if self._known.pop(id(sighting), None) is not None:
            self._alike.remove(sighting)

    def _merge(self, sighting: Sighting, document: EventDocument, key: EventKey, ends: frozenset[End]) -> Part:
        self.merged += 1
        self._alike.join(sighting, key, ends)
        if sighting.state != "waiting" or sighting.document is None:
            return "join"
        if not of_server(document):
            sighting.document = joined(sighting.document, document)
            sighting.absorbed.append(key)
            return "waiting"
        self._end_wait(sighting)
        sighting.document = joined(document, sighting.document)
        sighting.absorbed.append(sighting.key)
        sighting.key = key
        return "own"

    def _new(self, sighting: Sighting, *, peer_watched: bool) -> tuple[Sighting, Part]:
        self._alike.add(sighting)
        self._known[id(sighting)] = sighting
        if not peer_watched or sighting.document is None or of_server(sighting.document):
            return sighting, "own"
        if len(self._waiting) >= MAX_WAITING or self._waiting_bytes >= MAX_WAITING_BYTES:
            self.not_awaited_full += 1
            return sighting, "own"
        sighting.state = "waiting"
        sighting.due += self._wait
        self._waiting[id(sighting)] = sighting
        self._waiting_bytes += _weight(sighting)
        return sighting, "waiting"

    def _end_wait(self, sighting: Sighting) -> None:
        del self._waiting[id(sighting)]
        self._waiting_bytes -= _weight(sighting)
        sighting.state = "storing"

    def _forget(self, now: float) -> None:
        """Those of long ago; of too many the oldest that do not wait."""
        while self._known:
            oldest = next(iter(self._known.values()))
            too_many = len(self._known) >= MAX_EVENTS
            if oldest.state == "waiting" or (not too_many and oldest.due + REMEMBERED_SECONDS > now):
                return
            self.forgotten_full += too_many
            self._remove(oldest)


def _weight(sighting: Sighting) -> int:
    if (document := sighting.document) is None:
        return 0
    event = document.podlynx
    around = [*event.capture.before, *event.capture.after] if event.capture else []
    return len(event.packet) + len(event.payload) + sum(len(each.bytes) for each in around)


def of_server(document: EventDocument) -> bool:
    """Whether the pod at the server's side saw it."""
    return any(each.side == "server" for each in document.observers)


def seen_also(document: EventDocument, observers: Iterable[Observer]) -> EventDocument:
    """The document with further observers."""
    fresh = [each for each in observers if each not in document.observers]
    return msgspec.structs.replace(document, observers=[*document.observers, *fresh][:MAX_OBSERVERS])


def joined(owner: EventDocument, other: EventDocument) -> EventDocument:
    """The owner's document with what only the other end could know: who its own pod is, and the address before translation."""
    source, dest = owner.endpoints.source, owner.endpoints.dest
    changes: dict[str, object] = {}
    for end in ("source", "dest"):
        if not getattr(owner, f"{end}_name"):
            parts = [f"{end}_{part}" for part in ("name", "namespace", "name_aggr")]
            changes |= {part: getattr(other, part) for part in parts}
    endpoints = Endpoints(
        source=_better(source, other.endpoints.source),
        dest=_better(dest, other.endpoints.dest),
        true_client=owner.endpoints.true_client or other.endpoints.true_client,
    )
    return seen_also(msgspec.structs.replace(owner, endpoints=endpoints, **changes), other.observers)


def _better(mine: EndpointDetail, theirs: EndpointDetail) -> EndpointDetail:
    if not mine.kind:
        return theirs if theirs.kind == "pod" else mine
    if mine.kind == "pod" and theirs.kind == "service" and theirs.service:
        # The client's end saw the address that was dialled, so this is no longer a guess.
        return msgspec.structs.replace(mine, service=theirs.service, service_port=theirs.service_port)
    return mine


def place_of(document: EventDocument) -> Place | None:
    """Where in which flow; None where it cannot be told from others."""
    event, flow = document.podlynx, document.podlynx.flow
    if flow is None or not document.observers:
        return None
    sequence = event.sequence if event.sequence is not None else blake2b(event.payload, digest_size=16).digest()
    return event.gid, event.sid, event.rev, flow.client_ip, flow.client_port, event.direction, sequence


def end_of(observer: Observer) -> End:
    """Node, namespace, pod and interface."""
    return observer.host, observer.namespace, observer.pod, observer.interface
