"""`make api-fuzz`: schemathesis's whole run over a manager on loopback, as people and as a sensor.

No answer may be a 5xx, or have a status, content type, header or body that the contract does not name.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from podlynx.manager.rule_library import RuleLibrary
from podlynx.manager.server import Manager
from podlynx.manager.services import Services
from podlynx.manager.settings import Settings
from podlynx.store import open_store

from ..engine_events import START, event_document
from . import fuzz_hooks

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "ignored_auth",
    "use_after_free",
)
OF_SENSORS = ("takeEvents", "takeHeartbeat", "fetchRules")
ENDLESS = ("streamAlerts", "streamEvents")
"""Do not end; `test_stream` and `test_event_stream` read them."""
CHECKOUT = Path(__file__).parents[2]
SETTINGS_FILE = Path(__file__).with_name("schemathesis.toml")
SETTINGS = Settings(token="people", ingest_token="sensors", login_failures=10**9)


async def served(arguments: argparse.Namespace) -> int:
    """The number of runs that found something."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "events.db")
        await store.ingest([event_document(sid=n, time=START + n, dest="shop/web") for n in range(1, 200)])
        manager = Manager(store, services=Services(store, SETTINGS, rules=RuleLibrary(Path(folder) / "rules")))
        await manager.start()
        try:
            left = [flag for each in (*OF_SENSORS, *ENDLESS) for flag in ("--exclude-operation-id", each)]
            own = [flag for each in OF_SENSORS for flag in ("--include-operation-id", each)]
            runs = ((SETTINGS.token, left), (SETTINGS.ingest_token, own))
            return sum([await run(manager.url, token, chosen, arguments) for token, chosen in runs])
        finally:
            await manager.stop()
            await store.close()


async def run(url: str, token: str, chosen: list[str], arguments: argparse.Namespace) -> bool:
    """Whether schemathesis found something."""
    command = [
        *(
            str(Path(sys.executable).with_name("schemathesis")),
            "--config-file",
            str(Path(__file__).with_name("schemathesis.toml")),
        ),
        *("run", f"{url}/openapi.json"),
        *("-H", f"Authorization: Bearer {token}", "--checks", ",".join(CHECKS), "--request-timeout", "30"),
        *("--max-examples", str(arguments.examples), "--max-time", str(arguments.seconds)),
        *(("--seed", str(arguments.seed)) if arguments.seed is not None else ()),
        *chosen,
    ]
    if token == SETTINGS.ingest_token:
        # The document itself is for people.
        command[4] = str(CHECKOUT / "src/podlynx/manager/openapi.json")
        command += ["--url", url]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": fuzz_hooks.__name__, "PYTHONPATH": str(CHECKOUT)}
    done = await asyncio.to_thread(subprocess.run, command, check=False, env=environment)
    return done.returncode != 0


def main() -> int:
    """1 where anything was found."""
    parser = argparse.ArgumentParser(description="Schemathesis over the whole API")
    parser.add_argument("--examples", type=int, default=200, help="of each operation and phase (default 200)")
    parser.add_argument("--seconds", type=int, default=600, help="at most, of each of the two runs (default 600)")
    parser.add_argument("--seed", type=int, help="repeats a run")
    return int(bool(asyncio.run(served(parser.parse_args()))))


if __name__ == "__main__":
    sys.exit(main())
