"""The fields of the event document, by their dotted names there: what AlertException and SecurityEventWebhook ask for.

Known ones have a kind and the column that a store keeps them in; any other name is text at that place of the document.
"""

from typing import Final

from podlynx.expressions.fields import Field, Kind


def _field(path: str, kind: Kind = "keyword", column: str = "", *aliases: str, group: bool = False) -> Field:
    columns = (column or path,)
    return Field(path, kind, columns, "", aliases, level="group" if group else "event", path=path)


def _text(path: str) -> Field:
    return Field(path, "keyword", (), "", path=path)


TYPE: Final = _field("type")
_ENDS: Final = tuple(
    field
    for end in ("source", "dest")
    for field in (
        _field(f"{end}_ip", "address", group=True),
        _field(f"{end}_port", "number", group=end == "dest"),
        _field(f"{end}_name"),
        _field(f"{end}_namespace", group=True),
        _text(f"{end}_name_aggr"),
    )
)
EVENT_FIELDS: Final = (
    TYPE,
    _field("time", "time"),
    _field("origin"),
    _field("host"),
    _field("name", "keyword", "msg"),
    _field("severity", "number", group=True),
    _field("protocol"),
    *_ENDS,
    _field("record.snort_signature_id", "number", "sid", "podlynx.sid", "sid", group=True),
    _field("record.snort_signature_revision", "number", "rev", "podlynx.rev", "rev", group=True),
    _field("podlynx.gid", "number", "gid", "gid", group=True),
    _field("podlynx.priority", "number", "priority", "priority", group=True),
    _field("podlynx.classtype", "keyword", "classtype", "classtype", group=True),
    _field("podlynx.service", "keyword", "service", "service"),
    *(_text(path) for path in ("description", "record.snort_alert", "attack_vector", "mitre_tactic", "mitre_ids", "mitigations")),
    *(_text(path) for path in ("cluster", "generated_time", "podlynx.direction", "podlynx.flow.community_id")),
    *(_text(f"geo_info.{part}") for part in ("city_name", "country_name", "iso", "asn")),
)
OPEN: Final = ("podlynx.", "endpoints.", "observers")
"""Where an event has more fields than the table names."""
BY_PATH: Final = {name: field for field in EVENT_FIELDS for name in (field.path, *field.aliases)}


def event_field(name: str) -> Field:
    """The field of that name; one that no table knows is text at that place."""
    return BY_PATH.get(name) or _text(name)


def as_number(field: Field) -> Field:
    """An unknown field that is compared with a number."""
    return Field(field.name, "number", field.columns, field.help, path=field.path)
