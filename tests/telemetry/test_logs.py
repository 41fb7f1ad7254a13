"""What a log line holds, and what it never does."""

import contextlib

import pytest
import structlog

from podlynx.telemetry.logs import LEFT_OUT, MAX_CHARACTERS, MAX_EVENTS, SAME_LINES, Repeats, as_json, wants_json, without_secrets


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def printed(repeats, event, times):
    lines = []
    for _ in range(times):
        with contextlib.suppress(structlog.DropEvent):
            lines.append(repeats(None, "warning", {"event": event}))
    return lines


def test_what_is_said_again_and_again_is_counted_instead():
    clock = Clock()
    repeats = Repeats(clock)
    assert len(printed(repeats, "no disk", SAME_LINES + 7)) == SAME_LINES
    assert len(printed(repeats, "another", 1)) == 1
    clock.now = 61
    assert printed(repeats, "no disk", 1) == [{"event": "no disk", "repeated": 7}]
    assert printed(repeats, "no disk", 1) == [{"event": "no disk"}]


def test_events_that_are_counted_are_capped():
    repeats = Repeats(Clock())
    for number in range(MAX_EVENTS * 2):
        printed(repeats, f"event {number}", 1)
    assert len(repeats._said) == MAX_EVENTS


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("token", "abc", LEFT_OUT),
        ("Authorization", "Bearer abc", LEFT_OUT),
        ("payload", b"GET /", LEFT_OUT),
        ("packet", None, None),
        ("rest", b"GET /", "(5 bytes)"),
        ("path", "/a", "/a"),
        ("count", 3, 3),
    ],
)
def test_nothing_of_the_wire_and_no_secret_is_logged(name, value, shown):
    assert without_secrets(None, "info", {name: value}) == {name: shown}


def test_a_field_has_an_end():
    assert len(without_secrets(None, "info", {"error": "x" * 100_000})["error"]) < MAX_CHARACTERS + 50


def test_a_line_stays_one_line_and_begins_alike():
    line = as_json(None, "info", {"node": "n", "event": "a\nb", "level": "info", "time": "t", "odd": object})
    assert line.startswith('{"time":"t","level":"info","event":"a\\nb",')
    assert "\n" not in line


@pytest.mark.parametrize(
    ("environment", "json"),
    [
        ({}, False),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, True),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "PODLYNX_LOG_FORMAT": "text"}, False),
        ({"PODLYNX_LOG_FORMAT": "JSON"}, True),
    ],
)
def test_machines_are_told_in_pods(environment, json):
    assert wants_json(environment) is json
