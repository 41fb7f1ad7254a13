"""Bodies that come compressed (gzip: RFC 9110, section 8.4.1.3; zstd: RFC 8878), unpacked no further than a cap.

Each says how much it unpacks to, and is held to it.
"""

import zlib
from typing import Final

import zstandard

from podlynx.manager.errors import ApiError, ErrorDetail

MAX_UNPACKED: Final = 64 * 1024 * 1024
"""Bytes that a body may unpack to."""
_GZIP: Final = 16 + zlib.MAX_WBITS


def size_unpacked(body: bytes, encoding: str) -> int:
    """Bytes that the body says it unpacks to; 0 where it does not say, which `unpacked` refuses."""
    if encoding == "gzip":
        return int.from_bytes(body[-4:], "little")  # RFC 1952, section 2.3.1: ISIZE
    if encoding != "zstd":
        return len(body)
    try:
        return max(zstandard.frame_content_size(body), 0)
    except zstandard.ZstdError:
        return 0


def unpacked(body: bytes, encoding: str, most: int = MAX_UNPACKED) -> bytes:
    """The body as it was before `Content-Encoding`. Raises ApiError: 413 too large, 400 damaged or of another encoding."""
    if encoding in {"", "identity"}:
        return body
    if encoding == "zstd":
        return _unpacked_zstd(body, most)
    if encoding != "gzip":
        hint = "Send it with Content-Encoding: zstd or gzip, or without one."
        raise ApiError(400, ErrorDetail("bad_encoding", f"Bodies of encoding {encoding[:40]!r} are not taken.", hint))
    said = size_unpacked(body, encoding)
    unpacker = zlib.decompressobj(_GZIP)
    try:
        plain = unpacker.decompress(body, max(min(said, most), 1))  # 0 would be without a limit
    except zlib.error as error:
        raise ApiError(400, ErrorDetail("bad_encoding", f"The body is no gzip: {error}.", "Compress it again.")) from error
    if unpacker.unconsumed_tail and said > most:
        raise _too_large(most)
    if not unpacker.eof or unpacker.unused_data:
        raise ApiError(400, ErrorDetail("bad_encoding", "The body is not one whole gzip member.", "Compress it again."))
    return plain


def _unpacked_zstd(body: bytes, most: int) -> bytes:
    """One frame that says how long it is (RFC 8878, section 3.1.1): so no more is set aside than it may have."""
    try:
        size = zstandard.frame_content_size(body)
        if size > most:
            raise _too_large(most)
        if size < 0:
            raise zstandard.ZstdError("its frame does not say how long it is")
        return zstandard.ZstdDecompressor().decompress(body, max_output_size=most, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise ApiError(400, ErrorDetail("bad_encoding", f"The body is no zstd: {error}.", "Compress it again.")) from error


def _too_large(most: int) -> ApiError:
    return ApiError(413, ErrorDetail("too_large", f"The body unpacks to more than {most >> 20} MiB.", "Send less at once."))
