"""`podlynx inspector`: the sensor's confined child. Started by `podlynx sensor`, never by a person; hence not in the help."""

import signal
from typing import Annotated

from cyclopts import Parameter

from podlynx.sensor.confined.child import inspect


def inspector(descriptor: Annotated[int, Parameter(help="The inherited end of the socket pair.")], /) -> int:
    """Inspect for the sensor that holds the other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the watcher ends its child in order
    return inspect(descriptor)
