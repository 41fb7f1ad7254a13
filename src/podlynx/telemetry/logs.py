"""Log lines: one JSON object a line in a cluster, a short line on a terminal; without repeats, payload and secrets.

Processors of structlog (https://www.structlog.org/en/stable/processors.html). docs/logs.md tells people of the form.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final

import msgspec
import structlog

FORMATS: Final = ("json", "text")
"""Values of `PODLYNX_LOG_FORMAT`."""
SAME_LINES: Final = 10
"""So many lines of one event within `WINDOW_SECONDS` are printed; the rest is counted, and told by the next one."""
WINDOW_SECONDS: Final = 60.0
MAX_EVENTS: Final = 512
"""Different events that are counted at once; past it the one of longest ago is forgotten."""
MAX_CHARACTERS: Final = 4_096
"""Of one field. A line that is longer is cut by container runtimes in pieces that are no JSON any more (16 KiB)."""
LEFT_OUT: Final = "(left out)"
_SECRET: Final = frozenset(
    {"api_key", "authorization", "body", "buffers", "cookie", "credential", "packet", "password", "payload", "secret", "token"}
)

Line = MutableMapping[str, Any]


def wants_json(environment: Mapping[str, str]) -> bool:
    """Whether lines are for a machine: as `PODLYNX_LOG_FORMAT` says, else where this is a pod. Raises ValueError."""
    said = environment.get("PODLYNX_LOG_FORMAT", "").strip().lower()
    if said and said not in FORMATS:
        raise ValueError(f"PODLYNX_LOG_FORMAT is {said[:40]!r}")
    return said == "json" or (not said and "KUBERNETES_SERVICE_HOST" in environment)


class Repeats:
    """Drops what was said often enough; the next line that is printed says in `repeated` how many were not."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: OrderedDict[tuple[str, str], list[float]] = OrderedDict()
        """By level and event: begin of the window, lines in it, lines dropped."""

    def __call__(self, _logger: Any, level: str, line: Line) -> Line:
        """Raises structlog.DropEvent."""
        now, key = self._clock(), (level, str(line.get("event", ""))[:200])
        seen = self._said.pop(key, [now, 0, 0])
        if now - seen[0] >= WINDOW_SECONDS:
            line = {**line, "repeated": int(seen[2])} if seen[2] else line
            seen = [now, 0, 0]
        self._said[key] = seen
        while len(self._said) > MAX_EVENTS:
            self._said.popitem(last=False)
        if seen[1] >= SAME_LINES:
            seen[2] += 1
            raise structlog.DropEvent
        seen[1] += 1
        return line


def without_secrets(_logger: Any, _level: str, line: Line) -> Line:
    """Nothing of the wire and nothing that opens a door; every field within its cap."""
    return {name: _shown(name, value) for name, value in line.items()}


def _shown(name: str, value: Any) -> Any:
    if name.lower() in _SECRET and value is not None:
        return LEFT_OUT
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(value)} bytes)"
    if isinstance(value, str) and len(value) > MAX_CHARACTERS:
        return f"{value[:MAX_CHARACTERS]}… ({len(value)} characters)"
    return value


def as_json(_logger: Any, _level: str, line: Line) -> str:
    """One object: time, level, event, then the fields by name."""
    first = {name: line.get(name, "") for name in ("time", "level", "event")}
    rest = {name: line[name] for name in sorted(line) if name not in first}
    return msgspec.json.encode({**first, **rest}, enc_hook=repr).decode()
