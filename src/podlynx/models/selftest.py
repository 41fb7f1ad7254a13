"""The self-test: a datagram of our own to the discard port (RFC 863) of a monitored pod, which a rule of our own knows.

It goes every step that an attack's packet would go. Its token is drawn for one test: nobody else's datagram is taken for it.
"""

import re
from typing import Annotated, Final

import msgspec

from podlynx.models.engine_event import EngineEvent

GID: Final = 30_000
SID: Final = 1
"""Generator and signature of our rule: the community's text rules have gid 1."""
PORT: Final = 9
MARK: Final = b"podlynx-selftest "
RULES: Final = (
    "podlynx-selftest.rules",
    b'alert udp any any -> any 9 ( msg:"Podlynx self-test, no attack"; content:"podlynx-selftest "; gid:30000; sid:1; rev:1; )\n',
)
"""Name and text of the file that is compiled beside every rule set of live capture."""
RULE_COUNT: Final = 1
_TOKEN: Final = re.compile(rb"podlynx-selftest ([a-p]{32})\n")
STAGES: Final = ("sent", "inspected", "spooled", "delivered", "stored", "streamed")

_Token = Annotated[str, msgspec.Meta(max_length=32)]
_Seconds = float


class SelftestReport(msgspec.Struct, frozen=True, kw_only=True):
    """How far a test came on the node. Times are epoch seconds at the sensor; 0: not yet."""

    token: _Token
    sent: _Seconds = 0.0
    inspected: _Seconds = 0.0
    spooled: _Seconds = 0.0
    error: Annotated[str, msgspec.Meta(max_length=1024)] = ""
    """Why it could not be sent."""


class SelftestStage(msgspec.Struct, frozen=True):
    """One step that was reached, and how many seconds after the datagram was sent."""

    name: str
    seconds: float


class SelftestResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a test: the stages that were reached, in order; where one was not, which, why, and what to do."""

    node: str
    passed: bool
    stages: list[SelftestStage]
    failed_stage: str = ""
    reason: str = ""
    mend: str = ""


def token_of(letters: bytes) -> str:
    """A token of 16 random bytes, in letters alone: nothing that redaction could take for a card number."""
    return "".join(chr(ord("a") + nibble) for byte in letters for nibble in (byte >> 4, byte & 15))


def datagram(token: str) -> bytes:
    """What is sent."""
    return MARK + token.encode() + b"\n"


def is_selftest(event: EngineEvent) -> bool:
    """Whether our rule fired."""
    return event.gid == GID and event.sid == SID


def token_in(event: EngineEvent) -> str:
    """The token of the datagram; empty where it is none of ours."""
    found = _TOKEN.match(event.payload)
    return found[1].decode() if found else ""
