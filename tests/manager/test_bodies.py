"""Compressed delivery, unpacked no further than it may be."""

import gzip

import pytest
import zstandard

from podlynx.manager.bodies import unpacked
from podlynx.manager.errors import ApiError

from .observed import lines, sensor_event

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("compress", "encoding"), [(gzip.compress, "gzip"), (zstandard.compress, "zstd")])
async def test_a_compressed_batch(sensor, store, compress, encoding):
    body = compress(lines(sensor_event("client"), sensor_event("server")))
    answer = await sensor.post("/api/v1/events", content=body, headers={"Content-Encoding": encoding})
    assert answer.json()["accepted"] == 2


@pytest.mark.parametrize(
    ("body", "encoding", "status", "code"),
    [
        (gzip.compress(b"a" * 101), "gzip", 413, "too_large"),
        (b"no gzip", "gzip", 400, "bad_encoding"),
        (gzip.compress(b"a" * 50)[:-5], "gzip", 400, "bad_encoding"),
        (gzip.compress(b"a") + b"more", "gzip", 400, "bad_encoding"),
        (b"", "gzip", 400, "bad_encoding"),
        (b"a", "br", 400, "bad_encoding"),
        (zstandard.compress(b"a" * 101), "zstd", 413, "too_large"),
        (b"no zstd", "zstd", 400, "bad_encoding"),
        (zstandard.compress(b"a" * 50)[:-5], "zstd", 400, "bad_encoding"),
        (zstandard.compress(b"a") + b"more", "zstd", 400, "bad_encoding"),
        (b"", "zstd", 400, "bad_encoding"),
        (zstandard.ZstdCompressor(write_content_size=False).compress(b"a" * 50), "zstd", 400, "bad_encoding"),
    ],
    ids=[
        *("a bomb", "not compressed", "cut", "with a tail", "empty", "of another kind"),
        *("a zstd bomb", "no zstd", "cut zstd", "zstd with a tail", "empty zstd", "zstd of unknown length"),
    ],
)
def test_what_is_not_taken(body, encoding, status, code):
    with pytest.raises(ApiError) as caught:
        unpacked(body, encoding, 100)
    assert (caught.value.status, caught.value.detail.code) == (status, code)


def test_as_much_as_may_be():
    assert unpacked(gzip.compress(b"a" * 100), "gzip", 100) == b"a" * 100
    assert unpacked(zstandard.compress(b"a" * 100), "zstd", 100) == b"a" * 100
    assert unpacked(b"plain", "") == unpacked(b"plain", "identity") == b"plain"


@pytest.mark.parametrize("said", [0, 1, 49, 51, 2**32 - 1])
def test_a_gzip_that_is_not_as_long_as_it_says_is_refused(said):
    """No more is unpacked than was let in by what it says."""
    with pytest.raises(ApiError) as refused:
        unpacked(gzip.compress(b"a" * 50)[:-4] + said.to_bytes(4, "little"), "gzip")
    assert (refused.value.status, refused.value.detail.code) == (400, "bad_encoding")
