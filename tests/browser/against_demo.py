"""`make browser`: the page's browser tests against a real demo, with a real engine, an attack and an alert."""

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))

from tests.running_demo import RunningDemo  # noqa: E402  found once the checkout is on the path


def main() -> int:
    """Answers the exit code of the browser tests. What is given on the command line goes to them.

    They get PODLYNX_URL (a link that logs in once), PODLYNX_TOKEN (logs in as often as they like) and PODLYNX_SHOP.
    """
    os.environ["PODLYNX_TOKEN"] = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory(prefix="podlynx-e2e-") as data, RunningDemo(data) as demo:
        print(f"demo: page on port {demo.page_port}, shop on port {demo.shop_port}", flush=True)
        environment = {**os.environ, "PODLYNX_URL": demo.page, "PODLYNX_SHOP": demo.shop}
        command = ["npm", "--prefix", "web", "run", "--silent", "e2e", "--", *sys.argv[1:]]
        return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
