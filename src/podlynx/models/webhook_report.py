"""What the manager says of its webhooks: contract between it, the operator (which makes status of it), page and command line."""

from typing import Annotated, Literal

import msgspec

_Short = Annotated[str, msgspec.Meta(max_length=255)]
_Sentence = Annotated[str, msgspec.Meta(max_length=1024)]
MAX_DELIVERIES = 20
"""Attempts that are remembered of each webhook, the newest."""

Outcome = Literal["delivered", "retrying", "dead", "tested", "shown"]
"""`dead`: given up; those alerts are told to nobody by this webhook. `shown`: state Debug, nothing was sent."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message, or an attempt at one. Secrets and the receiver's whole URL stand nowhere in it."""

    time: Annotated[str, msgspec.Meta(description="ISO 8601")]
    outcome: Outcome
    alerts: Annotated[int, msgspec.Meta(ge=0, description="Alerts that the message told of")] = 0
    attempt: Annotated[int, msgspec.Meta(ge=1)] = 1
    status: Annotated[int | None, msgspec.Meta(description="HTTP status of the answer; null where there was none")] = None
    message: _Sentence = ""


class WebhookState(msgspec.Struct, frozen=True, kw_only=True):
    """One SecurityEventWebhook. Counters run on over restarts."""

    name: _Short
    uid: _Short
    generation: int = 0
    consumer: _Short = ""
    state: _Short = ""
    healthy: bool | None = None
    """None: nothing was sent yet, or nothing is to be."""
    reason: _Short = ""
    message: _Sentence = ""
    delivered: int = 0
    """Alerts that were told of."""
    messages: int = 0
    """Messages that the receiver took."""
    folded: int = 0
    """Alerts of those that had no message of their own: alike ones, and those past the rate cap."""
    dead: int = 0
    """Alerts whose message was given up."""
    retries: int = 0
    deliveries: Annotated[list[Delivery], msgspec.Meta(max_length=MAX_DELIVERIES)] = []
    """The newest first."""


class WebhookStates(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /api/v1/webhooks`."""

    webhooks: list[WebhookState] = []


class WebhookTest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /api/v1/webhooks/{name}/test`: what the receiver said to a sample alert."""

    delivered: bool
    status: int | None = None
    message: str = ""


class ExceptionState(msgspec.Struct, frozen=True, kw_only=True):
    """One AlertException. `start` and `end` as they were written; no end: for good."""

    name: _Short
    state: Literal["Active", "Scheduled", "Expired", "Invalid", "TooMany"]
    message: str
    description: str = ""
    selector: str = ""
    start: str = ""
    end: str = ""


class ExceptionStates(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /api/v1/exceptions`."""

    exceptions: list[ExceptionState] = []
