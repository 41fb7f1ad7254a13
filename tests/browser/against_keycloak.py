"""`make keycloak`: people log in by a real Keycloak, in a real browser, see what their groups may see, and log out."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))

from tests.browser.keycloak import CLIENT, Keycloak  # noqa: E402  found once the checkout is on the path
from tests.engine_events import START, event_document  # noqa: E402
from tests.ports import free_port  # noqa: E402

from podlynx.store import open_store  # noqa: E402

ROLES = "analyst=oidc:sec,viewer@shop=oidc:shop-team"


def main() -> int:
    """Answers the exit code of the browser tests. What is given on the command line goes to them."""
    port = free_port()
    page = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory(prefix="podlynx-keycloak-") as name:
        folder = Path(name)
        asyncio.run(_fill(folder / "events.db"))
        print("starting Keycloak (about a minute)", flush=True)
        with Keycloak(folder, page) as keycloak:
            print(f"Keycloak: {keycloak.issuer}", flush=True)
            manager = _manager(folder, port, keycloak)
            try:
                _wait(page, manager, folder)
                environment = {**os.environ, "PODLYNX_PAGE": page, "PODLYNX_PASSWORD": keycloak.password}
                command = ["npx", "playwright", "test", "--config", "e2e/keycloak.config.ts", *sys.argv[1:]]
                return subprocess.run(command, cwd=CHECKOUT / "web", env=environment, check=False).returncode
            finally:
                manager.terminate()
                manager.wait()


async def _fill(path: Path) -> None:
    """An alert in each of two namespaces."""
    store = open_store(path)
    alerts = [event_document(sid=1, dest="shop/web", time=START), event_document(sid=2, dest="pay/web", time=START + 1)]
    await store.ingest(alerts)
    await store.close()


def _manager(folder: Path, port: int, keycloak: Keycloak) -> subprocess.Popen[bytes]:
    secret = folder / "client-secret"
    secret.write_text(keycloak.secret)
    variables = {
        "PODLYNX_DATA": str(folder / "data"),
        "PODLYNX_STORE_DAYS": "100000",  # the alerts' time is a fixed one
        "PODLYNX_OIDC_ISSUER_URL": keycloak.issuer,
        "PODLYNX_OIDC_CLIENT_ID": CLIENT,
        "PODLYNX_OIDC_CLIENT_SECRET_FILE": str(secret),
        "PODLYNX_OIDC_NAME": "Keycloak",
        "PODLYNX_OIDC_USERNAME_CLAIM": "email",
        "PODLYNX_OIDC_GROUPS_CLAIM": "groups",
        "PODLYNX_OIDC_GROUPS_PREFIX": "oidc:",
        "PODLYNX_OIDC_ROLES": ROLES,
    }
    command = [sys.executable, "-m", "podlynx.cli", "manager", "--port", str(port), "--database", str(folder / "events.db")]
    log = (folder / "manager.log").open("ab")
    return subprocess.Popen(command, env={**os.environ, **variables}, stdout=log, stderr=log)


def _wait(page: str, manager: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and manager.poll() is None:
        try:
            if httpx2.get(f"{page}/livez", timeout=5).status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the manager did not start:\n{(folder / 'manager.log').read_text()[-3000:]}")


if __name__ == "__main__":
    sys.exit(main())
