"""Go, from which the programs are built: the machine's where it is new enough, else fetched as Go fetches its toolchains."""

import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.e2e.cluster import machine
from tests.e2e.cluster.layout import ClusterError, cache
from tests.e2e.cluster.processes import run

LEAST = (1, 24)
FETCHED = "1.26.8"
MODULE = "golang.org/toolchain"
"""Every Go from 1.21 on is a module under this path (Go Toolchains, go.dev/doc/toolchain); one of any age can download it."""
DOWNLOAD_SECONDS = 600


def go(say: Callable[[str], None]) -> str:
    """Path of a Go command that is new enough. Raises ClusterError where there is none and none can be fetched."""
    own = shutil.which("go", path=os.environ.get("PATH", "") + ":/usr/local/go/bin")
    if own is not None and _version(own) >= LEAST:
        return own
    kept = cache() / f"go-{FETCHED}" / "bin" / "go"
    if not kept.exists():
        if own is None:
            machine.install("golang-go", say=say)
            own = "/usr/bin/go"
        say(f"fetching Go {FETCHED} (once)")
        _fetch(own, kept.parents[1])
    return str(kept)


def _version(command: str) -> tuple[int, int]:
    # GOTOOLCHAIN=local: the version that lies here counts, not one that it could fetch.
    said = subprocess.run(
        [command, "version"], env={**os.environ, "GOTOOLCHAIN": "local"}, capture_output=True, text=True, check=False
    )
    found = re.search(r"go(\d+)\.(\d+)", said.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _fetch(command: str, target: Path) -> None:
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    module = f"{MODULE}@v0.0.1-go{FETCHED}.linux-{architecture}"
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GO111MODULE": "on", "GOFLAGS": ""}
    with tempfile.TemporaryDirectory() as empty:
        said = run([command, "mod", "download", "-json", module], env=environment, folder=Path(empty), timeout=DOWNLOAD_SECONDS)
    folder = json.loads(said).get("Dir")
    if not folder:
        raise ClusterError(f"{module} could not be fetched; install Go {'.'.join(map(str, LEAST))} or newer by hand")
    beside = target.with_name(f".{target.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(folder, beside)
    # A module's files are neither executable nor writable.
    for path in beside.rglob("*"):
        program = path.parent.name == "bin" or "tool" in path.parts
        path.chmod(0o755 if path.is_dir() or program else 0o644)
    beside.rename(target)
