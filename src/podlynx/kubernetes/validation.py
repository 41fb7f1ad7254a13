"""What is wrong with a resource as a person wrote it: one sentence, and a caret under the spot where there is one.

The webhook refuses with this text; where the webhook was down it becomes the status condition. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from podlynx.expressions.errors import ExpressionError
from podlynx.expressions.event_filter import parse_event_filter
from podlynx.expressions.selector import parse_selector
from podlynx.kubernetes.crds import KINDS, Kind
from podlynx.kubernetes.kinds import Manifest


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
    return _problem_of_expression(kind, manifest.get("spec") or {})


def _problem_of_expression(kind: Kind, spec: Manifest) -> Problem | None:
    if kind.name not in _EXPRESSIONS:
        return None
    field, reason, parse = _EXPRESSIONS[kind.name]
    try:
        parse(spec.get(field) or "")
    except ExpressionError as error:
        return Problem(reason, f"spec.{field}: {error.rendered()}")
    return None
