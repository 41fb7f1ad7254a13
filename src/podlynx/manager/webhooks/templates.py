"""Messages in a person's own words: `${field}` stands for a field of the event. Values go in as text and are never read again."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

_FIELD: Final = re.compile(r"\$\{([A-Za-z0-9_.]{1,120})\}")
MAX_TEMPLATE: Final = 16_384
MAX_DEPTH: Final = 16


class BadTemplate(ValueError):
    """A template that cannot be used."""


def text_of(template: str, values: Mapping[str, Any], escape: Callable[[str], str] = str) -> str:
    """The text with each field's value; a field that there is not is empty."""
    return _FIELD.sub(lambda match: escape(shown(values.get(match[1]))), template)


def json_of(template: str, values: Mapping[str, Any]) -> Any:
    """A template that is JSON, with values inside its texts. A text that is one field alone becomes the value itself.

    Raises BadTemplate.
    """
    return _filled(parsed(template), values)


def parsed(template: str) -> Any:
    """The JSON of a template. Raises BadTemplate."""
    if len(template) > MAX_TEMPLATE:
        raise BadTemplate(f"template: longer than {MAX_TEMPLATE} characters")
    try:
        found = msgspec.json.decode(template)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadTemplate(f"template: it is no JSON: {error}") from error
    _check_depth(found, MAX_DEPTH)
    return found


def shown(value: Any) -> str:
    """A value as text."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(shown(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_depth(part: Any, left: int) -> None:
    if not left:
        raise BadTemplate(f"template: nested deeper than {MAX_DEPTH}")
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for each in inner:
        _check_depth(each, left - 1)


def _filled(part: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(part, dict):
        return {key: _filled(value, values) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(each, values) for each in part]
    if not isinstance(part, str):
        return part
    alone = _FIELD.fullmatch(part)
    return values.get(alone[1]) if alone else text_of(part, values)
