"""A real Keycloak, as `setup/keycloak.sh` laid it out, with a realm, a client and people."""

import json
import os
import secrets
import shutil
import subprocess
import time
from pathlib import Path

import httpx2
from tests.ports import free_port

HOME = Path(__file__).resolve().parents[2] / ".cache" / "keycloak" / "home"
REALM = "podlynx"
CLIENT = "podlynx"
START_SECONDS = 600
PEOPLE = {"alice": ["sec"], "bob": ["shop-team"], "carol": []}
"""Who is there, and their groups."""
_WITH_US = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()
_MEMORY = "-Xms128m -Xmx512m"


class Keycloak:
    """Runs while its `with` lasts. People come back to `page`, an address of the manager."""

    def __init__(self, folder: Path, page: str) -> None:
        self.folder, self.page = folder, page
        self.port, self.password, self.secret = free_port(), secrets.token_urlsafe(12), secrets.token_urlsafe(24)
        self.issuer = f"http://localhost:{self.port}/realms/{REALM}"

    def __enter__(self) -> "Keycloak":
        realm = HOME / "data" / "import" / f"{REALM}-realm.json"
        realm.parent.mkdir(parents=True, exist_ok=True)
        realm.write_text(json.dumps(self._realm()))
        address = f"http://localhost:{self.port}"
        command = [
            *_WITH_US,
            "bash",
            str(HOME / "bin" / "kc.sh"),
            "start",
            "--optimized",
            "--import-realm",
            "--http-enabled=true",
            "--http-host=127.0.0.1",
            f"--http-port={self.port}",
            f"--http-management-port={free_port()}",
            f"--hostname={address}",
        ]
        self._log = (self.folder / "keycloak.log").open("ab")
        environment = {**os.environ, "JAVA_OPTS_KC_HEAP": _MEMORY, "KC_CACHE": "local"}
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, cwd=self.folder, env=environment)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        (HOME / "data" / "import" / f"{REALM}-realm.json").unlink(missing_ok=True)

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                if httpx2.get(f"{self.issuer}/.well-known/openid-configuration", timeout=5).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(1)
        said = (self.folder / "keycloak.log").read_text(errors="replace")[-3000:]
        raise RuntimeError(f"Keycloak did not start:\n{said}")

    def _realm(self) -> dict[str, object]:
        groups = {
            "name": "groups",
            "protocol": "openid-connect",
            "protocolMapper": "oidc-group-membership-mapper",
            "config": {"claim.name": "groups", "full.path": "false", "id.token.claim": "true", "userinfo.token.claim": "true"},
        }
        client = {
            "clientId": CLIENT,
            "secret": self.secret,
            "redirectUris": [f"{self.page}/login/oidc/callback"],
            "attributes": {"pkce.code.challenge.method": "S256", "post.logout.redirect.uris": f"{self.page}/"},
            "standardFlowEnabled": True,
            "directAccessGrantsEnabled": False,
            "publicClient": False,
            "protocolMappers": [groups],
        }
        return {
            "realm": REALM,
            "enabled": True,
            "sslRequired": "none",
            "groups": [{"name": name} for name in ("sec", "shop-team")],
            "clients": [client],
            "users": [self._person(name, groups) for name, groups in PEOPLE.items()],
        }

    def _person(self, name: str, groups: list[str]) -> dict[str, object]:
        return {
            "username": name,
            "enabled": True,
            "email": f"{name}@example.com",
            "emailVerified": True,
            "firstName": name.title(),
            "lastName": "Example",
            "credentials": [{"type": "password", "value": self.password, "temporary": False}],
            "groups": groups,
        }
