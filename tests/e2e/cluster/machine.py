"""What the machine must have: root, Debian packages, a Go toolchain. Whatever is missing and can be installed is."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.cluster.layout import ClusterError
from tests.e2e.cluster.processes import run

GO_LEAST = (1, 24)
# Debian's package: what is there when it is
PACKAGES = {
    "containerd": "containerd",
    "runc": "runc",
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    "iproute2": "ip",
    "iptables": "iptables",
    "nftables": "nft",
    "conntrack": "conntrack",
    "socat": "socat",
    "ebtables": "ebtables",
    "ipset": "ipset",
    "ethtool": "ethtool",
    "mmdebstrap": "mmdebstrap",
    "busybox-static": "busybox",
    "buildah": "buildah",
    "jq": "jq",
    "build-essential": "gcc",
}
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
APT = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=600"]
APT_SECONDS = 900


def require_root() -> None:
    """Namespaces, bridges and cgroups are root's."""
    if os.geteuid() != 0:
        raise ClusterError("the test cluster makes network namespaces and cgroups: run it as root (sudo make cluster)")


def install_packages(say: Callable[[str], None]) -> None:
    """Debian packages that are missing. Raises ClusterError where this is no Debian or apt fails."""
    missing = [package for package, proof in PACKAGES.items() if not _present(proof)]
    if not missing:
        return
    names = " ".join(missing)
    if not shutil.which("apt-get"):
        raise ClusterError(f"these are missing: {names} (Debian's names); install them with this system's package manager")
    say(f"installing {names}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    _retry(lambda: run([*APT, "update"], env=environment, timeout=APT_SECONDS))
    # A package that starts a daemon would change the machine (containerd makes folders and mounts): none is started.
    with _NoDaemons():
        _retry(lambda: run([*APT, "install", "--no-install-recommends", *missing], env=environment, timeout=APT_SECONDS))


class _NoDaemons:
    """policy-rc.d answers 101 ("not allowed") while packages are installed, as Debian's policy provides for."""

    path = Path("/usr/sbin/policy-rc.d")

    def __enter__(self) -> None:
        self.ours = not self.path.exists()
        if self.ours:
            self.path.write_text("#!/bin/sh\nexit 101\n")
            self.path.chmod(0o755)

    def __exit__(self, *_: object) -> None:
        if self.ours:
            self.path.unlink(missing_ok=True)


def _present(proof: str) -> bool:
    return Path(proof).exists() if proof.startswith("/") else bool(shutil.which(proof, path=SYSTEM_PATH))


def _retry(attempt: Callable[[], object], times: int = 4) -> None:
    for number in range(1, times):
        try:
            attempt()
        except ClusterError:
            time.sleep(5 * number)
        else:
            return
    attempt()


def go() -> str:
    """Path of the Go command. Raises ClusterError where it is missing or too old."""
    least = ".".join(map(str, GO_LEAST))
    search = os.environ.get("PATH", "") + ":/usr/local/go/bin"
    command = shutil.which("go", path=search)
    mend = f"install Go {least} or newer and put it on the PATH (Debian: golang-go from backports, or the archive from go.dev)"
    if command is None:
        raise ClusterError(f"the Go toolchain is missing (Kubernetes for the tests is built from Go modules): {mend}")
    # GOTOOLCHAIN=local: the version that lies here counts, not one that it could fetch.
    said = subprocess.run(
        [command, "version"], env={**os.environ, "GOTOOLCHAIN": "local"}, capture_output=True, text=True, check=False
    )
    found = re.search(r"go(\d+)\.(\d+)", said.stdout)
    if not found or tuple(map(int, found.groups())) < GO_LEAST:
        raise ClusterError(f"{said.stdout.strip() or command} is too old: {mend}")
    return command
