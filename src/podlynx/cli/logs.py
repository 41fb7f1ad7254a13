"""Log lines of commands that stay: to standard error, one short line each."""

import logging
import sys

import structlog


def configure_logs(level: int = logging.INFO) -> None:
    """Print what is at least of that level, with its time (UTC)."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
    )
