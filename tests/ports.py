"""Ports of loopback for what tests start."""

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """Below those that the kernel gives to outgoing connections: one of them could have it before the server does."""
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
