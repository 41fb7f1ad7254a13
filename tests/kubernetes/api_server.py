"""A real API server and etcd on loopback, for tests that would prove nothing against a stand-in.

The program is that of `make cluster`, where it was built; `PODLYNX_KUBERNETES` names another hyperkube binary. Without one the
tests that need it are skipped, and say so.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.absent import absent
from tests.e2e.cluster.binaries import Cache
from tests.ports import free_port

from podlynx.operator.certificates import issue, new_authority

TOKEN = "test-admin"
START_SECONDS = 60


def hyperkube() -> Path:
    """Where the program is; skips the test where it is not."""
    named = os.environ.get("PODLYNX_KUBERNETES")
    path = Path(named) if named else Cache(print).kubernetes / "hyperkube"
    if not path.is_file():
        absent("no Kubernetes program: `make cluster` builds it, or PODLYNX_KUBERNETES names one")
    return path


@dataclass
class ApiServer:
    """A running pair. `kubeconfig` opens it as an administrator."""

    folder: Path
    port: int
    etcd_port: int
    processes: dict[str, subprocess.Popen[bytes]]

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    def start_api(self) -> None:
        """Starts the API server (again) and waits until it is ready."""
        folder = self.folder
        arguments = {
            "bind-address": "127.0.0.1",
            "secure-port": self.port,
            "etcd-servers": f"http://127.0.0.1:{self.etcd_port}",
            "authorization-mode": "RBAC",
            "token-auth-file": folder / "tokens.csv",
            "tls-cert-file": folder / "api.crt",
            "tls-private-key-file": folder / "api.key",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": folder / "accounts.key",
            "service-account-signing-key-file": folder / "accounts.key",
            "service-cluster-ip-range": "10.97.0.0/24",
            "allow-privileged": "true",
            "disable-admission-plugins": "ServiceAccount",
            "profiling": "false",
        }
        self._start("kube-apiserver", [f"--{name}={value}" for name, value in arguments.items()])
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            assert time.monotonic() < deadline, (folder / "kube-apiserver.log").read_text()[-3000:]
            time.sleep(0.1)

    def kill_api(self) -> None:
        """As a crash would."""
        process = self.processes.pop("kube-apiserver")
        process.kill()
        process.wait()

    def stop(self) -> None:
        for process in reversed(self.processes.values()):
            process.kill()
            process.wait()

    def start_etcd(self) -> None:
        client, peer = f"http://127.0.0.1:{self.etcd_port}", f"http://127.0.0.1:{free_port()}"
        addresses = {
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"default={peer}",
            "data-dir": self.folder / "etcd-data",
        }
        self._start("etcd", ["--unsafe-no-fsync", *(f"--{name}={value}" for name, value in addresses.items())])

    def _start(self, name: str, arguments: list[str]) -> None:
        program = self.folder / name  # which of its parts the program is, its name says
        if not program.exists():
            program.symlink_to(hyperkube())
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen([program, *arguments], stdout=log, stderr=log)

    def _ready(self) -> bool:
        try:
            answer = httpx2.get(
                f"https://127.0.0.1:{self.port}/readyz",
                verify=False,
                headers={"Authorization": f"Bearer {TOKEN}"},
                trust_env=False,
            )
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200


@contextmanager
def running(folder: Path) -> Iterator[ApiServer]:
    """A pair with its own data, until the end of the `with`."""
    hyperkube()
    authority = new_authority(datetime.now(UTC))
    served = issue(authority, ["localhost", "127.0.0.1"], datetime.now(UTC))
    accounts = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    server = ApiServer(folder, free_port(), free_port(), {})
    files = {"api.crt": served.certificate, "api.key": served.key, "ca.crt": authority.certificate, "accounts.key": accounts}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "tokens.csv").write_text(f'{TOKEN},admin,admin,"system:masters"\n')
    server.kubeconfig.write_bytes(msgspec.yaml.encode(kubeconfig(server, TOKEN)))
    try:
        server.start_etcd()
        server.start_api()
        yield server
    finally:
        server.stop()


def kubeconfig(server: ApiServer, token: str) -> dict:
    cluster = {"server": f"https://127.0.0.1:{server.port}", "certificate-authority": str(server.folder / "ca.crt")}
    return {
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"token": token}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
