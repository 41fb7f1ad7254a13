"""What watcher and inspector say to each other: MessagePack with a tag, each with its length in front (`framing`).

The inspector may be in an attacker's hands: what it says is decoded strictly, within caps, and believed of packets only.
"""

from typing import Annotated, Final

import msgspec

from podlynx.models.decoding import decoded

MAX_INTERFACES: Final = 1000
"""Interfaces that one kernel filter holds."""
_Index = Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)]
MAX_LODGED: Final = 4096
"""Interfaces and adopted sockets whose pods' addresses are told."""
_Addresses = Annotated[list[Annotated[str, msgspec.Meta(max_length=45)]], msgspec.Meta(max_length=16)]
_Lodged = Annotated[dict[_Index, _Addresses], msgspec.Meta(max_length=MAX_LODGED)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Sentence = Annotated[str, msgspec.Meta(max_length=4096)]
_Version = Annotated[str, msgspec.Meta(max_length=255)]


class Rules(msgspec.Struct, frozen=True, tag="rules"):
    """To the inspector: use these from when they are compiled.

    `patterns`: databases kept of an earlier run; `settings`: as `_engine.compile_rules` and `_engine.Live.set` take them.
    """

    version: _Version
    files: list[tuple[str, bytes]]
    patterns: bytes | None = None
    settings: bytes = b"{}"


class Start(msgspec.Struct, frozen=True, tag="start"):
    """To the inspector, first: open the ring, give up everything, then compile and inspect."""

    rules: Rules
    ifindexes: Annotated[list[_Index], msgspec.Meta(max_length=MAX_INTERFACES)] = []
    ring_mib: int = 32
    around: bool = True
    """Events carry the packets before them, and are followed by those after."""
    lodged: _Lodged = {}
    workers: int = 1
    memory_mib: int = 0
    """Of the whole process, rings included; 0: no limit."""


class Watch(msgspec.Struct, frozen=True, tag="watch"):
    """To the inspector: these interfaces of the node, and no others."""

    ifindexes: Annotated[list[_Index], msgspec.Meta(max_length=MAX_INTERFACES)]
    number: _Count = 0
    """Counted up, so that `Watching` tells which of these is meant."""


class Lodge(msgspec.Struct, frozen=True, tag="lodge"):
    """To the inspector: the addresses of the pods behind interfaces and adopted sockets, and no others."""

    addresses: _Lodged


class Adopt(msgspec.Struct, frozen=True, tag="adopt"):
    """To the inspector: the socket that came with this message shows a pod from inside; call it `ifindex`."""

    ifindex: _Index
    ring_mib: int = 2


class Release(msgspec.Struct, frozen=True, tag="release"):
    """To the inspector: close the socket that was adopted under this number."""

    ifindex: _Index


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """To the inspector: hand out what is there and end."""


class Compiling(msgspec.Struct, frozen=True, tag="compiling"):
    """From the inspector: its ring is open and it is confined; what ends it from here to `Capturing` may be the rules' doing."""


class Capturing(msgspec.Struct, frozen=True, tag="capturing"):
    """From the inspector: the ring is open, the rules are in use, and these `measures` hold it."""

    measures: Annotated[list[_Version], msgspec.Meta(max_length=64)] = []


class Watching(msgspec.Struct, frozen=True, tag="watching"):
    """From the inspector: the interfaces of the `Watch` of that number are captured from now on."""

    number: _Count


class Adopted(msgspec.Struct, frozen=True, tag="adopted"):
    """From the inspector: the socket of the `Adopt` with that number is captured from now on."""

    ifindex: _Index


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """From the inspector, last: why it cannot capture."""

    reason: _Sentence


class Loaded(msgspec.Struct, frozen=True, tag="loaded"):
    """From the inspector: what became of `Rules`. They are in use where `error` is empty."""

    version: _Version
    loaded: _Count = 0
    refused: _Count = 0
    seconds: float = 0.0
    error: _Sentence = ""
    died: bool = False
    """Inspectors ended while they took them up: that need not be the rules' fault, so they are tried again some time."""


class Patterns(msgspec.Struct, frozen=True, tag="patterns"):
    """From the inspector: pattern databases of these rules, for its successor."""

    version: _Version
    data: bytes


class Events(msgspec.Struct, frozen=True, tag="events"):
    """From the inspector: engine events, JSON lines."""

    lines: bytes


class Aftermaths(msgspec.Struct, frozen=True, tag="aftermaths"):
    """From the inspector: what came after events that it told of before, JSON lines."""

    lines: bytes


class Figures(msgspec.Struct, frozen=True, tag="figures"):
    """From the inspector, each half second: `_engine.Live.counters`, `_engine.Live.interfaces`, events that found no room."""

    counters: bytes
    interfaces: bytes
    lost: _Count = 0


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """From the inspector: an interface or socket that cannot be captured. `ifindex` 0: the filter as a whole."""

    ifindex: Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
    reason: _Sentence


ToInspector = Start | Watch | Lodge | Adopt | Release | Rules | Stop
FromInspector = Compiling | Capturing | Watching | Adopted | Failed | Loaded | Patterns | Events | Aftermaths | Figures | Refused

_TO: Final = msgspec.msgpack.Decoder(ToInspector)
_FROM: Final = msgspec.msgpack.Decoder(FromInspector)


def decode_to_inspector(payload: bytes) -> ToInspector:
    """Raises `msgspec.DecodeError` (a ValidationError where a cap is passed)."""
    message: ToInspector = decoded(_TO, payload)
    return message


def decode_from_inspector(payload: bytes) -> FromInspector:
    """Raises `msgspec.DecodeError` (a ValidationError where a cap is passed)."""
    message: FromInspector = decoded(_FROM, payload)
    return message
