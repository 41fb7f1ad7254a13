"""Alerts as somebody may see them: an end in a namespace that is not theirs is an address only; packets need their own right.

Which resource raised an alert, and on which node, is told where the resource's namespace is theirs. The id names both all the
same: it is how an alert is asked for (docs/manager.md says what remains).
"""

from typing import TypeVar

import msgspec

from podlynx.manager.rights import Visible
from podlynx.models.alert import AlertEnd, AlertPage, AlertRow
from podlynx.models.endpoint import EndpointDetail, Endpoints
from podlynx.models.event import EventDocument
from podlynx.models.identity import split_origin
from podlynx.redaction.event import without_payload

D = TypeVar("D", bound=EventDocument)


def namespaces_of(document: EventDocument) -> tuple[str, ...]:
    """Every namespace that the document speaks of."""
    ends, endpoints = (document.source_namespace, document.dest_namespace), document.endpoints
    return (*ends, endpoints.source.namespace, endpoints.dest.namespace, *(each.namespace for each in document.observers))


def is_seen(visible: Visible, source_namespace: str, dest_namespace: str) -> bool:
    """Whether an alert between these two is seen at all."""
    return visible is None or source_namespace in visible or dest_namespace in visible


def page_for(page: AlertPage, visible: Visible) -> AlertPage:
    """The page as that person may see it; the store left out what is not theirs already."""
    return page if visible is None else msgspec.structs.replace(page, items=[row_for(row, visible) for row in page.items])


def row_for(row: AlertRow, visible: Visible) -> AlertRow:
    """The row as that person may see it."""
    if visible is None:
        return row
    host = row.host if _namespace_of_id(row.event_id) in visible else ""
    return msgspec.structs.replace(row, source=_end(row.source, visible), destination=_end(row.destination, visible), host=host)


def detail_for(detail: D, visible: Visible, *, packets: bool) -> D:
    """The document as that person may see it; without `packets` of what was on the wire only headers and request line."""
    if visible is not None:
        detail = _known_ends(detail, visible)
    return detail if packets else msgspec.structs.replace(detail, podlynx=without_payload(detail.podlynx))


def _end(end: AlertEnd, visible: frozenset[str]) -> AlertEnd:
    return end if end.namespace in visible else AlertEnd(end.ip, end.port)


def _known_ends(document: D, visible: frozenset[str]) -> D:
    for end in ("source", "dest"):
        if getattr(document, f"{end}_namespace") not in visible:
            document = msgspec.structs.replace(document, **{f"{end}_{part}": "" for part in ("name", "namespace", "name_aggr")})
    endpoints = Endpoints(
        source=_endpoint(document.endpoints.source, visible),
        dest=_endpoint(document.endpoints.dest, visible),
        true_client=document.endpoints.true_client,
    )
    if split_origin(document.origin)[0] not in visible:
        document = msgspec.structs.replace(document, origin="", host="")
    observers = [each for each in document.observers if each.namespace in visible]
    return msgspec.structs.replace(document, endpoints=endpoints, observers=observers)


def _endpoint(endpoint: EndpointDetail, visible: frozenset[str]) -> EndpointDetail:
    """Of an end that is not theirs the place on the map remains: that follows from its address."""
    if endpoint.namespace in visible or not endpoint.kind:
        return endpoint
    return EndpointDetail(country=endpoint.country, city=endpoint.city, asn=endpoint.asn)


def _namespace_of_id(event_id: str) -> str:
    """That of the resource: an id begins with it (`document_id`), and no namespace has an underscore."""
    return event_id.partition("_")[0]
