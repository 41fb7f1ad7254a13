"""Commands as a user types them, from the checkout's folder, and waiting for what a user would wait for."""

import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tests.e2e.cluster.layout import State

CHECKOUT = Path(__file__).resolve().parents[2]
T = TypeVar("T")


class CommandFailed(AssertionError):
    """A command that ended otherwise than expected, with what it said."""


def environment() -> dict[str, str]:
    """The one in which `kubectl` and `helm` are those of the cluster."""
    state = State.chosen()
    path = f"{state.bin}:{CHECKOUT / '.venv' / 'bin'}:{os.environ['PATH']}"
    return {**os.environ, "KUBECONFIG": str(state.kubeconfig), "PATH": path}


def typed(command: str, *, stdin: str = "", fails: bool = False, seconds: float = 150) -> str:
    """Runs a command line; answers what it printed. `fails`: it has to fail, and what it said is answered."""
    done = subprocess.run(
        shlex.split(command),
        cwd=CHECKOUT,
        env=environment(),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if (done.returncode != 0) != fails:
        raise CommandFailed(f"{command}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr if fails else done.stdout


def kubectl(arguments: str, *, stdin: str = "", fails: bool = False, seconds: float = 150) -> str:
    """`kubectl` with these arguments."""
    return typed(f"kubectl {arguments}", stdin=stdin, fails=fails, seconds=seconds)


def objects(arguments: str) -> list[dict[str, Any]]:
    """Those that `kubectl get` names; none where there are none."""
    found: dict[str, Any] = json.loads(kubectl(f"get {arguments} -o json --ignore-not-found") or "{}")
    listed: list[dict[str, Any]] = found.get("items", [found] if found else [])
    return listed


def apply(*documents: dict[str, Any]) -> None:
    """`kubectl apply -f -` of these."""
    kubectl("apply -f -", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)}))


def until(question: Callable[[], T], seconds: float, *, every: float = 0.1) -> T:
    """What `question` answers as soon as it is true (or, asserted, holds); raises after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        try:
            if answer := question():
                return answer
            trouble = f"still {answer!r}"
        except AssertionError as error:
            trouble = str(error)
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {trouble}")
        time.sleep(every)
