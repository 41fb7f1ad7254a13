"""JSON and MessagePack of hosts that are not trusted: whatever is wrong with it is one kind of error."""

from typing import Protocol, TypeVar

import msgspec

T_co = TypeVar("T_co", covariant=True)


class Decoder(Protocol[T_co]):
    """`msgspec.json.Decoder` or `msgspec.msgpack.Decoder`."""

    def decode(self, buf: bytes, /) -> T_co:
        """The value that `buf` stands for."""


def decoded(decoder: Decoder[T_co], data: bytes) -> T_co:
    """What `decoder` reads of `data`. Raises `msgspec.DecodeError`, also where text is no UTF-8 or nesting has no end."""
    try:
        return decoder.decode(data)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(f"the message cannot be read: {error}") from error
