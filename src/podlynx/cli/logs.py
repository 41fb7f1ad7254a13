"""Log lines of commands that stay: to standard error, JSON in a pod and short lines elsewhere (docs/logs.md)."""

import logging
import os
import sys
from typing import Any, Final

import structlog

from podlynx.cli.exits import CommandError, Exit
from podlynx.telemetry.logs import FORMATS, Repeats, as_json, wants_json, without_secrets

LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
"""Values of `PODLYNX_LOG_LEVEL`."""


def configure_logs(level: int = logging.INFO) -> None:
    """Print what is at least of that level (`PODLYNX_LOG_LEVEL` outranks it), with its time (UTC). Raises CommandError."""
    as_lines = _as_json() if _json() else _as_text()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(_asked(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[structlog.processors.add_log_level, Repeats(), without_secrets, *as_lines],
    )
    logging.basicConfig(handlers=[_Libraries()], level=logging.WARNING, force=True)


def _as_json() -> list[Any]:
    return [structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"), structlog.processors.format_exc_info, as_json]


def _as_text() -> list[Any]:
    return [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # The usual one prints every variable of every frame: packets and tokens among them, and takes minutes for it.
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback),
    ]


class _Libraries(logging.Handler):
    """What libraries say by the standard `logging`, in the same form."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        structlog.get_logger().log(record.levelno, record.getMessage(), library=record.name, exc_info=record.exc_info or None)


def _json() -> bool:
    try:
        return wants_json(os.environ)
    except ValueError as error:
        raise CommandError(Exit.USAGE, str(error), f"it may be {', '.join(FORMATS)}") from error


def _asked(level: int) -> int:
    said = os.environ.get("PODLYNX_LOG_LEVEL", "").strip().lower()
    if said and said not in LEVELS:
        raise CommandError(Exit.USAGE, f"PODLYNX_LOG_LEVEL is {said[:40]!r}", f"it may be {', '.join(LEVELS)}")
    return LEVELS.get(said, level)
