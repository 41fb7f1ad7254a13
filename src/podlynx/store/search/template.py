"""The index template: mappings made from the document's own type, so that a field that is added is found at once."""

from functools import lru_cache
from typing import Any, Final

from msgspec import inspect

from podlynx.models.event import EventDocument
from podlynx.store.search import conditions
from podlynx.store.search.documents import WORD_FIELDS
from podlynx.store.search.fields import TEXT, WORDS

MAX_KEYWORD: Final = 8_191
"""Characters of a value that is found as a whole (Lucene: 32,766 bytes); longer ones are kept, and found by their words."""
_UNSEARCHED: Final = frozenset(
    {
        "podlynx.packet",
        "podlynx.payload",
        "podlynx.matches",
        "podlynx.buffers",
        "podlynx.buffer_offsets",
        "podlynx.capture",
        "podlynx.rule_text",
    }
)
"""Bytes of packets, and what has no bounded set of names."""
_DATE: Final = "epoch_second||strict_date_optional_time"
_READABLE: Final = frozenset({"name", "description", "record.snort_alert", "podlynx.msg"})
"""Also found word by word in Kibana, under `.words`."""
_WRITTEN: Final = {"type": "keyword", "ignore_above": MAX_KEYWORD}
_SPECIAL: Final[dict[str, dict[str, Any]]] = {
    "time": {"type": "date", "format": _DATE, "fields": {TEXT: _WRITTEN}},
    "generated_time": {
        "type": "date",
        "format": "strict_date_optional_time",
        "ignore_malformed": True,
        "fields": {TEXT: _WRITTEN},
    },
    "source_ip": {"type": "ip", "ignore_malformed": True, "fields": {TEXT: _WRITTEN}},
    "dest_ip": {"type": "ip", "ignore_malformed": True, "fields": {TEXT: _WRITTEN}},
    "podlynx.src_ip": {"type": "ip", "ignore_malformed": True, "fields": {TEXT: _WRITTEN}},
    "podlynx.dst_ip": {"type": "ip", "ignore_malformed": True, "fields": {TEXT: _WRITTEN}},
}
_LONG: Final[dict[str, Any]] = {"type": "long", "fields": {TEXT: _WRITTEN}}


@lru_cache(1)
def mappings() -> dict[str, Any]:
    """Of events: strict in nothing, so that a newer sensor's field is kept, though not searched."""
    properties = _properties("", inspect.type_info(EventDocument))
    words = {name: {"type": "text", "analyzer": "whitespace", "norms": False} for name in WORD_FIELDS}
    properties["store"] = {
        "properties": {
            **{name: {"type": "long"} for name in ("seq", "bytes")},
            **{name: {"type": "keyword"} for name in ("group", "fingerprint", "same", "origin_namespace")},
            "stored": {"type": "date", "format": "epoch_second"},
            WORDS.rpartition(".")[2]: {"properties": words},
        }
    }
    return {"dynamic": False, "properties": properties}


def _properties(before: str, struct: Any) -> dict[str, Any]:
    return {field.encode_name: _mapping(f"{before}{field.encode_name}", field.type) for field in struct.fields}


def _mapping(path: str, kind: Any) -> dict[str, Any]:
    kind = _inner(kind)
    if path in _SPECIAL:
        return _SPECIAL[path]
    if path in _UNSEARCHED or isinstance(kind, inspect.DictType):
        return {"type": "object", "enabled": False}
    if isinstance(kind, inspect.StructType):
        return {"properties": _properties(f"{path}.", kind)}
    if isinstance(kind, inspect.IntType):
        return _LONG
    if isinstance(kind, inspect.BoolType):
        return {"type": "boolean", "fields": {TEXT: _WRITTEN}}
    return _keyword(path)


def _keyword(path: str) -> dict[str, Any]:
    """`.keyword` as well, for those who come from an index whose mapping was guessed."""
    fields: dict[str, Any] = {} if "." in path else {"keyword": _WRITTEN}
    if path in _READABLE:
        fields["words"] = {"type": "text"}
    return {**_WRITTEN, "fields": fields} if fields else _WRITTEN


def _inner(kind: Any) -> Any:
    """Without `| None`, list and metadata: an index has lists everywhere."""
    while True:
        if isinstance(kind, inspect.Metadata):
            kind = kind.type
        elif isinstance(kind, inspect.UnionType):
            known = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
            texts = [each for each in known if isinstance(each, inspect.StrType)]
            kind = (texts or known)[0]  # an integer or a text is found as text
        elif isinstance(kind, inspect.ListType | inspect.VarTupleType):
            kind = kind.item_type
        else:
            return kind


def template(pattern: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The composable index template (Elasticsearch 7.8 and newer, every OpenSearch) of indices with such names."""
    return {
        "index_patterns": [pattern],
        "priority": 500,
        "template": {
            "settings": {
                "number_of_shards": 1,
                "auto_expand_replicas": "0-1",
                "mapping.total_fields.limit": 2_000,
                "max_result_window": 20_000,
                "refresh_interval": "1s",
                **settings,
            },
            "mappings": mappings(),
        },
        "_meta": {"managed_by": "podlynx"},
    }


def _untyped(before: str, properties: dict[str, Any]) -> None:
    for name, mapping in properties.items():
        path = f"{before}{name}"
        if "properties" in mapping:
            _untyped(f"{path}.", mapping["properties"])
        elif TEXT in mapping.get("fields", {}):
            conditions.UNTYPED.add(path)


_untyped("", mappings()["properties"])
