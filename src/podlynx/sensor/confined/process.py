"""The inspector as a process of the system: how it begins, and how it is brought to its end."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import structlog

from podlynx.telemetry.logs import wants_json

COMMAND: Final = (sys.executable, "-P", "-m", "podlynx", "inspector")
"""Never from the working directory, whoever's that is."""
END_SECONDS: Final = 1.0
"""For the process to end once its line is closed, and once more when it was killed."""
_ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "LC_ALL", "TZ", "PODLYNX_DEBUG")
"""Nothing else of our environment is the inspector's business: tokens and addresses may stand in it."""

log = structlog.get_logger(__name__)


async def begin(command: Sequence[str], line: socket.socket) -> asyncio.subprocess.Process:
    """Start the command with its end of the line as last argument. Raises OSError where the system does not start it."""
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment["PODLYNX_LOG_FORMAT"] = "json" if wants_json(os.environ) else "text"
    descriptor = line.fileno()
    return await asyncio.create_subprocess_exec(
        *command, str(descriptor), pass_fds=[descriptor], env=environment, stdin=asyncio.subprocess.DEVNULL
    )


async def end(process: asyncio.subprocess.Process) -> int | None:
    """Its line is closed, upon which it ends by itself; else it is ended. Answers its exit code, None: it lives on, confined."""
    try:
        async with asyncio.timeout(END_SECONDS):
            return await process.wait()
    except TimeoutError:
        # It runs as another user, and we may have no CAP_KILL: then one in an attacker's hands cannot be ended from here.
        with suppress(PermissionError, ProcessLookupError):
            process.kill()
    try:
        async with asyncio.timeout(END_SECONDS):
            return await process.wait()
    except TimeoutError:
        log.error("an inspector does not end and cannot be ended", pid=process.pid)
        return None


def how_it_ended(code: int | None) -> str:
    """What an exit code of `end` means, as a sentence."""
    if code is None:
        return "it does not end; it is left alone"
    if code < 0:
        try:
            return f"it was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"it was ended by signal {-code}"
    return f"it ended with exit code {code}"
