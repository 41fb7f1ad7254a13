"""The OpenAPI document as it is served and committed: Litestar's, made exact for those who generate clients from it."""

from typing import Any, Final

import msgspec
from litestar import Litestar, Request
from litestar.enums import MediaType
from litestar.openapi.plugins import JsonRenderPlugin

from podlynx.outputs.exports import EXPORTS

_PUBLIC: Final = frozenset({"livez", "readyz", "loginLink", "loginForm", "openSession", "beginOidc", "finishOidc", "loginWays"})
"""Operations that need no token. Litestar leaves an empty `security` out, which would mean the opposite."""
_SPARSE: Final = {"Headers": [], "GeoInfo": [], "EndpointDetail": [], "ErrorDetail": ["code", "hint", "message"]}
"""Schemas whose absent fields are left out of answers, and what they always hold. Every other answer holds all its fields."""
_JSON_LINES: Final = {"application/x-ndjson": {"schema": {"description": "A `SensorEvent` a line", "type": "string"}}}
_ARCHIVE: Final = {"application/octet-stream": {"schema": {"description": "Archive or rule file", "type": "string"}}}
_RAW: Final = {"takeEvents": _JSON_LINES, "uploadRules": _ARCHIVE}
"""Operations whose handler reads raw bytes, so that Litestar sees no body."""
_FILES: Final = {"exportEvents": [export.media_type for export in EXPORTS.values()]}
"""Operations that answer a file of one of several kinds."""


def contract(api: Litestar) -> dict[str, Any]:
    """The document of that API, OpenAPI 3.1."""
    document: dict[str, Any] = msgspec.convert(api.openapi_schema.to_schema(), dict[str, Any])
    answered = _answered(document)
    for name, schema in document["components"]["schemas"].items():
        properties = schema.get("properties", {})
        if name in answered:
            schema["required"] = _SPARSE.get(name, sorted(properties))
        _mend_bytes(properties)
    for path in document["paths"].values():
        for operation in path.values():
            _mend(operation)
    return document


def _answered(document: dict[str, Any]) -> set[str]:
    """Names of the schemas that answers are made of. In what is only sent to us a field with a default may be left out."""
    schemas, found = document["components"]["schemas"], set[str]()
    waiting = [operation["responses"] for path in document["paths"].values() for operation in path.values()]
    while waiting:
        part = waiting.pop()
        for value in part.values() if isinstance(part, dict) else part:
            name = value.rpartition("/")[2] if isinstance(value, str) and value.startswith("#/components/schemas/") else ""
            if name and name not in found:
                found.add(name)
                waiting.append(schemas[name])
            elif isinstance(value, dict | list):
                waiting.append(value)
    return found


def _mend(operation: dict[str, Any]) -> None:
    operation["responses"].get("204", {}).pop("content", None)
    if operation["operationId"] in _PUBLIC:
        operation["security"] = []
    if operation["operationId"] in _FILES:
        answer = operation["responses"]["200"]["content"].popitem()[1]
        operation["responses"]["200"]["content"] = dict.fromkeys(_FILES[operation["operationId"]], answer)
    if operation["operationId"] in _RAW:
        # None at all is a delivery of nothing, and an archive that is none: both are answered as what they are.
        operation["requestBody"] = {"required": False, "content": _RAW[operation["operationId"]]}


def _mend_bytes(fields: dict[str, Any]) -> None:
    """Bytes are sent in base64 (RFC 4648), four characters for three bytes; Litestar says utf-8."""
    for field in fields.values():
        if isinstance(field, dict) and field.get("contentEncoding") == "utf-8":
            field["contentEncoding"] = "base64"
            field["maxLength"] = (field["maxLength"] + 2) // 3 * 4


def rendered(api: Litestar) -> bytes:
    """The text of the document: keys sorted, so that a change shows as itself."""
    return msgspec.json.format(msgspec.json.encode(contract(api), order="sorted"), indent=2) + b"\n"


class ContractPlugin(JsonRenderPlugin):
    """Serves the document at `/openapi.json`, and none of Litestar's own pages: they load scripts from elsewhere."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002 an interface
        """The same bytes as the committed file."""
        return rendered(request.app)
