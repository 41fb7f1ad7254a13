"""A veth pair in a namespace of the test's own: what is put into one end comes out of the other, byte for byte, and nobody else speaks."""

import contextlib
import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
MTU = 65_535
CLONE_NEWNET = 0x40000000
ENDS = ("near", "far")


class Pair:
    """The namespace, as a descriptor. Frames go in at `near`, and are captured at `far`."""

    def __init__(self, namespace: int) -> None:
        self._namespace = namespace

    def within(self, work: Callable[[], T]) -> T:
        """What `work` answers, run on a thread within the namespace."""
        made: list[T] = []
        failed: list[BaseException] = []

        def enter() -> None:
            try:
                _libc(ctypes.CDLL(None, use_errno=True).setns(self._namespace, CLONE_NEWNET))
                made.append(work())
            except BaseException as error:  # noqa: BLE001  told to who asked
                failed.append(error)

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]
        return made[0]

    def sender(self) -> socket.socket:
        """A socket whose frames leave at `near` as they are."""

        def made() -> socket.socket:
            sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            sender.bind((ENDS[0], 0))
            return sender

        return self.within(made)


def _libc(answer: int) -> None:
    if answer:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


@contextlib.contextmanager
def pair() -> Iterator[Pair]:
    """A pair that is gone afterwards: the namespace has no name, and ends with its last descriptor."""
    namespaces: list[int] = []

    def make() -> None:
        _libc(ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET))
        namespaces.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))
        _ip(["link", "add", ENDS[0], "mtu", str(MTU), "type", "veth", "peer", "name", ENDS[1], "mtu", str(MTU)])
        for end in ENDS:
            # The kernel has no address here, so it answers nothing; nor does it make itself one to ask with.
            _ip(["link", "set", end, "addrgenmode", "none"])
            _ip(["link", "set", end, "arp", "off", "promisc", "on", "up"])

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    assert namespaces, "no namespace could be made"
    try:
        yield Pair(namespaces[0])
    finally:
        os.close(namespaces[0])


def _ip(arguments: Iterable[str]) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
