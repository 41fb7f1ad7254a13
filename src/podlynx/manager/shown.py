"""Whole documents as somebody may see them, one after the other: for exports and for the stream of events."""

from collections.abc import Iterable

from podlynx.manager.access import Principal
from podlynx.manager.redaction import detail_for, is_seen, namespaces_of
from podlynx.manager.rights import PACKETS, Rights
from podlynx.models.event import EventDocument


async def shown_to(rights: Rights, principal: Principal, document: EventDocument) -> EventDocument | None:
    """The document as this person may see it; None where it is not theirs. Rights are asked for each: losing one tells."""
    ends = document.source_namespace, document.dest_namespace
    visible = await rights.visible_among(principal, namespaces_of(document))
    if not is_seen(visible, *ends):
        return None
    packets = await rights.may_in(principal, "get", PACKETS, ends)
    return detail_for(document, visible, packets=packets)


async def all_shown_to(rights: Rights, principal: Principal, documents: Iterable[EventDocument]) -> list[EventDocument]:
    """Those of the documents that are theirs, as they may see them."""
    shown = [await shown_to(rights, principal, each) for each in documents]
    return [each for each in shown if each is not None]
