"""Header blocks of HTTP/2 (RFC 9113, 4.1 and 6.2): compressed by HPACK, so that no field can be told from another there.

What they say is in the event's decoded buffers; the blocks themselves are overwritten whole.
"""

import struct
from typing import Final

from podlynx.redaction.secrets import Range

SERVICE: Final = "http2"
_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEAD: Final = 9
_BLOCKS: Final = frozenset({1, 5, 9})
"""HEADERS, PUSH_PROMISE, CONTINUATION."""
_LARGEST_TYPE: Final = 9
_LARGEST_FRAME: Final = 16_384
"""Unless a peer allows more, which few do (SETTINGS_MAX_FRAME_SIZE): what says more is taken for no head of a frame."""


def header_blocks(data: bytes) -> list[Range]:
    """Payloads of frames that hold header blocks. Where the bytes do not begin with a frame all of them are taken for one."""
    ranges: list[Range] = []
    at = len(_PREFACE) if data.startswith(_PREFACE) else 0
    while at + _HEAD <= len(data):
        high, low, kind, _, stream = struct.unpack_from(">BHBBI", data, at)
        length = high << 16 | low
        if kind > _LARGEST_TYPE or stream >> 31 or length > _LARGEST_FRAME:
            return [(0, len(data))]
        end = at + _HEAD + length
        if kind in _BLOCKS:
            ranges.append((at + _HEAD, end))
        at = end
    # A head that is cut says nothing of what follows; it is short, and goes too.
    return [*ranges, (at, len(data))] if at < len(data) else ranges
