"""Whether this process may capture, asked of the kernel before anything is started."""

import socket
import sys

from podlynx.sensor.errors import CaptureDeniedError


def require_capture() -> None:
    """Raise CaptureDeniedError where the kernel refuses a packet socket (capabilities(7): CAP_NET_RAW)."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError as error:
        raise CaptureDeniedError(
            "capturing packets is not allowed to this process (it lacks CAP_NET_RAW)",
            f"run it as root: sudo {' '.join(sys.argv)}",
        ) from error
    except OSError as error:
        raise CaptureDeniedError(
            f"packet sockets do not work here: {error.strerror or error}",
            "capturing needs Linux with AF_PACKET sockets",
        ) from error
