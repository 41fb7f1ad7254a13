"""Where the bytes that a packet carries stand in its frame, and in its direction's stream."""

import struct
from typing import Final, NamedTuple

_ETHERNET, _RAW = 1, (101, 12, 14)
_VLAN: Final = (0x8100, 0x88A8)
_IPV4, _IPV6 = 0x0800, 0x86DD
_EXTENSIONS: Final = (0, 43, 60)
_TCP, _UDP = 6, 17


class Carried(NamedTuple):
    """Where in the frame payload begins and ends; for TCP which direction's and its first byte's sequence number."""

    start: int
    end: int
    direction: bytes = b""
    """Addresses and ports; empty: no TCP."""
    sequence: int = 0


def carried(frame: bytes, link_type: int) -> Carried:
    """What the frame carries above its transport header; the whole frame where that cannot be told (tunnels, other links)."""
    try:
        return _carried(frame, link_type)
    except (IndexError, struct.error):
        return Carried(0, len(frame))


def _carried(frame: bytes, link_type: int) -> Carried:
    at = _network(frame, link_type)
    if at is None:
        return Carried(0, len(frame))
    if frame[at] >> 4 == 4:
        (total, _, fragment, _, protocol) = struct.unpack_from(">HHHBB", frame, at + 2)
        end = min(at + total, len(frame)) if total else len(frame)
        above, addresses = at + (frame[at] & 15) * 4, frame[at + 12 : at + 20]
        if fragment & 0x1FFF:
            return Carried(min(above, end), end)
    elif frame[at] >> 4 == 6:
        length, protocol = struct.unpack_from(">HB", frame, at + 4)
        end = min(at + 40 + length, len(frame)) if length else len(frame)
        above, addresses = at + 40, frame[at + 8 : at + 40]
        while protocol in _EXTENSIONS:
            protocol, above = frame[above], above + (frame[above + 1] + 1) * 8
    else:
        return Carried(0, len(frame))
    if protocol == _TCP:
        sequence = struct.unpack_from(">I", frame, above + 4)[0]
        start = above + (frame[above + 12] >> 4) * 4
        return Carried(min(start, end), end, addresses + frame[above : above + 4], sequence + (frame[above + 13] >> 1 & 1))
    return Carried(min(above + 8, end) if protocol == _UDP else min(above, end), end)


def _network(frame: bytes, link_type: int) -> int | None:
    """Where the IP header begins."""
    if link_type in _RAW:
        return 0
    if link_type != _ETHERNET:
        return None
    at = 12
    while (kind := struct.unpack_from(">H", frame, at)[0]) in _VLAN:
        at += 4
    return at + 2 if kind in (_IPV4, _IPV6) else None
