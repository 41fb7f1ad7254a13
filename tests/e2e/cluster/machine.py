"""What the machine must have: root and Debian packages. Those that are missing are installed."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.cluster.layout import ClusterError
from tests.e2e.cluster.processes import run

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
    "procps": "ps",
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
    if missing := [package for package, proof in PACKAGES.items() if not _present(proof)]:
        install(*missing, say=say)


def install(*missing: str, say: Callable[[str], None]) -> None:
    """These Debian packages, whatever is there. Raises ClusterError where this is no Debian or apt fails."""
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
