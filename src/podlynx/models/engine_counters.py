"""The engine's counters: one JSON object, as `_engine.Replay.counters` and `_engine.Live.counters` answer it."""

from typing import Final

import msgspec

from podlynx.models.decoding import decoded


class EngineCounters(msgspec.Struct, frozen=True):
    """Counted since the engine began; counters that a newer engine adds are left aside.

    `open_flows` and `flow_memory` (bytes) are as of now. `not_inspected`: packets by the reason why rules had nothing to look at;
    `caps`: how often a limit was hit, by its name; `faults`: packets whose inspection ended in a fault of the engine; `ring`
    (live only): packets `received` and `dropped`.
    """

    packets: int = 0
    bytes: int = 0
    flows: int = 0
    open_flows: int = 0
    flow_memory: int = 0
    events: int = 0
    not_inspected: dict[str, int] = {}
    caps: dict[str, int] = {}
    faults: int = 0
    ring: dict[str, int] = {}


_DECODER: Final = msgspec.json.Decoder(EngineCounters)


def decode_counters(text: bytes) -> EngineCounters:
    """The counters of a JSON object. Raises `msgspec.DecodeError`."""
    return decoded(_DECODER, text)
