"""Processes that the cluster started: recorded by PID and start time, so that only they are ever ended."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.e2e.cluster.layout import ClusterError, Node, State

HOST = "host"
HOLDER = "holder"  # the first process of a node; its death ends every other process of the node


@dataclass(frozen=True)
class Process:
    """A process by PID and start time (clock ticks since boot): a PID that was taken over by another is not it."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """None where no such process lives."""
        started = start_time(pid)
        return None if started is None else cls(pid, started)

    @property
    def alive(self) -> bool:
        """Still the process that was recorded."""
        return start_time(self.pid) == self.started

    @property
    def name(self) -> str:
        """Of its program, as far as the kernel keeps it (15 bytes); empty when it is gone."""
        try:
            return Path(f"/proc/{self.pid}/comm").read_text().strip()
        except OSError:
            return ""

    def end(self, seconds: float) -> None:
        """Asks, waits, insists."""
        self.send(signal.SIGTERM)
        if not until(lambda: not self.alive, seconds):
            self.kill()

    def kill(self) -> None:
        """Insists at once and waits until it is gone."""
        self.send(signal.SIGKILL)
        until(lambda: not self.alive, 10)

    def send(self, number: int) -> None:
        """A signal, where it still lives."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def start_time(pid: int) -> int | None:
    """Field 22 of /proc/PID/stat (proc(5)); None for a process that is gone or a zombie.

    Of one that was killed the first thread may be a zombie while others still end, and hold its ports.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    threads = int(fields[17])
    return None if fields[0] in "ZX" and threads <= 1 else int(fields[19])


def until(done: Callable[[], bool], seconds: float, pause: float = 0.1) -> bool:
    """True as soon as `done` holds; False when the seconds are over."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def child_of(pid: int) -> int | None:
    """The first child; namespaces are entered by a parent that stays outside and waits."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return None
    return int(children[0]) if children else None


def recorded(state: State, owner: str, name: str) -> Process | None:
    """The living process of that name, None where there is none."""
    try:
        process = Process(**json.loads(state.record(owner, name).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return process if process.alive else None


def running(state: State, owner: str) -> dict[str, Process]:
    """Every living recorded process of a node or of the host, by name."""
    names = [path.stem for path in sorted((state.root / "run" / owner).glob("*.json"))]
    found = {name: recorded(state, owner, name) for name in names}
    return {name: process for name, process in found.items() if process}


def launch(
    state: State, owner: str, name: str, command: Sequence[str], *, entered: bool, env: dict[str, str] | None = None
) -> Process:
    """Starts and records; `entered` where the command enters namespaces first, so that its child is the process meant.

    Raises ClusterError with the end of its output where it dies at once.
    """
    log, record = state.log(owner, name), state.record(owner, name)
    log.parent.mkdir(parents=True, exist_ok=True)
    record.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        outer = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=env or plain_environment(),
        )
    process = None
    end = time.monotonic() + 10
    while process is None and outer.poll() is None and time.monotonic() < end:
        pid = child_of(outer.pid) if entered else outer.pid
        process = Process.of(pid) if pid else None
        time.sleep(0.01)
    if process is None:
        raise ClusterError(f"{name} of {owner} did not start; its output ends:\n{tail(log)}")
    record.write_text(json.dumps({"pid": process.pid, "started": process.started}))
    return process


def plain_environment() -> dict[str, str]:
    """Nothing of the caller's environment but what programs need: no proxy, no token, no kubeconfig of theirs."""
    return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}


def inside(state: State, node: Node, command: Sequence[str]) -> list[str]:
    """The command line that runs a command on a node. Raises ClusterError where the node is not up."""
    holder = recorded(state, node.name, HOLDER)
    if holder is None:
        raise ClusterError(f"node {node.name} is not up; `make cluster` brings it up")
    return ["nsenter", "--target", str(holder.pid), "--net", "--mount", "--uts", "--ipc", "--pid", "--", *command]


def run(
    command: Sequence[str],
    *,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    env: dict[str, str] | None = None,
    folder: Path | None = None,
    timeout: float = 120,
) -> str:
    """Output of a command that must succeed. Raises ClusterError with the command and what it said."""
    try:
        done = subprocess.run(
            command, stdin=stdin, env=env, cwd=folder, timeout=timeout, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as problem:
        raise ClusterError(f"{command[0]} is missing; `make cluster` installs it") from problem
    except subprocess.TimeoutExpired as problem:
        raise ClusterError(f"no answer within {timeout:.0f} s: {' '.join(command)}") from problem
    if done.returncode != 0:
        raise ClusterError(f"{' '.join(command)}\n  failed ({done.returncode}): {(done.stderr or done.stdout).strip()}")
    return done.stdout


def tail(log: Path, lines: int = 15) -> str:
    """The end of a log, indented."""
    try:
        text = log.read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        text = ["(no output)"]
    return "\n".join(f"  {line}" for line in text)
