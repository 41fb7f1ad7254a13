"""Where an index has the columns that queries ask for, and what is indexed beside the document itself (`store.*`)."""

from typing import Final

FIELD_OF: Final = {
    "time": "podlynx.time",
    "gid": "podlynx.gid",
    "sid": "podlynx.sid",
    "rev": "podlynx.rev",
    "priority": "podlynx.priority",
    "classtype": "podlynx.classtype",
    "service": "podlynx.service",
    "msg": "name",
}
"""Columns that have another name in the document."""
TIME: Final = "podlynx.time"
"""Nanoseconds; `time` has the seconds, as a date."""
SEQ: Final = "store.seq"
"""The cursor: grows with every stored event."""
GROUP: Final = "store.group"
FINGERPRINT: Final = "store.fingerprint"
SAME: Final = "store.same"
"""What both ends have in common, of `ENDS`: counted once."""
ENDS: Final = ("ip", "port", "name", "namespace")
ORIGIN_NAMESPACE: Final = "store.origin_namespace"
WORDS: Final = "store.words"
TEXT: Final = "text"
"""The subfield that holds what is no text (a number, an address, a date) as the document writes it."""


def field_of(column: str) -> str:
    """The field of a column."""
    return FIELD_OF.get(column, column)
