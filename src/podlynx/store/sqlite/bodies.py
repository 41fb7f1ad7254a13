"""A stored document: its JSON, compressed (Zstandard, RFC 8878) against a dictionary of what every document has in it.

A body begins with the number of its dictionary; one that begins with `{` is plain JSON, as older versions stored it. A dictionary
is never changed once documents were written with it: a better one is a further file with the next number.
"""

import threading
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

import zstandard

MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes that a body may unpack to; the caps of `models.engine_event` keep it far below."""
_NUMBER: Final = b"\x01"
_PLAIN: Final = b"{"
_LEVEL: Final = -1
"""A quarter quicker than 1, for bodies that are a twelfth larger."""
_DICTIONARY: Final = zstandard.ZstdCompressionDict(
    files(__package__).joinpath("bodies-1.dictionary").read_bytes(), dict_type=zstandard.DICT_TYPE_RAWCONTENT
)
_DICTIONARY.precompute_compress(level=_LEVEL)


class _Codec(threading.local):
    """Neither half may be used by two threads at once."""

    def __init__(self) -> None:
        self.packer = zstandard.ZstdCompressor(level=_LEVEL, dict_data=_DICTIONARY)
        self.unpacker = zstandard.ZstdDecompressor(dict_data=_DICTIONARY)


_CODEC: Final = _Codec()


def packed(json: bytes) -> bytes:
    """The body as it is stored."""
    return _NUMBER + _CODEC.packer.compress(json)


def packed_all(jsons: Sequence[bytes]) -> list[bytes]:
    """The bodies of a batch. Other threads run meanwhile."""
    if not jsons:
        return []
    found = _CODEC.packer.multi_compress_to_buffer(list(jsons))
    return [_NUMBER + found[place].tobytes() for place in range(len(found))]


def unpacked(body: bytes) -> bytes:
    """The JSON of a stored body. Raises ValueError where it is damaged."""
    if body[:1] == _PLAIN:
        return body
    if body[:1] != _NUMBER:
        raise ValueError("a stored document begins with a number that this Podlynx does not know")
    try:
        return _CODEC.unpacker.decompress(body[1:], max_output_size=MAX_BODY)
    except zstandard.ZstdError as error:
        raise ValueError(f"a stored document is damaged ({error})") from error
