"""The keys of browsers' sessions: made, renewed, mended."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography.fernet import Fernet, MultiFernet

from podlynx.models.session_keys import SessionKeyring
from podlynx.operator.session_keys import KEY_LIFE, renewed

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def ring(text):
    return msgspec.json.decode(text, type=SessionKeyring)


def test_keys_stay_while_they_are_young_and_the_one_before_opens_what_it_sealed():
    first = renewed(b"", NOW)
    assert renewed(first, NOW + KEY_LIFE - timedelta(seconds=1)) == first
    second = renewed(first, NOW + KEY_LIFE)
    third = renewed(second, NOW + 2 * KEY_LIFE)
    assert [len(ring(each).keys) for each in (first, second, third)] == [1, 2, 2]
    assert ring(first).id == ring(third).id
    sealed = Fernet(ring(first).keys[0].key).encrypt(b"x")
    assert MultiFernet([Fernet(each.key) for each in ring(second).keys]).decrypt(sealed) == b"x"
    assert ring(first).keys[0] not in ring(third).keys


@pytest.mark.parametrize("broken", [b"", b"{", b"{}", b'{"id":"00000000","keys":[{"made":1,"key":"short"}]}', b"\xff"])
def test_what_is_damaged_is_made_anew(broken):
    assert len(ring(renewed(broken, NOW)).keys) == 1
