"""Network namespaces and veth pairs as a node has them: real ones, made by `ip` and taken away again."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest


def ip(*words: str) -> None:
    """Run `ip`; a failure is the test's."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


def need_namespaces() -> None:
    """Skip the test where namespaces cannot be made."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces and veth pairs need root")
    if subprocess.run(["ip", "netns", "list"], capture_output=True, check=False).returncode != 0:
        pytest.skip("network namespaces need iproute2 and a kernel with them")


def eventually(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until it holds; fail where it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never held"
        time.sleep(0.01)


class Namespace(AbstractContextManager["Namespace"]):
    """A namespace: what a pod lives in, or a whole node. `pid`: a process inside."""

    def __init__(self) -> None:
        self.name = f"plx-{uuid.uuid4().hex[:8]}"
        ip("netns", "add", self.name)
        self._process = subprocess.Popen(["ip", "netns", "exec", self.name, "sleep", "600"])
        self.pid = self._process.pid
        self.wait_inside()

    def wait_inside(self) -> None:
        """Until the process has entered."""
        own = Path("/proc/self/ns/net").stat().st_ino
        while Path(f"/proc/{self.pid}/ns/net").stat().st_ino == own:
            pass

    def ip(self, *words: str) -> None:
        """Run `ip` inside."""
        ip("-n", self.name, *words)

    def run(self, code: str) -> None:
        """Run Python inside."""
        subprocess.run(["ip", "netns", "exec", self.name, sys.executable, "-c", code], check=True)

    def close(self) -> None:
        """Take it away, with every interface in it."""
        self._process.kill()
        self._process.wait()
        ip("netns", "delete", self.name)

    def __exit__(self, *_: object) -> None:
        self.close()


class Pod(Namespace):
    """A namespace with `eth0`, whose other end on the node is `veth`. Routed: a /32 route; bridged: a port of `bridge`."""

    def __init__(self, address: str, *, bridge: str = "", six: str = "") -> None:
        super().__init__()
        self.address = address
        self.veth = f"v{self.name[4:]}"
        ip("link", "add", self.veth, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        self.ip("link", "set", "lo", "up")
        self.ip("link", "set", "eth0", "up")
        self.ip("addr", "add", f"{address}/24" if bridge else f"{address}/32", "dev", "eth0")
        if six:
            self.ip("addr", "add", f"{six}/128", "dev", "eth0", "nodad")
        if bridge:
            ip("link", "set", self.veth, "master", bridge)
        ip("link", "set", self.veth, "up")
        if not bridge:
            ip("route", "add", f"{address}/32", "dev", self.veth)
            self.ip("route", "add", "default", "dev", "eth0")

    def close(self) -> None:
        """Take it away, and its veth before: the kernel empties a deleted namespace when it finds the time, and until
        then the veth and its route would stand in the way of the next pod of this address."""
        self.delete_veth()
        super().close()

    def delete_veth(self) -> None:
        """Both ends at once, where they are still there."""
        subprocess.run(["ip", "link", "delete", self.veth], check=False, capture_output=True)
