"""The engine's counters: one JSON object, as `_engine.Replay.counters` and `_engine.Live.counters` answer it."""

from typing import Final

import msgspec

from podlynx.models.decoding import decoded


class Amount(msgspec.Struct, frozen=True):
    """Packets, and their bytes on the wire."""

    packets: int = 0
    bytes: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.packets + other.packets, self.bytes + other.bytes)


class Account(msgspec.Struct, frozen=True):
    """What became of every packet. What of `seen` was neither skipped nor shed was inspected."""

    seen: Amount = Amount()
    skipped: Amount = Amount()
    shed: dict[str, Amount] = {}


class EngineCounters(msgspec.Struct, frozen=True):
    """Counted since the engine began; counters that a newer engine adds are left aside.

    `open_flows` and `flow_memory` (bytes) are as of now. `not_inspected`: packets by the reason why rules had nothing to look at;
    `caps`: how often a limit was hit, by its name; `faults`: packets whose inspection ended in a fault of the engine; `ring`
    (live only): packets `received` and `dropped`, its `bytes` of memory. `pressure`: 1 bulk is being shed, 2 long flows too,
    3 new flows too.
    """

    packets: int = 0
    bytes: int = 0
    flows: int = 0
    open_flows: int = 0
    flow_memory: int = 0
    events: int = 0
    account: Account = Account()
    inspected: Amount = Amount()
    pressure: int = 0
    not_inspected: dict[str, int] = {}
    caps: dict[str, int] = {}
    faults: int = 0
    ring: dict[str, int] = {}


_DECODER: Final = msgspec.json.Decoder(EngineCounters)


def decode_counters(text: bytes) -> EngineCounters:
    """The counters of a JSON object. Raises `msgspec.DecodeError`."""
    return decoded(_DECODER, text)
