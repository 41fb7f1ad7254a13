"""Log lines of commands that stay: to standard error, one short line each."""

import logging
import os
import sys
from typing import Final

import structlog

from podlynx.cli.exits import CommandError, Exit

LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
"""Values of `PODLYNX_LOG_LEVEL`."""


def configure_logs(level: int = logging.INFO) -> None:
    """Print what is at least of that level (`PODLYNX_LOG_LEVEL` outranks it), with its time (UTC). Raises CommandError."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(_asked(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # The usual one prints every variable of every frame: packets and tokens among them, and takes minutes for it.
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback),
        ],
    )


def _asked(level: int) -> int:
    said = os.environ.get("PODLYNX_LOG_LEVEL", "").strip().lower()
    if said and said not in LEVELS:
        raise CommandError(Exit.USAGE, f"PODLYNX_LOG_LEVEL is {said[:40]!r}", f"it may be {', '.join(LEVELS)}")
    return LEVELS.get(said, level)
