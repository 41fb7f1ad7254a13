"""Captures through an engine for another end than their alerts: rules compared, costs measured."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from podlynx import _engine
from podlynx.cli.captures import Capture, find_captures
from podlynx.cli.exits import CommandError, Exit
from podlynx.cli.terminal import Progress, complain
from podlynx.models.engine_event import EngineEvent, decode_events

STEP_PACKETS = 20_000


def captures_of(named: Sequence[Path]) -> list[Capture]:
    """The captures, each of which can be read more than once. Raises CommandError."""
    found, _ = find_captures(named)
    if any(not isinstance(capture.source, str) for capture in found):
        raise CommandError(Exit.USAGE, "standard input can be read once only", "write it to a file first: tcpdump -w FILE")
    return found


def replayed(
    ruleset: _engine.RuleSet, capture: Capture, progress: Progress, **options: Any
) -> Iterator[tuple[_engine.Replay, list[EngineEvent]]]:
    """The engine with its events, piece by piece; what is damaged ends with a warning. Raises CommandError."""
    try:
        replay, more = _engine.Replay(ruleset, capture.source, **options), True
    except _engine.CaptureError as error:
        if not capture.walked:
            raise CommandError(Exit.UNREADABLE, str(error)) from error
        complain(str(error), word="warning")
        return
    while more:
        try:
            lines, more = replay.step(STEP_PACKETS)
        except _engine.CaptureError as error:
            complain(str(error), word="warning")
            return
        yield replay, list(decode_events(lines)) if lines else []
        progress(replay.position()[0], capture.size, capture.path.name)
