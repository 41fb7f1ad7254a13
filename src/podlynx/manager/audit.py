"""The audit log: who changed what, from where, when, and what became of it; a JSON object a line, to a rotated file or stdout.

The gate writes an entry of every change, every log-in and every file that was taken out (`auditing`), so that no endpoint has to
think of it; an endpoint may add what only it knows (`note`). No body, query, token, code or cookie is ever in it.
"""

import logging
import os
import queue
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from typing import Any, Final

import msgspec

from podlynx.manager.asgi import Scope

STDOUT: Final = "-"
WAITING: Final = 4_096
"""Entries that may wait for a slow disk before further ones are counted instead."""
STRANGERS: Final = 600
"""Entries a minute of who is nobody: guessing must not turn the files over."""
FILE_BYTES: Final = 10 << 20
FILES: Final = 5
"""Of a log in a file: bytes of each, and how many older ones are kept."""
MAX_TEXT: Final = 300
"""Characters of any one text in an entry."""
_MINUTE: Final = 60.0
_NOTE: Final = "podlynx.audit"


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line. `who` is empty where nobody is known; `by`: token, session or oidc; `result`: done, refused or failed."""

    audit: str
    time: str = msgspec.field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    who: str = ""
    by: str = ""
    address: str = msgspec.field(default="", name="from")
    method: str = ""
    path: str = ""
    target: dict[str, str] = {}
    status: int = 0
    result: str = ""
    why: str = ""
    lost: int = 0
    """Entries before this one that could not be kept."""


class AuditLog:
    """Never waits and never raises: a disk that is full or slow loses entries, which are counted and told in the next one."""

    def __init__(self, handler: logging.Handler | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._queue: queue.Queue[logging.LogRecord] = queue.Queue(WAITING)
        self._listener: QueueListener | None = None
        self._minute = (float("-inf"), 0)
        self.written = 0
        self.lost = 0
        self._untold = 0
        if handler is not None:
            handler.setFormatter(logging.Formatter("%(message)s"))
            handler.handleError = self._failed  # type: ignore[method-assign]
            self._listener = QueueListener(self._queue, handler)
            self._listener.start()
        self._handler = handler

    def write(self, entry: Entry) -> None:
        """Keeps the entry, unless there are too many."""
        if self._listener is None:
            return
        if not entry.who and not self._room():
            self._lose()
            return
        told, self._untold = self._untold, 0
        line = msgspec.json.encode(msgspec.structs.replace(entry, lost=told) if told else entry).decode()
        try:
            self._queue.put_nowait(QueueHandler(self._queue).prepare(_record(line)))
        except queue.Full:
            self._untold = told
            self._lose()
        else:
            self.written += 1

    def close(self) -> None:
        """Writes what waits."""
        if self._listener is not None and self._handler is not None:
            self._listener.stop()
            self._listener = None
            self._handler.close()

    def _room(self) -> bool:
        """Whether one more stranger's entry is kept in this minute."""
        began, count = self._minute
        now = self._clock()
        self._minute = (now, 1) if now - began >= _MINUTE else (began, count + 1)
        return self._minute[1] <= STRANGERS

    def _lose(self) -> None:
        self.lost += 1
        self._untold += 1

    def _failed(self, record: logging.LogRecord) -> None:  # noqa: ARG002 logging's interface
        self._lose()


def _record(line: str) -> logging.LogRecord:
    return logging.LogRecord("podlynx.audit", logging.INFO, "", 0, line, None, None)


def audit_log(where: str, *, bytes_each: int = FILE_BYTES, files: int = FILES) -> AuditLog:
    """`where`: "" for none, `-` for stdout, else a file kept with `files` predecessors of `bytes_each`. Raises OSError."""
    if not where:
        return AuditLog()
    if where == STDOUT:
        return AuditLog(logging.StreamHandler(sys.stdout))
    path = Path(where)
    path.parent.mkdir(parents=True, exist_ok=True)
    return AuditLog(_PrivateFiles(path, maxBytes=bytes_each, backupCount=files, encoding="utf-8"))


class _PrivateFiles(RotatingFileHandler):
    """Files that their owner alone may read, those made on turning over too."""

    def _open(self) -> TextIOWrapper:
        path, flags = self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return TextIOWrapper(os.fdopen(os.open(path, flags, 0o600), "ab"), encoding=self.encoding)


def note(scope: Any, **said: Any) -> None:
    """What an endpoint knows of its request: `audit` (what happened), `who`, `by`, `why`, or a dictionary `target`."""
    scope.setdefault(_NOTE, {}).update({name: value for name, value in said.items() if value})


def noted(scope: Scope) -> dict[str, Any]:
    """What was noted of this request so far."""
    found: dict[str, Any] = scope.get(_NOTE, {})
    return found


def cut(text: str) -> str:
    """A text of somebody else's choice, bounded."""
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
