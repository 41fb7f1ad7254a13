"""Answers of probes: one sentence, or JSON where that is asked for. Every process gives the same."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec


class Health(msgspec.Struct, frozen=True):
    """`missing`: what stands in the way, a sentence each."""

    ready: bool
    missing: list[str] = []


class Answer(NamedTuple):
    """Status (RFC 9110), media type, body."""

    status: int
    media_type: str
    body: bytes


def health_answer(missing: Sequence[str], accept: str = "") -> Answer:
    """200 where nothing is missing, else 503 and what; as JSON where `accept` (the header) names it."""
    reasons = [each for each in missing if each]
    status = 503 if reasons else 200
    if "application/json" in accept.lower():
        return Answer(status, "application/json", msgspec.json.encode(Health(not reasons, reasons)) + b"\n")
    return Answer(status, "text/plain; charset=utf-8", ("; ".join(reasons) or "ok").encode(errors="replace") + b"\n")
