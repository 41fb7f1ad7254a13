"""Namespaces of whose pods no payload is kept, whichever end of an alert they are.

A sensor knows the pods of its node only; the end on another node has a namespace once the manager has named it.
"""

import msgspec

from podlynx.manager.ingest import Document
from podlynx.models.engine_event import SensorEvent
from podlynx.models.event import EventDocument
from podlynx.redaction.event import without_payload


class PayloadsOff:
    """Makes documents as `named` does, without payload where an end is of one of these namespaces."""

    def __init__(self, named: Document, namespaces: frozenset[str]) -> None:
        self._named, self._namespaces = named, namespaces

    def __call__(self, event: SensorEvent) -> EventDocument:
        """The document of an event."""
        document = self._named(event)
        if self._namespaces.isdisjoint((document.source_namespace, document.dest_namespace)):
            return document
        return msgspec.structs.replace(document, podlynx=without_payload(document.podlynx))
