"""An event document by its dotted names, as filters and templates ask for it."""

from typing import Any

import msgspec

from podlynx.models.event import EventDocument

_WITHOUT = frozenset({"packet", "payload", "matches", "buffers", "buffer_offsets"})
"""Bytes of packets: of `podlynx`, in no filter and in no message."""


def flat(document: EventDocument) -> dict[str, Any]:
    """Every field under its dotted name (`record.snort_alert`); lists stay lists. Packet bytes are left out."""
    whole = msgspec.to_builtins(document)
    whole["podlynx"] = {name: value for name, value in whole["podlynx"].items() if name not in _WITHOUT}
    found: dict[str, Any] = {}
    _spread(found, "", whole)
    return found


def _spread(found: dict[str, Any], before: str, part: dict[str, Any]) -> None:
    for name, value in part.items():
        if isinstance(value, dict):
            _spread(found, f"{before}{name}.", value)
        else:
            found[f"{before}{name}"] = value
