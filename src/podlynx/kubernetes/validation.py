"""What is wrong with a resource as a person wrote it: one sentence, and a caret under the spot where there is one.

The webhook refuses with this text; where the webhook was down it becomes the status condition. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from podlynx.expressions.errors import ExpressionError
from podlynx.expressions.event_filter import parse_event_filter, unknown_fields
from podlynx.expressions.selector import parse_selector
from podlynx.kubernetes.crds import COPY, KINDS, V1_INSPECTION, Kind
from podlynx.kubernetes.inspections import is_copy
from podlynx.kubernetes.kinds import Manifest
from podlynx.kubernetes.webhook_settings import problems_of


@dataclass(frozen=True)
class Problem:
    """`reason` is a word for programs (that of the condition), `message` for people; it may have several lines."""

    reason: str
    message: str


_EXPRESSIONS: Final[dict[str, tuple[str, str, Callable[[str], Any]]]] = {
    "DeepPacketInspection": ("selector", "InvalidSelector", parse_selector),
    "AlertException": ("selector", "InvalidSelector", parse_event_filter),
    "SecurityEventWebhook": ("query", "InvalidQuery", parse_event_filter),
}
"""Kind to the field of its spec that is an expression, the reason where it is wrong, and its parser."""


def kind_of(api_version: str, kind: str) -> Kind | None:
    """The kind of ours that a manifest is, if it is one."""
    return next((each for each in KINDS if each.resource.api_version == api_version and each.name == kind), None)


def problem_of(kind: Kind, manifest: Manifest) -> Problem | None:
    """What is wrong with an object of that kind, or None."""
    name = str((manifest.get("metadata") or {}).get("name") or "")
    if kind.only_name and name != kind.only_name:
        return Problem("InvalidName", f"There is one {kind.name} and its name is {kind.only_name}, not {name}: rename it.")
    try:
        msgspec.convert({"spec": manifest.get("spec") or {}}, kind.model)
    except msgspec.ValidationError as error:
        return Problem("Invalid", f"This {kind.name} cannot be read: {error}. `kubectl explain` tells what each field means.")
    if kind == V1_INSPECTION and COPY in ((manifest.get("metadata") or {}).get("labels") or {}) and not is_copy(manifest):
        return Problem("Invalid", f"The label {COPY} marks copies that follow a projectcalico.org/v3 object: remove it here.")
    spec = manifest.get("spec") or {}
    return _problem_of_expression(kind, spec) or _further(kind, spec)


def unknown_fields_of(kind: Kind, spec: Manifest) -> list[str]:
    """A sentence for each field of the object's filter that no event has: it can be read, and never holds."""
    field, _, _ = _EXPRESSIONS[kind.name]
    return unknown_fields(str(spec.get(field) or ""))


def _problem_of_exception(spec: Manifest) -> Problem | None:
    if not spec["selector"].strip():
        hint = "write what to hide, such as origin = 'dpi.shop/web' AND name IN {'*scan*'}"
        return Problem("InvalidSelector", f"spec.selector: an empty one would hide every alert: {hint}.")
    times = {field: spec[field] for field in ("startTime", "endTime") if spec.get(field)}
    try:
        start, *end = (_instant(field, text) for field, text in times.items())
    except ValueError as error:
        return Problem("InvalidTime", str(error))
    if end and end[0] <= start:
        return Problem("InvalidTime", f"spec.endTime: {times['endTime']} is not after spec.startTime {times['startTime']}.")
    return None


def _instant(field: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError(f"spec.{field}: {text!r} is no time of RFC 3339, such as 2026-01-31T10:00:00Z.")
    return found


_FURTHER: Final[dict[str, Callable[[Manifest], Problem | None]]] = {
    "AlertException": _problem_of_exception,
    "SecurityEventWebhook": lambda spec: next((Problem("InvalidConfig", said) for said in problems_of(spec)), None),
}
"""What is looked at once types and expression are right."""


def _further(kind: Kind, spec: Manifest) -> Problem | None:
    look = _FURTHER.get(kind.name)
    return look(spec) if look else None


def _problem_of_expression(kind: Kind, spec: Manifest) -> Problem | None:
    if kind.name not in _EXPRESSIONS:
        return None
    field, reason, parse = _EXPRESSIONS[kind.name]
    try:
        parse(spec.get(field) or "")
    except ExpressionError as error:
        return Problem(reason, f"spec.{field}: {error.rendered()}")
    return None
