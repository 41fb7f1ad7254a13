"""Lines that an inspector in an attacker's hands may send: each is an event, or an error of its own and nothing else."""

import json
from contextlib import suppress

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from podlynx.models.engine_counters import decode_counters
from podlynx.models.engine_event import decode_aftermaths, decode_events
from podlynx.models.loss import loss_of

from ..engine_events import engine_event

SOUND = json.loads(msgspec.json.encode(engine_event()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
DECODERS = [lambda data: list(decode_events(data)), lambda data: list(decode_aftermaths(data)), decode_counters, loss_of]


@given(st.binary(max_size=300))
@example(b"[" * 100_000)
@example(b'{"caps":' + b"[" * 100_000)
@example(b'{"matches":' + b"[" * 100_000)
@example(b'{"msg":"\xff"}')
@example(b'{"gid":9000,"metadata":["\xff"]}')
@example(b'{"gid":9000,"metadata":' + b"[" * 100_000)
@pytest.mark.parametrize("decode", DECODERS, ids=["events", "aftermaths", "counters", "loss"])
def test_any_bytes_are_read_or_an_error_of_its_own(decode, data):
    with suppress(msgspec.DecodeError):
        decode(data)


@given(st.sampled_from(sorted(SOUND)), JSON)
def test_a_field_with_anything_in_it_is_an_event_or_an_error(field, value):
    line = json.dumps(SOUND | {field: value}).encode()
    try:
        (event,) = decode_events(line)
    except msgspec.DecodeError:
        return
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
