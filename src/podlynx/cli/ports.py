"""Listening sockets on loopback: a port that was asked for must be free, one that was not is found."""

import errno
import socket

from podlynx.cli.exits import CommandError, Exit

LOOPBACK = "127.0.0.1"


def listen(wanted: int | None, preferred: int) -> socket.socket:
    """A socket that listens on `wanted`, or else on `preferred` if that is free, or else on any free port.

    Raises CommandError (PORT_TAKEN) where `wanted` is not to be had.
    """
    if wanted is not None:
        return _listen(wanted)
    try:
        return _listen(preferred)
    except CommandError:
        return _listen(0)


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # So that a demo can be started again at once; two listeners on one port are still refused.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
        listening.listen(64)
    except (OSError, OverflowError) as error:
        listening.close()
        raise port_taken(port, None if in_use(error) else error) from error
    listening.setblocking(False)  # noqa: FBT003  the name of its parameter is private
    return listening


def port_taken(port: int, error: Exception | None) -> CommandError:
    """What to say where `port` is not to be had: `error` is why, None that another program has it."""
    reason = "the port is taken" if error is None else (getattr(error, "strerror", None) or str(error)).lower()
    mend = "choose another port, or leave the option out: then a free one is found"
    return CommandError(Exit.PORT_TAKEN, f"cannot listen on {LOOPBACK}:{port}: {reason}", mend)


def in_use(error: Exception) -> bool:
    """Whether another program has the port."""
    return isinstance(error, OSError) and error.errno == errno.EADDRINUSE
