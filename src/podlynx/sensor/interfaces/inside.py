"""Packet sockets of another network namespace (setns(2), packet(7)); needs SYS_ADMIN, and SYS_PTRACE to get there by /proc."""

import ctypes
import os
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from podlynx.sensor.interfaces.processes import PROC, pod_of

_CLONE_NEWNET: Final = 0x40000000


class Opened(msgspec.Struct, frozen=True):
    """A packet socket of the namespace that a process lives in; unbound, of no protocol yet. `namespace`: its inode."""

    descriptor: int
    pid: int
    namespace: int


class Closed(msgspec.Struct, frozen=True):
    """Why there is none, as a sentence about the pod."""

    reason: str


class Wish(msgspec.Struct, frozen=True):
    """Open one in the namespace of one of these processes, which must be those of that pod (UID in their cgroups)."""

    process_uid: str
    pids: tuple[int, ...]


def open_inside(wishes: Sequence[Wish]) -> list[Opened | Closed]:
    """One answer a wish, in order. Blocks; whatever happens, no other thread changes its namespace."""
    answers: list[Opened | Closed] = []
    thread = threading.Thread(target=lambda: answers.extend(map(_open, wishes)), name="inside")
    thread.start()  # a thread of its own, for it never comes back to the node's namespace
    thread.join()
    return answers


def namespace_of(pid: int) -> int | None:
    """Inode of a process's network namespace; None: it ended, or we may not look."""
    try:
        return Path(f"{PROC}/{pid}/ns/net").stat().st_ino
    except OSError:
        return None


def _open(wish: Wish) -> Opened | Closed:
    if not wish.pids:
        return Closed("it has no process on this node yet")
    answer: Opened | Closed = Closed("it has no process on this node any more")
    for pid in wish.pids:
        answer = _enter(pid, wish.process_uid)
        if isinstance(answer, Opened):
            return answer
    return answer


def _enter(pid: int, uid: str) -> Opened | Closed:
    try:
        namespace = os.open(f"{PROC}/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError:
        return Closed("it cannot be entered: the sensor lacks SYS_PTRACE, which captureMode: pod needs")
    except OSError:
        return Closed("it has no process on this node any more")
    try:
        inode = os.fstat(namespace).st_ino
        if pod_of(PROC, pid) != uid:  # its number went to another process meanwhile
            return Closed("it has no process on this node any more")
        if inode == namespace_of(os.getpid()):
            return Closed("it uses the node's own network")
        _setns(namespace)
        return Opened(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).detach(), pid, inode)
    except OSError as error:
        lacking = ": the sensor lacks SYS_ADMIN, which captureMode: pod needs" if isinstance(error, PermissionError) else ""
        return Closed(f"it cannot be entered ({error.strerror or error}){lacking}")
    finally:
        os.close(namespace)


def _setns(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
