"""The line between watcher and inspector, with whatever an inspector in an attacker's hands may say."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podlynx.sensor.confined.framing import FrameError, Frames, frame
from podlynx.sensor.confined.messages import Capturing, Events, Figures, Loaded, Refused, decode_from_inspector

MESSAGES = [
    Capturing(["uid"]),
    Events(b"{}\n"),
    Loaded("v", 3),
    Figures(b"{}", b"[]", 2),
    Refused(7, "no"),
    Events(b"x" * 70_000),
]


@given(st.lists(st.integers(1, 5000), max_size=40))
def test_messages_arrive_whole_however_the_stream_is_cut(cuts):
    stream, frames, got = b"".join(map(frame, MESSAGES)), Frames(), []
    for cut in [*cuts, len(stream)]:
        piece, stream = stream[:cut], stream[cut:]
        got += [decode_from_inspector(payload) for payload in frames.feed(piece)]
    assert got == MESSAGES


@given(st.binary(max_size=200))
def test_garbage_is_an_error_of_its_own_and_nothing_else(data):
    try:
        for payload in Frames(cap=1000).feed(data):
            decode_from_inspector(payload)
    except (FrameError, msgspec.DecodeError):
        pass


def test_a_length_over_the_cap_is_refused_before_anything_is_kept():
    with pytest.raises(FrameError, match="4294967295"):
        list(Frames().feed(b"\xff\xff\xff\xff"))


@pytest.mark.parametrize(
    "message",
    [
        {"type": "events"},
        {"type": "events", "lines": 3},
        {"type": "start", "rules": {}},  # of the other direction
        {"type": "capturing", "measures": ["x"] * 65},
        {"type": "figures", "counters": b"{}", "interfaces": b"[]", "lost": -1},
        {"type": "refused", "ifindex": 2**32, "reason": ""},
        {"type": "loaded", "version": "v" * 256},
        {"type": "what"},
        [],
    ],
)
def test_what_is_no_message_of_an_inspector_is_refused(message):
    with pytest.raises(msgspec.DecodeError):
        decode_from_inspector(msgspec.msgpack.encode(message))
